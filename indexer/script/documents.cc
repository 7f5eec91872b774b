#include "indexer/script/documents.h"

#include "indexer/mapping/calendar.h"
#include "indexer/script/builtins.h"
#include "indexer/script/times.h"

namespace tarn::script {

void DocValues::fail_missing() {
  throw_java(ClassId::kIllegalStateException,
             "A document doesn't have a value for a field! Use doc[<field>].size()==0 to check if a document is missing a field!");
}

namespace {

/// Numbers, dates, booleans and points: all live in a NumericColumn.
class NumberValues final : public DocValues {
 public:
  NumberValues(ClassId cls, const Documents& documents, const FieldType& field, const NumericColumn* column)
      : DocValues(cls, documents), field_(field), column_(column) {
    single_ = column != nullptr && !column->multi_valued();
  }
  size_t size() override {
    if (detached_ || column_ == nullptr) return 0;
    if (single_) return column_->dense() || column_->has(documents_.document()) ? 1 : 0;
    load();
    return values_.size();
  }
  Value get(Run& run, size_t i) override {
    if (single_) return decode(run, column_->first(documents_.document(), 0));
    load();
    return decode(run, values_[i]);
  }

 private:
  void load() {
    if (loaded_ == documents_.document()) return;
    loaded_ = documents_.document();
    values_.clear();
    column_->values(loaded_, values_);
    // Booleans sort as numbers do, and dates ascend: the column's order is Lucene's.
  }
  Value decode(Run& run, int64_t encoded) const {
    switch (cls) {
      case ClassId::kLongs: return Value::long_value(encoded);
      case ClassId::kDoubles: return Value::real(field_.decode_double(encoded));
      case ClassId::kBooleans: return Value::boolean(encoded != 0);
      case ClassId::kUnsignedLongs: return Value::object(run.heap().make<BigIntegerObject>(static_cast<__int128>(static_cast<uint64_t>(encoded) ^ (1ull << 63))));
      case ClassId::kGeoPoints: return Value::object(run.heap().make<GeoPointObject>(geo_latitude(encoded), geo_longitude(encoded)));
      default: break;
    }
    const int64_t per_second = field_.kind == FieldKind::kDateNanos ? 1000000000 : 1000;
    const int64_t seconds = mapping::floor_div(encoded, per_second);
    return make_time(run.heap(), seconds, static_cast<int32_t>((encoded - seconds * per_second) * (1000000000 / per_second)));
  }
  const FieldType& field_;
  const NumericColumn* column_;
  bool single_ = false;
  LocalDocId loaded_ = kNoDoc;
  std::vector<int64_t> values_;
};

/// Keywords, addresses and constant keywords.
class TextValues final : public DocValues {
 public:
  TextValues(ClassId cls, const Documents& documents, const FieldType& field, const KeywordColumn* column)
      : DocValues(cls, documents), field_(field), column_(column) {}
  size_t size() override {
    if (detached_) return 0;
    if (field_.kind == FieldKind::kConstantKeyword) return field_.constant_value.empty() ? 0 : 1;
    if (column_ == nullptr) return 0;
    load();
    return ordinals_.size();
  }
  Value get(Run& run, size_t i) override {
    if (field_.kind == FieldKind::kConstantKeyword) return make_text(run.heap(), field_.constant_value);
    load();
    const std::string_view term = column_->term(ordinals_[i]);
    if (cls == ClassId::kIps) return make_text(run.heap(), ip_text(term));
    return make_text(run.heap(), std::string(term));
  }

