#pragma once

#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "indexer/mapping/mapping.h"
#include "indexer/segment/segment.h"

namespace tarn {

/// Splits at spaces. "the" leaves a gap; "a|b" is two tokens at one position.
class SpaceAnalyzer final : public Analyzer {
 public:
  void analyze(std::string_view text, TokenBuffer& out) const override;
};

/// Just the fields; nothing else of a mapping is asked for by segments.
class FakeMapping final : public Mapping {
 public:
  FakeMapping();
  FieldId add(std::string path, ColumnKind column);
  FieldId add_text(std::string path);
  FieldType& mutable_field(FieldId id) { return fields_[id]; }

  std::shared_ptr<const Mapping> merge(const Json&, const MappingLimits&) const override { return nullptr; }
  Json to_json() const override { return {}; }
  Json field_json(std::string_view) const override { return {}; }
  Json field_json_with_defaults(std::string_view) const override { return {}; }
  const FieldType* find(std::string_view path) const override;
  const FieldType* find_unresolved(std::string_view path) const override { return find(path); }
  const FieldType& field(FieldId id) const override { return fields_.at(id); }
  FieldId field_count() const override { return static_cast<FieldId>(fields_.size()); }
  std::vector<const FieldType*> match(std::string_view) const override { return {}; }
  const std::vector<std::string>& nested_paths() const override { return nested_; }
  bool source_enabled() const override { return true; }
  bool routing_required() const override { return false; }
  std::string filter_source(std::string_view source) const override { return std::string(source); }
  const AnalysisRegistry& analysis() const override { throw std::logic_error("no analysis here"); }

 private:
  SpaceAnalyzer analyzer_;
  std::vector<FieldType> fields_;
  std::vector<std::string> nested_{"children"};
};

/// What a document should hold, by path.
struct ModelDocument {
  uint64_t row = 0;
  bool root = true;
  bool live = true;
  std::map<std::string, std::vector<int64_t>> numbers;
  std::map<std::string, std::vector<std::string>> keywords;
  std::map<std::string, std::vector<std::string>> texts;   ///< values, to be analyzed
};

/// Random documents with the fields of random_mapping().
class RandomDocuments {
 public:
  RandomDocuments(FakeMapping& mapping, uint64_t seed);
  /// One root with its children, in order.
  std::vector<ModelDocument> next_block();
  uint64_t next_row() const { return row_; }
  std::mt19937_64& random() { return random_; }
  std::vector<int64_t> numbers(const std::string& path);
  std::vector<std::string> keywords(const std::string& path);
  static const std::vector<std::string>& number_paths();
  static const std::vector<std::string>& keyword_paths();
  static const std::vector<std::string>& text_paths();

 private:
  void fill(ModelDocument& document);
  std::string text();
  uint64_t pick(uint64_t n) { return random_() % n; }
  std::mt19937_64 random_;
  uint64_t row_ = 0;
};

/// Declares the fields that RandomDocuments uses.
void declare_fields(FakeMapping& mapping);

/// Appends a block to a batch.
void append(const FakeMapping& mapping, const std::vector<ModelDocument>& block, ParsedBatch& batch, bool dead = false);

/// Fails the current test where the reader and the documents differ. Dead documents of the model are still in columns and
/// postings.
void expect_equal(const SegmentReader& reader, const FakeMapping& mapping, const std::vector<ModelDocument>& documents);

}  // namespace tarn
