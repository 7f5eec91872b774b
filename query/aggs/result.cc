#include "query/aggs/result.h"

#include <fmt/format.h>

#include "indexer/base/error.h"

namespace tarn::query {
namespace {

std::string path_text(std::span<const std::string> path) { return fmt::format("[{}]", fmt::join(path, ", ")); }

Property result_property(const Result& result) { return {Property::Kind::kResult, NAN, &result, result.java_name()}; }

void add_member(std::string& out, std::string_view members) {
  if (members.empty()) return;
  if (out.back() != '{') out += ',';
  out += members;
}

void append_bucket(std::string& out, const ResultBucket& bucket, bool typed_keys) {
  out += '{';
  add_member(out, bucket.head);
  add_member(out, fmt::format("\"doc_count\":{}", bucket.doc_count));
  add_member(out, bucket.tail);
  for (const ResultPtr& child : bucket.children) {
    out += ',';
    child->append(out, typed_keys);
  }
  out += '}';
}

}  // namespace

void append_results(std::string& out, const ResultList& list, bool typed_keys) {
  bool first = true;
  for (const ResultPtr& result : list) {
    if (!first) out += ',';
    first = false;
    result->append(out, typed_keys);
  }
}

const Result* find_result(const ResultList& list, std::string_view name) {
  for (const ResultPtr& result : list) {
    if (*result->name == name) return result.get();
  }
  return nullptr;
}

void Result::append(std::string& out, bool typed_keys) const {
  append_json_string(out, typed_keys ? type + "#" + *name : *name);
  out += ":{";
  if (meta != nullptr) out += "\"meta\":" + to_text(*meta);
  std::string members;
  append_members(members, typed_keys);
  if (meta != nullptr && !members.empty()) out += ',';
  out += members;
  out += '}';
}

Property ResultBucket::property(std::string_view owner, std::span<const std::string> path) const {
  if (path.empty()) return {Property::Kind::kOther, NAN, nullptr, "Bucket"};
  if (path[0] == "_count") {
    if (path.size() > 1) throw InvalidPath{"_count must be the last element in the path"};
    return {Property::Kind::kNumber, static_cast<double>(doc_count), nullptr, "Long"};
  }
  if (path[0] == "_key") {
    if (path.size() > 1) throw InvalidPath{"_key must be the last element in the path"};
    if (!std::isnan(number)) return {Property::Kind::kNumber, number, nullptr, "Double"};
    return {Property::Kind::kOther, NAN, nullptr, "String"};
  }
  const Result* child = find_result(children, path[0]);
  if (child == nullptr) throw InvalidPath{fmt::format("Cannot find an aggregation named [{}] in [{}]", path[0], owner)};
  return child->property(path.subspan(1));
}

Property MetricResult::property(std::span<const std::string> path) const {
  if (path.empty()) {
    Property out = result_property(*this);
    if (single && numeric && !values.empty()) out.kind = Property::Kind::kNumber, out.number = values[0].second;
    return out;
  }
  if (path.size() == 1) {
    if (single && numeric && path[0] == "value" && !values.empty()) return {Property::Kind::kNumber, values[0].second, nullptr, "Double"};
    for (const auto& [key, value] : values) {
      if (!single && key == path[0]) return {Property::Kind::kNumber, value, nullptr, "Double"};
    }
    if (!single && numeric && !values.empty() && values[0].first.find_first_not_of("0123456789.") == std::string::npos) {
      // A percentile by another spelling of its number.
      char* end = nullptr;
      const double wanted = std::strtod(path[0].c_str(), &end);
      if (*end == 0) {
        for (const auto& [key, value] : values) {
          if (std::strtod(key.c_str(), nullptr) == wanted) return {Property::Kind::kNumber, value, nullptr, "Double"};
        }
      }
    }
  }
  throw ApiError(illegal_argument(fmt::format("path not supported for [{}]: {}", *name, path_text(path))));
}

Property SingleBucketResult::property(std::span<const std::string> path) const {
  if (path.empty()) return result_property(*this);
  if (path[0] == "_count") {
    if (path.size() > 1) throw ApiError(illegal_argument("_count must be the last element in the path"));
    return {Property::Kind::kNumber, static_cast<double>(doc_count), nullptr, "Long"};
  }
  const Result* child = find_result(children, path[0]);
  if (child == nullptr) throw ApiError(illegal_argument(fmt::format("Cannot find an aggregation named [{}] in [{}]", path[0], *name)));
  return child->property(path.subspan(1));
}

void SingleBucketResult::append_members(std::string& out, bool typed_keys) const {
  out += fmt::format("\"doc_count\":{}", doc_count);
  for (const ResultPtr& child : children) {
    out += ',';
    child->append(out, typed_keys);
  }
}

Property BucketsResult::property(std::span<const std::string> path) const {
  if (path.empty()) return result_property(*this);
  const std::string& first = path[0];
  if (first == "_bucket_count") return {Property::Kind::kNumber, static_cast<double>(buckets.size()), nullptr, "Integer"};
  if (first.size() >= 2 && first.starts_with('\'') && first.ends_with('\'')) {
    const std::string_view key = std::string_view(first).substr(1, first.size() - 2);
    for (const ResultBucket& bucket : buckets) {
      if (bucket.key == key) return bucket.property(*name, path.subspan(1));
    }
    throw InvalidPath{fmt::format("Cannot find an key [{}] in [{}]", first, *name)};
  }
  for (const ResultBucket& bucket : buckets) bucket.property(*name, path);  // a bad path shows
  return {Property::Kind::kOther, NAN, nullptr, "Object[]"};
}

void BucketsResult::append_members(std::string& out, bool typed_keys) const {
  if (!before.empty()) out += before + ',';
  out += keyed ? "\"buckets\":{" : "\"buckets\":[";
  bool first = true;
  for (const ResultBucket& bucket : buckets) {
    if (!first) out += ',';
    first = false;
    if (keyed) {
      append_json_string(out, bucket.key);
      out += ':';
    }
    append_bucket(out, bucket, typed_keys);
  }
  out += keyed ? '}' : ']';
  if (!after.empty()) out += ',' + after;
}

}  // namespace tarn::query
