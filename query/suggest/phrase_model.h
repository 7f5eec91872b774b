#pragma once

#include <string>
#include <vector>

#include "query/collect/execute.h"

namespace tarn::query {

/// The smoothing models of OpenSearch's WordScorers, and their parameters.
struct Smoothing {
  enum class Kind { kStupidBackoff, kLaplace, kLinear } kind = Kind::kStupidBackoff;
  double discount = 0.4, alpha = 0.5;
  double trigram = 0, bigram = 0, unigram = 0;
};

/// One word that may stand in a place of the text. `distance` is its likeness to the word that was written, 1 for that itself.
struct Candidate {
  std::string term;
  uint64_t doc_freq = 0, total_freq = 0;
  double distance = 1, score = 0;
  bool user_input = false;
};

/// The word of one place of the text, and what it may be meant to be.
struct CandidateSet {
  Candidate original;
  std::vector<Candidate> candidates;
};

/// A whole text: a word for each place.
struct Correction {
  double score;
  std::vector<Candidate> words;
};

/// The probabilities of words after others, by the word pairs and triples in the index: terms joined by `separator`. Keeps the
/// references it is given.
class WordScorer {
 public:
  WordScorer(const Searcher& searcher, std::string path, const Smoothing& smoothing, double likelihood, std::string separator);

  /// The logarithm of the probability of the word at `at`, behind those before it; `gram_size` words count.
  double score(const std::vector<Candidate>& path, size_t at, int gram_size) const;

 private:
  double frequency(const std::string& term) const;
  std::string joined(const Candidate& a, const Candidate& b) const { return a.term + separator_ + b.term; }
  double unigram(const Candidate& w) const;
  double bigram(const Candidate& w, const Candidate& before) const;
  double trigram(const Candidate& w, const Candidate& before, const Candidate& first) const;

  const Searcher& searcher_;
  std::string path_;
  const Smoothing& smoothing_;
  double likelihood_;
  std::string separator_;
  double vocabulary_ = 0;
  uint64_t terms_ = 0;
};

/// The `limit` best texts of a probability above `cutoff`, best first, among all that change at most `max_errors` words (a count
/// from 1 on, else a share of the words). The work is bounded; `context` gives the time.
std::vector<Correction> best_corrections(const WordScorer& scorer, const std::vector<CandidateSet>& sets, size_t limit, int gram_size,
                                         double cutoff, float max_errors, const SearchContext& context);

}  // namespace tarn::query
