#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indexer/mapping/date_format.h"
#include "indexer/base/json_cursor.h"
#include "indexer/mapping/mapping.h"
#include "indexer/mapping/mapping_error.h"
#include "indexer/mapping/number_text.h"
#include "indexer/mapping/parse_plan.h"

namespace tarn {

/// The work of DocumentParser: walks one document token by token and writes values.
class DocumentParser::Impl {
 public:
  ParseOutcome parse(const Mapping& mapping, const MappingLimits& limits, std::string_view id, std::string_view routing,
                     std::string_view source, ParsedBatch& batch);
  bool parse_partial(const Mapping& mapping, std::string_view id, std::string_view partial, ParsedBatch& batch,
                     std::vector<FieldId>& touched);

 private:
  using FieldPlan = mapping::FieldPlan;
  using ObjectPlan = mapping::ObjectPlan;
  using Member = mapping::Member;

  /// The Lucene document that values go to: the root or one nested object.
  struct Target {
    std::vector<FieldValue>* values = nullptr;
    std::vector<FieldValue> own;             // of nested documents, and of roots that have some
    std::vector<std::string_view> presence;  // what was written to _field_names
    const ObjectPlan* nested = nullptr;      // null: the root
  };

  // Walking (document_parser.cc).
  bool run(const mapping::MappingImpl& mapping, const MappingLimits& limits, std::string_view id, std::string_view routing,
           std::string_view source, ParsedBatch& batch);
  void walk_document(std::string_view source);
  void finish_root(std::string_view routing, ParsedBatch& batch);
  void object_body(const ObjectPlan& plan);
  void named_value(const ObjectPlan& plan, std::string_view name, const Member* member);
  void flattened_members(const ObjectPlan& plan, const std::string& prefix);
  void dotted_value(const ObjectPlan& plan, std::string_view name);
  void member_value(const Member& member, std::string_view name);
  void object_value(const ObjectPlan& plan, std::string_view name);
  void nested_body(const ObjectPlan& plan);
  void unknown_value(const ObjectPlan& parent, std::string_view name);
  bool array_holds_values();
  void field(const FieldPlan& plan);
  void copy_value(const FieldPlan& plan);
  void field_failed(const FieldPlan& plan, const Error& error, int depth, size_t values_before);
  void geo_points_after_failure(const FieldPlan& plan, int depth);
  std::string preview(const FieldPlan& plan);
  std::string preview_value();
  void skip_to_depth(int depth);
  [[noreturn]] void refuse_metadata(std::string_view name);

  // Values (value_parser.cc). The current token is the value's first.
  void value(const FieldPlan& plan);
  void keyword(const FieldPlan& plan);
  void keyword_text(const FieldPlan& plan, std::string_view text);
  void text(const FieldPlan& plan);
  void whole_number(const FieldPlan& plan);
  void unsigned_number(const FieldPlan& plan);
  void floating_number(const FieldPlan& plan);
  void scaled_number(const FieldPlan& plan);
  void boolean(const FieldPlan& plan);
  void date(const FieldPlan& plan);
  void ip(const FieldPlan& plan);
  void binary(const FieldPlan& plan);
  void token_count(const FieldPlan& plan);
  void constant_keyword(const FieldPlan& plan);
  int64_t integer_value(const FieldPlan& plan, int64_t low, int64_t high, const char* java_type, const char* name);
  int64_t long_value(const FieldPlan& plan);
  int64_t date_value(const FieldType& type, std::string_view text);
  std::string_view value_text();
  void null_number(const FieldPlan& plan);

  // Values that are objects (object_values.cc, geo_values.cc).
  void geo_point(const FieldPlan& plan);
  void one_geo_point(const FieldPlan& plan);
  void geo_object(const FieldPlan& plan);
  void geo_array(const FieldPlan& plan);
  void geo_text(const FieldPlan& plan, std::string_view text);
  void add_geo(const FieldPlan& plan, double latitude, double longitude);
  double geo_number(const char* what);
  void geo_null(const FieldPlan& plan);
  void geo_shape(const FieldPlan& plan);
  void range(const FieldPlan& plan);
  void flat_object(const FieldPlan& plan);
  void flat_members(const FieldPlan& plan, std::string& path, int depth);
  void flat_value(const FieldPlan& plan, const std::string& path);
  void rank_feature(const FieldPlan& plan);
  void rank_features(const FieldPlan& plan);
  float rank_value(const FieldPlan& plan, std::string_view feature);
  void completion(const FieldPlan& plan);
  void join(const FieldPlan& plan);
  void percolator(const FieldPlan& plan);
  Json json_value();   ///< the value at the cursor, consumed

  // Writing.
  void add_number(const FieldPlan& plan, int64_t number) {
    if (plan.emits) {
      FieldValue value;
      value.field = plan.id;
      value.size = 0;
      value.number = number;
      target_->values->push_back(value);
    } else if (plan.presence) {
      add_presence(plan);
    }
  }
  void add_bytes(FieldId field, std::string_view bytes) {
    FieldValue value;
    value.field = field;
    value.size = static_cast<uint32_t>(bytes.size());
    value.data = copy(bytes).data();
    target_->values->push_back(value);
  }
  std::string_view copy(std::string_view bytes) {
    // Arena::grow makes chunks of at least 4 KB up to the arena's size, so a larger value could outgrow a young
    // arena's next chunk. Once the arena holds more than a quarter of its largest chunk, no value can.
    constexpr size_t kFirstChunkBytes = 4096, kLargeValueBytes = (64 << 10) + 1;
    Arena& arena = batch_->arena;
    if (bytes.size() > kFirstChunkBytes && arena.memory_bytes() < bytes.size()) arena.allocate(kLargeValueBytes);
    return arena.copy(bytes);
  }
  void add_text(const FieldPlan& plan, std::string_view bytes) {
    if (plan.emits) {
      add_bytes(plan.id, bytes);
    } else if (plan.presence) {
      add_presence(plan);
    }
  }
  void add_presence(const FieldPlan& plan);
  void add_ignored(const std::string& path);
  void check_immense(const FieldPlan& plan, std::string_view bytes);

  JsonCursor cursor_;
  const mapping::MappingImpl* mapping_ = nullptr;
  const MappingLimits* limits_ = nullptr;
  ParsedBatch* batch_ = nullptr;
  std::string_view id_, routing_;
  Target* target_ = nullptr;
  std::deque<Target> targets_;       // by depth of nesting; [0] is the root; reused
  size_t open_targets_ = 0;
  int64_t nested_count_ = 0;
  int object_depth_ = 0;
  size_t document_first_value_ = 0;  // of the root in a batch it writes to directly; else 0
  bool in_array_ = false;
  bool in_copy_ = false;
  bool unmapped_ = false;            // a field that the mapping would take up dynamically was met
  bool settled_ = false;             // dynamic mapping was tried and found nothing: unmapped fields are skipped
  const FieldPlan* current_field_ = nullptr;  // whose string value is being read
  std::vector<std::string> ignored_;
  std::optional<Error> deferred_;    // what Lucene would refuse after parsing: immense terms
  std::string scratch_;
};

}  // namespace tarn
