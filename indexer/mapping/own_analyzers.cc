#include "indexer/mapping/own_analyzers.h"

#include <algorithm>
#include <string>

namespace tarn::mapping {
namespace {

constexpr int kPrefixCharactersMax = 20;

/// The first token of each position: shingles run over one path, as ShingleFilter does on a plain stream.
std::vector<const Token*> one_per_position(const TokenBuffer& tokens) {
  std::vector<const Token*> out;
  for (const Token& token : tokens.tokens) {
    if (out.empty() || token.position != out.back()->position) out.push_back(&token);
  }
  return out;
}

/// Shingles of `size` positions; a removed token stands as "_", Lucene's filler. `padded`: incomplete shingles at the
/// end are made too (the prefix field keeps the last words findable).
class ShingleAnalyzer final : public Analyzer {
 public:
  ShingleAnalyzer(const Analyzer& base, int size, bool prefixes) : base_(base), size_(size), prefixes_(prefixes) {}

  void analyze(std::string_view text, TokenBuffer& out) const override {
    TokenBuffer words;
    base_.analyze(text, words);
    out.clear();
    out.text = text;
    out.end_offset = words.end_offset;
    out.end_position = words.end_position;
    const std::vector<const Token*> path = one_per_position(words);
    for (size_t i = 0; i < path.size(); ++i) add_shingle(path, i, out);
  }

  int position_increment_gap() const override { return base_.position_increment_gap(); }

 private:
  void add_shingle(const std::vector<const Token*>& path, size_t from, TokenBuffer& out) const {
    std::string joined(path[from]->term);
    size_t last = from;
    const int until = path[from]->position + size_ - 1;
    for (int position = path[from]->position + 1; position <= until; ++position) {
      if (last + 1 < path.size() && path[last + 1]->position == position) {
        joined += " " + std::string(path[++last]->term);
      } else if (last + 1 < path.size()) {
        joined += " _";
      } else if (prefixes_) {
        joined += " ";  // the trailing blanks that OpenSearch pads with, so that prefixes of the last words match too
      } else {
        return;
      }
    }
    Token token = *path[from];
    token.end_offset = path[last]->end_offset;
    token.type = "shingle";
    token.extra = 0;
    if (!prefixes_) {
      token.term = out.keep(joined);
      out.tokens.push_back(token);
      return;
    }
    add_prefixes(joined, token, out);
  }

  static void add_prefixes(const std::string& joined, Token token, TokenBuffer& out) {
    const std::string_view kept = out.keep(joined);
    size_t bytes = 0;
    for (int count = 0; count < kPrefixCharactersMax && bytes < kept.size(); ++count) {
      do {
        ++bytes;
      } while (bytes < kept.size() && (static_cast<unsigned char>(kept[bytes]) & 0xc0) == 0x80);
      token.term = kept.substr(0, bytes);
      out.tokens.push_back(token);
    }
  }

  const Analyzer& base_;
  int size_;
  bool prefixes_;
};

}  // namespace

std::shared_ptr<const Analyzer> make_shingle_analyzer(const Analyzer& base, int size) {
  return std::make_shared<ShingleAnalyzer>(base, size, false);
}

std::shared_ptr<const Analyzer> make_prefix_analyzer(const Analyzer& base, int shingle_size_max) {
  return std::make_shared<ShingleAnalyzer>(base, shingle_size_max, true);
}

}  // namespace tarn::mapping
