#include "query/script/functions.h"

#include <chrono>
#include <cmath>
#include <random>

#include "indexer/base/deprecation.h"
#include "indexer/base/murmur3.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"

namespace tarn::query {

namespace {

// field_value_factor

enum class Modifier { kNone, kLog, kLog1p, kLog2p, kLn, kLn1p, kLn2p, kSquare, kSqrt, kReciprocal };
constexpr std::pair<std::string_view, Modifier> kModifiers[] = {
    {"NONE", Modifier::kNone}, {"LOG", Modifier::kLog}, {"LOG1P", Modifier::kLog1p}, {"LOG2P", Modifier::kLog2p}, {"LN", Modifier::kLn},
    {"LN1P", Modifier::kLn1p}, {"LN2P", Modifier::kLn2p}, {"SQUARE", Modifier::kSquare}, {"SQRT", Modifier::kSqrt}, {"RECIPROCAL", Modifier::kReciprocal}};

double modify(Modifier modifier, double n) {
  switch (modifier) {
    case Modifier::kNone: return n;
    case Modifier::kLog: return std::log10(n);
    case Modifier::kLog1p: return std::log10(n + 1);
    case Modifier::kLog2p: return std::log10(n + 2);
    case Modifier::kLn: return std::log(n);
    case Modifier::kLn1p: return std::log1p(n);
    case Modifier::kLn2p: return std::log1p(n + 1);
    case Modifier::kSquare: return n * n;
    case Modifier::kSqrt: return std::sqrt(n);
    case Modifier::kReciprocal: return 1.0 / n;
  }
  return n;
}

struct FactorSettings {
  std::string field;
  double factor = 1;
  Modifier modifier = Modifier::kNone;
  std::optional<double> missing;
};

struct FieldFactor final : ScoreFunction, FactorSettings {
  std::string describe() const override { return "org.opensearch.common.lucene.search.function.FieldValueFactorFunction"; }
  struct Leaf final : LeafFunction {
    Leaf(const FactorSettings& f, const FieldType* type, const NumericColumn* column) : f(f), type(type), column(column) {}
    const FactorSettings& f;
    const FieldType* type;
    const NumericColumn* column;
    void compute(const LocalDocId* docs, const float*, size_t count, double* out) override {
      for (size_t i = 0; i < count; ++i) {
        double value = 0;
        if (column != nullptr && column->has(docs[i])) {
          value = type->decode_double(column->first(docs[i], 0));
        } else if (f.missing) {
          value = *f.missing;
        } else {
          throw ApiError(500, "exception", "Missing value for field [" + f.field + "]");
        }
        const double made = modify(f.modifier, value * f.factor);
        if (made < 0) {
          throw ApiError(illegal_argument("field value function must not produce negative scores, but got: [" + double_text(made) + "] for field value: [" +
                                          double_text(value) + "]"));
        }
        out[i] = made;
      }
    }
  };
  struct Bound final : BoundFunction {
    Bound(const FactorSettings& f, const FieldType* type) : f(f), type(type) {}
    FactorSettings f;
    const FieldType* type;
    std::unique_ptr<LeafFunction> leaf(const SegmentView& segment) const override {
      return std::make_unique<Leaf>(f, type, type == nullptr ? nullptr : segment.reader.numbers(type->path));
    }
  };
  std::unique_ptr<BoundFunction> bind(Binder& binder) const override {
    const FieldType* type = binder.mapping().find(field);
    if (type == nullptr && !missing) {
      throw ApiError(500, "exception", "Unable to find a field mapper for field [" + field + "]. No 'missing' value defined.");
    }
    if (type != nullptr && !type->is_numeric() && !type->is_date() && type->kind != FieldKind::kBoolean) {
      throw ApiError(400, "class_cast_exception", "class org.opensearch.index.fielddata.plain.SortedSetOrdinalsIndexFieldData cannot be cast to class org.opensearch.index.fielddata.IndexNumericFieldData");
    }
    return std::make_unique<Bound>(*this, type);
  }
};

ScoreFunctionPtr parse_field_factor(const Json& body) {
  auto out = std::make_shared<FieldFactor>();
  for (const auto& [key, value] : body.items()) {
    if (value.is_array()) fail_parse("[field_value_factor] field value factor does not support lists or objects");
    if (key == "field") {
      out->field = read_text(value);
    } else if (key == "factor") {
      out->factor = read_float(value);
    } else if (key == "modifier") {
      std::string name = read_text(value);
      for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      bool found = false;
      for (const auto& [known, modifier] : kModifiers) {
        if (known == name) out->modifier = modifier, found = true;
      }
      if (!found) throw ApiError(illegal_argument("No enum constant org.opensearch.common.lucene.search.function.FieldValueFactorFunction.Modifier." + name));
    } else if (key == "missing") {
      out->missing = scalar_double(value);
    } else {
      fail_parse("[field_value_factor] query does not support [" + key + "]");
    }
  }
  if (out->field.empty()) fail_parse("[field_value_factor] required field 'field' missing");
  return out;
}

// random_score

uint32_t mix32(uint32_t k) {
  k = (k ^ (k >> 16)) * 0x85ebca6b;
  k = (k ^ (k >> 13)) * 0xc2b2ae35;
  return k ^ (k >> 16);
}

struct RandomScore final : ScoreFunction {
  std::string describe() const override { return "org.opensearch.common.lucene.search.function.RandomScoreFunction"; }
  std::optional<int32_t> seed;
  std::string field;

