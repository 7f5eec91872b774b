#include "query/lucene/intervals.h"

#include <algorithm>
#include <functional>

namespace tarn::query {

namespace {

using Kind = IntervalSource::Kind;
using Sources = std::vector<IntervalSourcePtr>;

IntervalSourcePtr make(Kind kind, Sources parts, int number, std::string text) {
  auto out = std::make_shared<IntervalSource>();
  out->kind = kind;
  out->parts = std::move(parts);
  out->number = number;
  out->text = std::move(text);
  return out;
}

std::string call_text(const char* name, const Sources& parts) {
  std::string out = std::string(name) + "(";
  for (size_t i = 0; i < parts.size(); ++i) out += (i == 0 ? "" : ",") + parts[i]->text;
  return out + ")";
}

int saturating(int64_t value) { return static_cast<int>(std::min<int64_t>(value, INT32_MAX)); }

Sources pulled_up(const IntervalSourcePtr& source);

/// The parts of a disjunction; those of one position stay together, since their intervals cannot hide each other.
Sources split(const IntervalSourcePtr& source) {
  Sources single, longer;
  for (const IntervalSourcePtr& part : pulled_up(source)) (part->min_extent() == 1 ? single : longer).push_back(part);
  Sources out;
  if (!single.empty()) out.push_back(interval_or(std::move(single)));
  out.insert(out.end(), longer.begin(), longer.end());
  return out;
}

using Build = std::function<IntervalSourcePtr(Sources)>;

/// One source for every choice among the disjunctions of `parts`.
Sources combinations(const Sources& parts, const Build& build) {
  std::vector<Sources> rows(1);
  for (const IntervalSourcePtr& part : parts) {
    const Sources choices = split(part);
    if (rows.size() * choices.size() > kMaxClauses) throw ApiError(illegal_argument("Too many disjunctions to expand"));
    std::vector<Sources> next;
    for (const IntervalSourcePtr& choice : choices) {
      for (const Sources& row : rows) {
        next.push_back(row);
        next.back().push_back(choice);
      }
    }
    rows = std::move(next);
  }
  Sources out;
  for (Sources& row : rows) out.push_back(build(std::move(row)));
  return out;
}

IntervalSourcePtr plain_block(Sources parts) {
  const std::string text = call_text("BLOCK", parts);
  return make(Kind::kBlock, std::move(parts), 0, text);
}
IntervalSourcePtr plain_ordered(Sources parts) {
  const std::string text = call_text("ORDERED", parts);
  return make(Kind::kOrdered, std::move(parts), 0, text);
}
IntervalSourcePtr plain_unordered(Sources parts) {
  const std::string text = call_text("UNORDERED", parts);
  return make(Kind::kUnordered, std::move(parts), 0, text);
}
IntervalSourcePtr plain_max_gaps(IntervalSourcePtr part, int gaps) {
  const std::string text = "MAXGAPS/" + std::to_string(gaps) + "(" + part->text + ")";
  return make(Kind::kMaxGaps, {std::move(part)}, gaps, text);
}
IntervalSourcePtr plain_extend(IntervalSourcePtr part, int before) {
  const std::string text = "EXTEND(" + part->text + "," + std::to_string(before) + ",0)";
  return make(Kind::kExtend, {std::move(part)}, before, text);
}
IntervalSourcePtr repeating(const IntervalSourcePtr& part, int times) {
  if (times == 1) return part;
  std::string text = "ORDERED(";
  for (int i = 0; i < times; ++i) text += (i == 0 ? "" : ",") + part->text;
  return make(Kind::kRepeating, {part}, times, text + ")");
}
IntervalSourcePtr plain_filter(Kind kind, IntervalSourcePtr part, IntervalSourcePtr by) {
  static constexpr const char* kNames[] = {"CONTAINING", "CONTAINED_BY", "NOT_CONTAINING", "NOT_CONTAINED_BY",
                                           "OVERLAPPING", "NON_OVERLAPPING", "BEFORE", "AFTER"};
  Sources parts = {std::move(part), std::move(by)};
  const std::string text = call_text(kNames[static_cast<int>(kind) - static_cast<int>(Kind::kContaining)], parts);
  return make(kind, std::move(parts), 0, text);
}

Sources pulled_up(const IntervalSourcePtr& source) {
  switch (source->kind) {
    case Kind::kOr: return source->parts;
    case Kind::kBlock: return combinations(source->parts, plain_block);
    case Kind::kOrdered: return combinations(source->parts, plain_ordered);
    case Kind::kUnordered: return combinations(source->parts, plain_unordered);
    case Kind::kMaxGaps:
      return combinations(source->parts, [&](Sources row) { return plain_max_gaps(row[0], source->number); });
    case Kind::kExtend:
      return combinations(source->parts, [&](Sources row) { return plain_extend(row[0], source->number); });
    default: return {source};
  }
}

Sources flattened(const Sources& parts, Kind kind) {
  Sources out;
  for (const IntervalSourcePtr& part : parts) {
    if (part->kind == kind) {
      out.insert(out.end(), part->parts.begin(), part->parts.end());
    } else {
      out.push_back(part);
    }
  }
  return out;
}

}  // namespace

int IntervalSource::min_extent() const {
  int64_t sum = 0;
  switch (kind) {
    case Kind::kNone: return 0;
    case Kind::kTerms: return 1;
    case Kind::kBlock:
    case Kind::kOrdered:
    case Kind::kUnordered:
      for (const auto& part : parts) sum += part->min_extent();
      return saturating(sum);
    case Kind::kOr: {
      int least = INT32_MAX;
      for (const auto& part : parts) least = std::min(least, part->min_extent());
      return parts.empty() ? 0 : least;
    }
    case Kind::kRepeating: return parts[0]->min_extent();  // as Lucene says, not that times the number
    case Kind::kExtend: return saturating(int64_t{parts[0]->min_extent()} + number);
    default: return parts[0]->min_extent();
  }
}

IntervalSourcePtr interval_none() { return make(Kind::kNone, {}, 0, "NOMATCH(no terms in analyzed text)"); }

IntervalSourcePtr interval_terms(std::string path, std::vector<std::string> terms, std::string text) {
  auto out = std::make_shared<IntervalSource>();
  out->kind = Kind::kTerms;
  out->path = std::move(path);
  out->terms = std::move(terms);
  out->text = std::move(text);
  return out;
}

IntervalSourcePtr interval_or(std::vector<IntervalSourcePtr> parts) {
  Sources simple;  // a disjunction of disjunctions is one
  for (const IntervalSourcePtr& part : flattened(parts, Kind::kOr)) {
    const bool known = std::any_of(simple.begin(), simple.end(), [&](const auto& s) { return s->text == part->text; });
    if (!known) simple.push_back(part);
  }
  if (simple.size() == 1) return simple[0];
  const std::string text = call_text("or", simple);
  return make(Kind::kOr, std::move(simple), 0, text);
}

IntervalSourcePtr interval_block(std::vector<IntervalSourcePtr> parts) {
  if (parts.size() == 1) return parts[0];
  return interval_or(combinations(flattened(parts, Kind::kBlock), plain_block));
}

IntervalSourcePtr interval_ordered(std::vector<IntervalSourcePtr> parts) {
  if (parts.size() == 1) return parts[0];
  const Sources flat = flattened(parts, Kind::kOrdered);
  Sources out;
  for (size_t i = 0; i < flat.size();) {
    size_t end = i + 1;
    while (end < flat.size() && flat[end]->text == flat[i]->text) ++end;
    out.push_back(repeating(flat[i], static_cast<int>(end - i)));
    i = end;
  }
  return out.size() == 1 ? out[0] : plain_ordered(std::move(out));
}

IntervalSourcePtr interval_unordered(std::vector<IntervalSourcePtr> parts) {
  if (parts.size() == 1) return parts[0];
  std::vector<std::pair<IntervalSourcePtr, int>> counts;
  for (const IntervalSourcePtr& part : parts) {
    const auto known = std::find_if(counts.begin(), counts.end(), [&](const auto& c) { return c.first->text == part->text; });
    if (known == counts.end()) {
      counts.emplace_back(part, 1);
    } else {
      ++known->second;
    }
  }
  Sources out;
  for (const auto& [part, times] : counts) out.push_back(repeating(part, times));
  return out.size() == 1 ? out[0] : plain_unordered(std::move(out));
}

IntervalSourcePtr interval_extend(IntervalSourcePtr part, int before) {
  return before == 0 ? part : plain_extend(std::move(part), before);
}

IntervalSourcePtr interval_max_gaps(IntervalSourcePtr part, int gaps) {
  return interval_or(combinations({std::move(part)}, [gaps](Sources row) { return plain_max_gaps(row[0], gaps); }));
}

IntervalSourcePtr interval_filter(Kind kind, IntervalSourcePtr part, IntervalSourcePtr by) {
  // What is filtered by something around it is pulled up as well where Lucene does so.
  if (kind == Kind::kContaining || kind == Kind::kOverlapping || kind == Kind::kNotContaining) {
    return interval_or(combinations({std::move(part)}, [&](Sources row) { return plain_filter(kind, row[0], by); }));
  }
  return plain_filter(kind, std::move(part), std::move(by));
}

IntervalSourcePtr interval_script(IntervalSourcePtr part, std::function<IntervalSource::Keep()> make_filter, const std::string& script) {
  auto out = std::make_shared<IntervalSource>();
  out->kind = Kind::kScript;
  out->text = "SCRIPT(" + part->text + "," + script + ")";
  out->parts = {std::move(part)};
  out->make_filter = std::move(make_filter);
  return out;
}

}  // namespace tarn::query
