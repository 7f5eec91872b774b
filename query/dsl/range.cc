#include "indexer/base/ascii.h"
#include "query/bind/field_queries.h"
#include "indexer/mapping/date_format.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/dsl/multi_term.h"
#include "query/lucene/describe.h"
#include "query/lucene/tree.h"

namespace tarn::query {

namespace {

struct RangeQuery final : MultiTermClause {
  RangeBounds bounds;
  PlanPtr bind(Binder& binder, float boost) const override { return range_plan(binder, field, bounds, boost); }
  LuceneQueryPtr lucene(Binder& binder) const override {
    range_plan(binder, field, bounds, 1);  // what does not fit is thrown now
    return described_range(binder, field, bounds, [this](Binder& b, float boost) { return bind(b, boost); });
  }
  std::vector<ExpandedTerm> expand(Binder& binder, const FieldType& type, size_t limit) const override {
    const auto text = [](const Json& value) { return value.is_null() ? std::string() : scalar_text(value); };
    const std::string low = text(bounds.low), high = text(bounds.high);
    const auto inside = [&](std::string_view term) -> std::optional<float> {
      if (!bounds.low.is_null() && (bounds.include_low ? term < low : term <= low)) return std::nullopt;
      if (!bounds.high.is_null() && (bounds.include_high ? term > high : term >= high)) return std::nullopt;
      return 1.0f;
    };
    return expand_terms(binder, type, "", inside, limit);
  }
  std::string pattern_text(const FieldType& type) const override {
    const auto text = [](const Json& value) { return value.is_null() ? std::string("*") : scalar_text(value); };
    return type.path + ":" + (bounds.include_low ? "[" : "{") + text(bounds.low) + " TO " + text(bounds.high) +
           (bounds.include_high ? "]" : "}");
  }
};

void read_bound(RangeQuery& query, const std::string& key, const Json& value) {
  RangeBounds& b = query.bounds;
  if (key == "from") {
    b.low = value;
  } else if (key == "to") {
    b.high = value;
  } else if (key == "include_lower") {
    b.include_low = read_bool(value);
  } else if (key == "include_upper") {
    b.include_high = read_bool(value);
  } else if (key == "gt" || key == "gte") {
    b.low = value;
    b.include_low = key == "gte";
  } else if (key == "lt" || key == "lte") {
    b.high = value;
    b.include_high = key == "lte";
  } else if (key == "format") {
    b.format = read_text(value);
  } else if (key == "time_zone") {
    b.time_zone = read_text(value);
    TimeZone::create(b.time_zone);
  } else if (key == "relation") {
    std::string relation = lower_ascii(read_text(value));
    if (relation != "intersects" && relation != "contains" && relation != "within" && relation != "disjoint") {
      throw ApiError(illegal_argument("[range] query does not support relation [" + read_text(value) + "]"));
    }
    if (relation == "disjoint") {
      throw ApiError(illegal_argument("[range] query does not support relation [disjoint]"));
    }
    b.relation = relation;
  } else if (!read_common(query, key, value)) {
    unsupported_member("range", key, value);
  }
}

}  // namespace

std::shared_ptr<Query> parse_range(const Json& body) {
  auto query = std::make_shared<RangeQuery>();
  bool seen = false;
  for (const auto& [key, value] : body.items()) {
    if (value.is_object()) {
      if (seen) {
        fail_parse("[range] query doesn't support multiple fields, found [" + query->field + "] and [" + key + "]");
      }
      seen = true;
      query->field = key;
      for (const auto& [member, member_value] : value.items()) {
        if (member_value.is_object() || member_value.is_array()) {
          fail_parse("[range] unknown token [" + std::string(token_name(member_value)) + "] after [" + member + "]");
        }
        read_bound(*query, member, member_value);
      }
    } else if (!read_common(*query, key, value)) {
      unsupported_member("range", key, value);
    }
  }
  require_field("range", query->field);
  return query;
}

}  // namespace tarn::query