  struct Leaf final : LeafFunction {
    uint32_t salted = 0, base = 0;
    bool by_field = false;
    const SegmentView* by_id = nullptr;   ///< the _id is hashed, which has to be read
    const FieldType* type = nullptr;
    const NumericColumn* numbers = nullptr;
    const KeywordColumn* keywords = nullptr;

    uint32_t hash(LocalDocId doc) const {
      if (by_id != nullptr) return murmur3_32(by_id->searcher.fetch(DocRef{by_id->index, doc}).id, salted);
      if (!by_field) return mix32((base + doc) ^ salted);
      if (keywords != nullptr) {
        const Ordinal ordinal = keywords->first(doc);
        return ordinal == kNoOrdinal ? salted : murmur3_32(keywords->term(ordinal), salted);
      }
      if (numbers != nullptr && numbers->has(doc)) {
        const int64_t encoded = numbers->first(doc, 0);
        const std::string text = type != nullptr && type->is_floating() ? double_text(type->decode_double(encoded)) : std::to_string(encoded);
        return murmur3_32(text, salted);
      }
      return salted;
    }
    void compute(const LocalDocId* docs, const float*, size_t count, double* out) override {
      for (size_t i = 0; i < count; ++i) out[i] = static_cast<double>(static_cast<float>(hash(docs[i]) & 0xFFFFFF) / static_cast<float>(1 << 24));
    }
  };
  struct Bound final : BoundFunction {
    uint32_t salted = 0;
    bool by_field = false, by_id = false;
    const FieldType* type = nullptr;
    std::string path;
    std::unique_ptr<LeafFunction> leaf(const SegmentView& segment) const override {
      auto out = std::make_unique<Leaf>();
      out->salted = salted;
      out->base = segment.searcher.doc_base(segment.index);
      out->by_field = by_field;
      if (by_id) out->by_id = &segment;
      out->type = type;
      if (by_field) {
        out->numbers = segment.reader.numbers(path);
        if (out->numbers == nullptr) out->keywords = segment.reader.keywords(path);
      }
      return out;
    }
  };
  std::unique_ptr<BoundFunction> bind(Binder& binder) const override {
    auto out = std::make_unique<Bound>();
    uint32_t salt = 0;
    for (const char c : binder.searcher.index_name()) salt = salt * 31 + static_cast<unsigned char>(c);
    static thread_local std::mt19937 engine{std::random_device{}()};
    const uint32_t start = seed ? static_cast<uint32_t>(*seed) : static_cast<uint32_t>(engine());
    out->salted = mix32(start ^ (salt << 10));
    if (!seed) return out;
    if (field.empty() || field == "_id") {
      out->by_id = true;
      return out;
    }
    out->by_field = true;
    out->type = binder.mapping().find(field);
    out->path = field;
    if (out->type == nullptr && field != "_seq_no") {
      throw ApiError(illegal_argument("Field [" + field + "] is not mapped on [index{" + binder.searcher.index_name() + "}] and cannot be used as a source of random numbers."));
    }
    if (out->type != nullptr) out->path = out->type->path;
    return out;
  }
};

ScoreFunctionPtr parse_random(const Json& body) {
  auto out = std::make_shared<RandomScore>();
  for (const auto& [key, value] : body.items()) {
    if (key == "seed") {
      if (value.is_number_integer()) {
        const auto number = value.get<int64_t>();
        out->seed = number >= INT32_MIN && number <= INT32_MAX ? static_cast<int32_t>(number)
                                                               : static_cast<int32_t>(number ^ static_cast<int64_t>(static_cast<uint64_t>(number) >> 32));
      } else if (value.is_string()) {
        uint32_t hash = 0;
        for (const char c : value.get_ref<const std::string&>()) hash = hash * 31 + static_cast<unsigned char>(c);
        out->seed = static_cast<int32_t>(hash);
      } else if (!value.is_null()) {
        fail_parse("random_score seed must be an int/long or string, not '" + (value.is_number() ? double_text(value.get<double>()) : to_text(value)) + "'");
      }
    } else if (key == "field") {
      out->field = read_text(value);
    } else {
      fail_parse("random_score query does not support [" + key + "]");
    }
  }
  if (out->seed && out->field.empty()) Deprecations::add("OpenSearch requires that a [field] parameter is provided when a [seed] is set");
  return out;
}

// script_score

struct ScriptFunction final : ScoreFunction {
  std::string describe() const override { return "script" + script_text(spec); }
  script::ScriptSpec spec;

