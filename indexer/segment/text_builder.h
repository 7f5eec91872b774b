#pragma once

#include <string_view>
#include <vector>

#include "indexer/analysis/analyzer.h"
#include "indexer/base/arena.h"
#include "indexer/segment/blob.h"
#include "indexer/segment/term_table.h"
#include "indexer/segment/text_dictionary.h"

namespace tarn::segment {

/// What a text field becomes. `tokens` has no data without positions.
struct TextBlobs {
  Blob dictionary;
  Blob tokens;
  Blob postings;   ///< as a young segment has them
};

/// Inverts one text field: analyzed values in, document by document.
class TextBuilder {
 public:
  /// `discount_overlaps`: tokens on the position of the one before do not count in the norm.
  TextBuilder(TextOptions options, int position_increment_gap, bool discount_overlaps = true)
      : options_(options), gap_(position_increment_gap), discount_overlaps_(discount_overlaps) {}

  /// One value; documents ascend, values of one document follow each other.
  void add(LocalDocId doc, const TokenBuffer& tokens);
  bool empty() const { return documents_.empty(); }
  TextBlobs finish(uint32_t doc_count);

 private:
  struct Pair {          // a term of a document
    uint32_t term;
    uint32_t freq;
  };
  struct TermState {
    uint32_t pair;       // of the current document
    LocalDocId doc;
    uint32_t doc_freq;
    uint64_t total_freq;
  };
  struct Document {
    LocalDocId doc;
    uint32_t pair_end;
    size_t stream_end;
    uint8_t norm;
  };
  static constexpr uint32_t kIncrement = 1u << 31;   // in the stream: the next token is this far on, not 1

  void end_document();

  TextOptions options_;
  int gap_;
  bool discount_overlaps_;
  Arena arena_;
  TermTable table_;
  std::vector<TermState> states_;
  std::vector<Pair> pairs_;
  std::vector<uint32_t> stream_;      // terms of all tokens
  std::vector<Document> documents_;

  bool open_ = false;                 // a document is being added
  LocalDocId doc_ = 0;
  int64_t position_ = -1;             // of the last token
  int64_t base_ = 0;                  // of the next value
  uint64_t length_ = 0;
  uint32_t unique_ = 0;
  bool any_token_ = false;
};

}  // namespace tarn::segment