 private:
  static std::string ip_text(std::string_view bytes);
  void load() {
    if (loaded_ == documents_.document()) return;
    loaded_ = documents_.document();
    ordinals_.clear();
    column_->ordinals(loaded_, ordinals_);
  }
  const FieldType& field_;
  const KeywordColumn* column_;
  LocalDocId loaded_ = kNoDoc;
  std::vector<Ordinal> ordinals_;
};

std::string TextValues::ip_text(std::string_view bytes) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  bool mapped = byte(10) == 0xFF && byte(11) == 0xFF;
  for (size_t i = 0; i < 10 && mapped; ++i) mapped = byte(i) == 0;
  std::string out;
  if (mapped) {
    for (size_t i = 12; i < 16; ++i) out += (i > 12 ? "." : "") + std::to_string(byte(i));
    return out;
  }
  // RFC 5952: the longest run of zero groups is "::".
  size_t best = 8, best_length = 1;
  for (size_t i = 0; i < 8; ++i) {
    size_t n = 0;
    while (i + n < 8 && byte((i + n) * 2) == 0 && byte((i + n) * 2 + 1) == 0) ++n;
    if (n > best_length) best = i, best_length = n;
  }
  for (size_t i = 0; i < 8; ++i) {
    if (i == best) {
      out += "::";
      i += best_length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    char hex[8];
    std::snprintf(hex, sizeof hex, "%x", byte(i * 2) << 8 | byte(i * 2 + 1));
    out += hex;
  }
  return out;
}

ClassId values_class(const FieldType& field) {
  switch (field.kind) {
    case FieldKind::kByte: case FieldKind::kShort: case FieldKind::kInteger: case FieldKind::kLong: case FieldKind::kTokenCount: return ClassId::kLongs;
    case FieldKind::kUnsignedLong: return ClassId::kUnsignedLongs;
    case FieldKind::kHalfFloat: case FieldKind::kFloat: case FieldKind::kDouble: case FieldKind::kScaledFloat: return ClassId::kDoubles;
    case FieldKind::kBoolean: return ClassId::kBooleans;
    case FieldKind::kDate: case FieldKind::kDateNanos: return ClassId::kDates;
    case FieldKind::kGeoPoint: return ClassId::kGeoPoints;
    case FieldKind::kIp: return ClassId::kIps;
    case FieldKind::kKeyword: case FieldKind::kConstantKeyword: case FieldKind::kWildcard: case FieldKind::kJoin: case FieldKind::kFlatObject: return ClassId::kStrings;
    case FieldKind::kMetadata: return field.path == "_seq_no" || field.path == "_version" ? ClassId::kLongs : ClassId::kStrings;
    default: return ClassId::kObject;
  }
}

[[noreturn]] void fail_lookup(std::string reason) {
  throw Thrown{ClassId::kIllegalArgumentException, std::move(reason), true,
               {"org.opensearch.search.lookup.LeafDocLookup.get(LeafDocLookup.java:89)", "org.opensearch.search.lookup.LeafDocLookup.get(LeafDocLookup.java:55)"}, {}};
}

}  // namespace

Documents::~Documents() {
  for (const auto& [name, values] : fields_) values->detach();
}

void Documents::begin_segment(const SegmentReader& reader) {
  reader_ = &reader;
  for (const auto& [name, values] : fields_) values->detach();
  fields_.clear();
  ++generation_;
}

bool Documents::contains(const std::string& field) const {
  const FieldType* found = mapping_.find(field);
  return found != nullptr && found->kind != FieldKind::kObject && found->kind != FieldKind::kNested;
}

std::shared_ptr<DocValues> Documents::field(const std::string& name) {
  const auto it = fields_.find(name);
  if (it != fields_.end()) return it->second;
  const FieldType* field = mapping_.find(name);
  if (field == nullptr || field->kind == FieldKind::kObject || field->kind == FieldKind::kNested || reader_ == nullptr) fail_lookup("No field found for [" + name + "] in mapping");
  const bool is_text = field->kind == FieldKind::kText || field->kind == FieldKind::kMatchOnlyText || field->kind == FieldKind::kSearchAsYouType;
  if (is_text) {
    fail_lookup("Text fields are not optimised for operations that require per-document field data like aggregations and sorting, so these operations are disabled by default. "
                "Please use a keyword field instead. Alternatively, set fielddata=true on [" + field->path + "] in order to load field data by uninverting the inverted index. Note that this can use significant memory.");
  }
  const ClassId cls = values_class(*field);
  if (cls == ClassId::kObject || (!field->doc_values && field->kind != FieldKind::kMetadata && field->kind != FieldKind::kConstantKeyword)) {
    fail_lookup("Can't load fielddata on [" + field->path + "] because fielddata is unsupported on fields of type [" + std::string(kind_name(field->kind)) + "]. Use doc values instead.");
  }
  std::shared_ptr<DocValues> made;
  if (cls == ClassId::kStrings || cls == ClassId::kIps) {
    made = std::make_shared<TextValues>(cls, *this, *field, reader_->keywords(field->path));
  } else {
    made = std::make_shared<NumberValues>(cls, *this, *field, reader_->numbers(field->path));
  }
  made->shared = true;  // lives as long as the segment is looked at, not as a heap says
  return fields_.emplace(name, std::move(made)).first->second;
}

}  // namespace tarn::script