  struct Leaf final : LeafFunction {
    Leaf(const BoundScript& bound, const SegmentView& segment) : script(bound, segment) {}
    SegmentScript script;
    void compute(const LocalDocId* docs, const float* scores, size_t count, double* out) override {
      for (size_t i = 0; i < count; ++i) {
        script::Run& run = script.at(docs[i]);
        run.set_score(scores[i]);
        out[i] = run.execute_double();
        if (out[i] < 0 || std::isnan(out[i])) {
          throw ApiError(illegal_argument("script score function must not produce negative scores, but got: [" + double_text(out[i]) + "]"));
        }
      }
    }
  };
  struct Bound final : BoundFunction {
    BoundScript script;
    std::unique_ptr<LeafFunction> leaf(const SegmentView& segment) const override { return std::make_unique<Leaf>(script, segment); }
  };
  std::unique_ptr<BoundFunction> bind(Binder& binder) const override {
    auto out = std::make_unique<Bound>();
    try {
      out->script = bind_script(spec, script::Context::kScore, binder.context);
    } catch (const ApiError& error) {
      throw ApiError(Error(error.error().status, "query_shard_exception", "script_score: the script could not be loaded").caused_by(error.error()));
    }
    return out;
  }
};

ScoreFunctionPtr parse_script_function(const Json& body) {
  auto out = std::make_shared<ScriptFunction>();
  bool found = false;
  for (const auto& [key, value] : body.items()) {
    if (key != "script") fail_parse("script_score query does not support [" + key + "]");
    out->spec = script::parse_script(value);
    found = true;
  }
  if (!found) fail_parse("script_score requires 'script' field");
  return out;
}

}  // namespace

ScoreFunctionPtr parse_score_function(std::string_view name, const Json& body) {
  if (name == "field_value_factor") return parse_field_factor(body);
  if (name == "random_score") return parse_random(body);
  if (name == "script_score") return parse_script_function(body);
  if (name == "gauss" || name == "exp" || name == "linear") return parse_decay(name, body);
  return nullptr;
}

}  // namespace tarn::query
