#include "indexer/analysis/synonym_map.h"

#include <algorithm>
#include <map>

#include "indexer/base/error.h"

namespace tarn::analysis {

void SynonymMap::add(const Phrase& input, const Phrase& output, bool keep_original) {
  int node = kRoot;
  for (const std::string& term : input) {
    int next = step(node, term);
    if (next == kNowhere) {
      next = static_cast<int>(nodes_.size());
      nodes_.emplace_back();
      nodes_[static_cast<size_t>(node)].children.emplace(term, next);
    }
    node = next;
  }
  int& rule = nodes_[static_cast<size_t>(node)].rule;
  if (rule < 0) {
    rule = static_cast<int>(rules_.size());
    rules_.emplace_back();
  }
  Rule& r = rules_[static_cast<size_t>(rule)];
  r.keep_original = r.keep_original || keep_original;
  if (std::find(r.outputs.begin(), r.outputs.end(), output) == r.outputs.end()) r.outputs.push_back(output);
}

namespace {

// Splits at `separator` where no backslash stands before; the parts keep their backslashes.
std::vector<std::string> split_unescaped(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  std::string part;
  for (size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with(separator)) {
      if (!part.empty()) {
        parts.push_back(std::move(part));
        part.clear();
      }
      i += separator.size();
    } else {
      if (text[i] == '\\' && i + 1 < text.size()) part += text[i++];
      part += text[i++];
    }
  }
  if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

class Reader {
 public:
  Reader(const SynonymSettings& settings, const std::function<void(std::string_view, TokenBuffer&)>& analyze)
      : settings_(settings), analyze_(analyze) {}

  SynonymMap read() {
    if (settings_.wordnet) {
      read_wordnet();
    } else {
      for (const std::string& line : settings_.rules) {
        if (line.empty() || line[0] == '#') continue;
        read_solr(line);
      }
    }
    return std::move(map_);
  }

 private:
  // Whatever is wrong in a rule, OpenSearch says no more than this.
  [[noreturn]] static void fail() { throw ApiError(illegal_argument("Failed to build synonyms")); }

  // Empty only where the rule is to be passed over.
  SynonymMap::Phrase phrase(std::string_view text) {
    buffer_.clear();
    analyze_(text, buffer_);
    SynonymMap::Phrase terms;
    bool bad = false;
    int32_t expected = 0;
    for (const Token& token : buffer_.tokens) {
      bad = bad || token.term.empty() || token.position != expected++ || token.position_length != 1;
      terms.emplace_back(token.term);
    }
    if (bad || terms.empty()) {
      if (!settings_.lenient) fail();
      terms.clear();
    }
    return terms;
  }

  std::vector<SynonymMap::Phrase> phrases(std::string_view side) {
    std::vector<SynonymMap::Phrase> out;
    for (const std::string& part : split_unescaped(side, ",")) out.push_back(phrase(trim(unescape(part))));
    return out;
  }

  void add(const SynonymMap::Phrase& from, const SynonymMap::Phrase& to, bool keep_original) {
    if (!from.empty() && !to.empty()) map_.add(from, to, keep_original);
  }

  void read_solr(std::string_view line) {
    std::vector<std::string> sides = split_unescaped(line, "=>");
    if (sides.size() > 2) fail();
    if (sides.size() == 2) {
      auto inputs = phrases(sides[0]);
      auto outputs = phrases(sides[1]);
      for (const auto& input : inputs) {
        for (const auto& output : outputs) add(input, output, false);
      }
      return;
    }
    equivalent(phrases(line));
  }

  void equivalent(const std::vector<SynonymMap::Phrase>& all) {
    for (size_t i = 0; i < all.size(); ++i) {
      if (!settings_.expand) {
        add(all[i], all[0], false);
        continue;
      }
      for (size_t j = 0; j < all.size(); ++j) {
        if (i != j) add(all[i], all[j], true);
      }
    }
  }

  // Lines such as s(100000001,1,'woods',n,1,0). with a synset's lines together.
  void read_wordnet() {
    std::string current;
    std::vector<SynonymMap::Phrase> synset;
    for (const std::string& line : settings_.rules) {
      size_t open = line.find('\'');
      size_t close = line.rfind('\'');
      if (line.size() < 11 || open == std::string::npos || close <= open) {
        fail();
      }
      std::string id = line.substr(2, 9);
      if (id != current) {
        equivalent(synset);
        synset.clear();
        current = id;
      }
      std::string word = line.substr(open + 1, close - open - 1);
      for (size_t at = 0; (at = word.find("''", at)) != std::string::npos; ++at) word.erase(at, 1);
      synset.push_back(phrase(word));
    }
    equivalent(synset);
  }

  const SynonymSettings& settings_;
  const std::function<void(std::string_view, TokenBuffer&)>& analyze_;
  SynonymMap map_;
  TokenBuffer buffer_;
};

}  // namespace

SynonymMap read_synonyms(const SynonymSettings& settings,
                         const std::function<void(std::string_view text, TokenBuffer& out)>& analyze) {
  return Reader(settings, analyze).read();
}

}  // namespace tarn::analysis
