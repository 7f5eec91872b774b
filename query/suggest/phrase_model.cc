#include "query/suggest/phrase_model.h"

#include <algorithm>
#include <cmath>

namespace tarn::query {
namespace {

constexpr double kEpsilon = 0.00000000001;
constexpr size_t kPathsMax = 1000000;  // combinations of candidates that are scored at most

/// Negative, zero, positive as `a` is worse than, equal to, better than `b`.
int compare_corrections(const Correction& a, const Correction& b) {
  if (a.score != b.score) return a.score < b.score ? -1 : 1;
  for (size_t i = 0; i < std::min(a.words.size(), b.words.size()); ++i) {
    if (const int order = a.words[i].term.compare(b.words[i].term); order != 0) return order < 0 ? 1 : -1;
  }
  return 0;
}

/// Walks all ways to correct at most so many words, and keeps the best texts.
class BestCorrections {
 public:
  BestCorrections(const WordScorer& scorer, const std::vector<CandidateSet>& sets, size_t limit, int gram_size, double cutoff,
                  const SearchContext& context)
      : scorer_(scorer), sets_(sets), limit_(limit), gram_size_(gram_size), cutoff_(cutoff), context_(context), path_(sets.size()) {}

  std::vector<Correction> find(float max_errors) {
    const int errors = max_errors >= 1.0f ? static_cast<int>(max_errors)
                                          : static_cast<int>(std::floor(max_errors * static_cast<float>(sets_.size()) + 0.5f));
    walk(0, std::max(1, errors), 0);
    std::sort(best_.begin(), best_.end(), [](const Correction& a, const Correction& b) { return compare_corrections(a, b) > 0; });
    return std::move(best_);
  }

 private:
  void walk(size_t at, int errors, double score) {
    if (++steps_ > kPathsMax) return;
    if (steps_ % 4096 == 0) check_time(context_);
    path_[at] = sets_[at].original;
    step(at, errors, score);
    if (errors <= 0) return;
    for (const Candidate& candidate : sets_[at].candidates) {
      path_[at] = candidate;
      step(at, errors - 1, score);
    }
  }
  void step(size_t at, int errors, double score) {
    score += scorer_.score(path_, at, gram_size_);
    if (at + 1 < sets_.size()) walk(at + 1, errors, score);
    else offer(std::exp(score));
  }
  void offer(double score) {
    if (score <= cutoff_) return;
    Correction fresh{score, path_};
    const auto worse = [](const Correction& a, const Correction& b) { return compare_corrections(a, b) < 0; };
    if (best_.size() < limit_) {
      best_.push_back(std::move(fresh));
      return;
    }
    const auto worst = std::min_element(best_.begin(), best_.end(), worse);
    if (worst != best_.end() && compare_corrections(*worst, fresh) < 0) *worst = std::move(fresh);
  }

  const WordScorer& scorer_;
  const std::vector<CandidateSet>& sets_;
  size_t limit_;
  int gram_size_;
  double cutoff_;
  const SearchContext& context_;
  std::vector<Candidate> path_;
  std::vector<Correction> best_;
  size_t steps_ = 0;
};

}  // namespace

WordScorer::WordScorer(const Searcher& searcher, std::string path, const Smoothing& smoothing, double likelihood, std::string separator)
    : searcher_(searcher), path_(std::move(path)), smoothing_(smoothing), likelihood_(likelihood), separator_(std::move(separator)) {
  vocabulary_ = static_cast<double>(searcher.statistics(path_).sum_total_term_freq);
  if (searcher.segments().size() != 1) return;  // Lucene knows the number of terms of one segment only
  const TextIndex* text = searcher.segments()[0].text(path_);
  if (text == nullptr) return;
  const auto cursor = text->terms("");
  while (cursor->next()) ++terms_;
}

double WordScorer::score(const std::vector<Candidate>& path, size_t at, int gram_size) const {
  double probability;
  if (at == 0 || gram_size == 1) probability = unigram(path[at]);
  else if (at == 1 || gram_size == 2) probability = bigram(path[at], path[at - 1]);
  else probability = trigram(path[at], path[at - 1], path[at - 2]);
  const double channel = path[at].distance == 1.0 ? likelihood_ : path[at].distance;
  return std::log10(channel * probability);
}

double WordScorer::frequency(const std::string& term) const { return static_cast<double>(searcher_.total_term_freq(path_, term)); }

double WordScorer::unigram(const Candidate& w) const {
  const double alpha = smoothing_.kind == Smoothing::Kind::kLaplace ? smoothing_.alpha : 1.0;
  return (alpha + frequency(w.term)) / (vocabulary_ + alpha * static_cast<double>(terms_));
}

double WordScorer::bigram(const Candidate& w, const Candidate& before) const {
  const double count = frequency(joined(before, w)), single = static_cast<double>(before.total_freq);
  switch (smoothing_.kind) {
    case Smoothing::Kind::kStupidBackoff:
      return count < 1 ? smoothing_.discount * unigram(w) : count / (single + kEpsilon);
    case Smoothing::Kind::kLaplace:
      return (smoothing_.alpha + count) / (single + smoothing_.alpha * static_cast<double>(terms_));
    case Smoothing::Kind::kLinear:
      if (count < 1) return smoothing_.unigram * unigram(w);
      return smoothing_.bigram * (count / (0.5 + single)) + smoothing_.unigram * unigram(w);
  }
  return 0;
}

double WordScorer::trigram(const Candidate& w, const Candidate& before, const Candidate& first) const {
  const double pair = frequency(joined(before, w));
  const std::string three = first.term + separator_ + before.term + separator_ + w.term;
  switch (smoothing_.kind) {
    case Smoothing::Kind::kStupidBackoff: {
      if (pair < 1) return smoothing_.discount * unigram(w);
      const double count = frequency(three);
      if (count < 1) return smoothing_.discount * (pair / (static_cast<double>(before.total_freq) + kEpsilon));
      return count / (pair + kEpsilon);
    }
    case Smoothing::Kind::kLaplace:
      return (smoothing_.alpha + frequency(three)) / (pair + smoothing_.alpha * static_cast<double>(terms_));
    case Smoothing::Kind::kLinear: {
      const double count = frequency(three);
      if (count < 1) return bigram(w, before);
      return smoothing_.trigram * (count / (1.0 + pair)) + bigram(w, before);
    }
  }
  return 0;
}

std::vector<Correction> best_corrections(const WordScorer& scorer, const std::vector<CandidateSet>& sets, size_t limit, int gram_size,
                                         double cutoff, float max_errors, const SearchContext& context) {
  return BestCorrections(scorer, sets, limit, gram_size, cutoff, context).find(max_errors);
}

}  // namespace tarn::query
