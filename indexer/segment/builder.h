#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "indexer/mapping/mapping.h"
#include "indexer/segment/segment_data.h"
#include "indexer/segment/text_builder.h"

namespace tarn::segment {

/// Values of one field on their way to a column or a text index. Documents ascend.
class FieldBuilder {
 public:
  explicit FieldBuilder(const FieldType& type);
  void add(LocalDocId doc, const FieldValue& value, TokenBuffer& tokens) {
    if (numeric_) {
      add_number(doc, value.number);
      return;
    }
    if (keyword_) add_keyword(doc, value.bytes());
    if (text_ != nullptr) add_text(doc, value.bytes(), tokens);
  }
  void add_number(LocalDocId doc, int64_t value) {
    docs_.push_back(doc);
    numbers_.push_back(value);
  }
  /// `term` must stay where it is until finish().
  void add_keyword(LocalDocId doc, std::string_view term) {
    docs_.push_back(doc);
    // Events of one source repeat their values, so the last one is a good guess.
    if (!terms_.empty() && term == last_term_) {
      terms_.push_back(terms_.back());
      return;
    }
    last_term_ = term;
    terms_.push_back(table_.add(term, [](std::string_view kept) { return kept; }));
  }
  /// No part where no value came.
  void finish(uint32_t doc_count, FieldBlobs& out);

 private:
  void add_text(LocalDocId doc, std::string_view text, TokenBuffer& tokens);
  Blob finish_keywords(uint32_t doc_count);

  bool numeric_ = false;
  bool doubles_ = false;
  bool keyword_ = false;
  const Analyzer* analyzer_ = nullptr;
  std::vector<LocalDocId> docs_;
  std::vector<int64_t> numbers_;
  std::vector<uint32_t> terms_;   // numbers in table_
  TermTable table_;
  std::string_view last_term_;
  std::unique_ptr<TextBuilder> text_;
};

/// Whether a column of this kind is a NumericColumn.
bool is_numeric(ColumnKind kind);
TextOptions text_options(const FieldType& type);

}  // namespace tarn::segment
