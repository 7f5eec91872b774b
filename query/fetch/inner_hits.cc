#include "query/fetch/inner_hits.h"

#include <algorithm>

#include "query/bind/compound.h"
#include "query/bind/values.h"
#include "query/dsl/clause.h"
#include "query/fetch/doc_fields.h"
#include "query/fetch/highlight_phase.h"
#include "query/fetch/source_fields.h"
#include "query/script/script_fields.h"

namespace tarn::query {

namespace {

constexpr int64_t kDefaultSize = 3;

/// Members that inner hits share with a search, spelled the same.
constexpr std::string_view kSearchMembers[] = {"from",  "size",    "sort",    "_source",         "stored_fields",
                                               "explain", "version", "highlight", "docvalue_fields", "fields",
                                               "track_scores", "seq_no_primary_term", "script_fields"};

[[noreturn]] void unknown(const std::string& key, const Json& value) {
  throw ApiError(unknown_member("inner_hits", key, value, {}));
}

int64_t window_limit(const IndexSettings& settings) {
  const auto it = settings.flat.find("index.max_inner_result_window");
  if (it == settings.flat.end()) return 100;
  return std::strtoll(it->is_string() ? it->get<std::string>().c_str() : it->dump().c_str(), nullptr, 10);
}

/// Objects at `path` of a document, in order, arrays or not.
void collect_objects(const Json& value, std::vector<const Json*>& out) {
  if (value.is_array()) {
    for (const Json& item : value) collect_objects(item, out);
  } else if (value.is_object()) {
    out.push_back(&value);
  }
}

std::vector<const Json*> objects_at(const Json& object, std::string_view path) {
  std::vector<const Json*> out;
  if (!object.is_object()) return out;
  for (const auto& [key, value] : object.items()) {
    if (key == path) {
      collect_objects(value, out);
    } else if (path.size() > key.size() && path.starts_with(key) && path[key.size()] == '.') {
      std::vector<const Json*> parents;
      collect_objects(value, parents);
      for (const Json* parent : parents) {
        const auto inner = objects_at(*parent, path.substr(key.size() + 1));
        out.insert(out.end(), inner.begin(), inner.end());
      }
    }
  }
  return out;
}

/// One step of a nested document's place: which object of which path below the step before.
struct NestedStep {
  std::string path;      ///< full
  std::string relative;  ///< below the step before
  size_t offset = 0;
};

/// From the root to the document, outermost first.
std::vector<NestedStep> nested_place(const SegmentView& segment, const std::string& path, LocalDocId doc) {
  std::vector<std::string> levels;  // nested paths that enclose `path`, outermost first
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
    const FieldType* field = segment.searcher.mapping().find(path.substr(0, dot));
    if (field != nullptr && field->kind == FieldKind::kNested) levels.push_back(path.substr(0, dot));
  }
  levels.push_back(path);
  std::vector<NestedStep> out(levels.size());
  LocalDocId at = doc;
  for (size_t i = levels.size(); i-- > 0;) {
    const Bitset members = documents_of_path(segment, levels[i]);
    // Documents of the levels above end the stretch of siblings.
    Bitset above = documents_of_path(segment, "");
    for (size_t k = 0; k < i; ++k) above |= documents_of_path(segment, levels[k]);
    size_t offset = 0;
    for (LocalDocId before = at; before > 0 && !above.test(before - 1); --before) offset += members.test(before - 1) ? 1 : 0;
    out[i].path = levels[i];
    out[i].relative = i == 0 ? levels[0] : levels[i].substr(levels[i - 1].size() + 1);
    out[i].offset = offset;
    if (i > 0) at = documents_of_path(segment, levels[i - 1]).next(at);
  }
  return out;
}

const Json* object_at(const Json& root, const std::vector<NestedStep>& place) {
  const Json* at = &root;
  for (const NestedStep& step : place) {
    const auto objects = objects_at(*at, step.relative);
    if (step.offset >= objects.size()) return nullptr;
    at = objects[step.offset];
  }
  return at;
}

void write_place(const std::vector<NestedStep>& place, size_t from, JsonWriter& out) {
  out.key("_nested").begin_object().key("field").string(place[from].relative);
  out.key("offset").unsigned_number(place[from].offset);
  if (from + 1 < place.size()) write_place(place, from + 1, out);
  out.end_object();
}

/// `object` as the only thing in a document, at its full path: what fields and filters are written for.
Json at_full_path(const Json& object, const std::string& path) {
  Json out = object;
  std::string_view rest = path;
  while (!rest.empty()) {
    const size_t dot = rest.rfind('.');
    const std::string name(dot == std::string_view::npos ? rest : rest.substr(dot + 1));
    Json outer = Json::object();
    outer[name] = std::move(out);
    out = std::move(outer);
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(0, dot);
  }
  return out;
}

std::string filtered_object(const Json& object, const std::string& path, const SourceFilter& filter) {
  if (!filter.filters()) return to_text(object);
  const Json kept = parse_json(filter_source(to_text(at_full_path(object, path)), filter.includes, filter.excludes));
  const auto found = objects_at(kept, path);
  return found.empty() ? "{}" : to_text(*found[0]);
}

/// Writes the hits of one clause below one document.
class InnerHitsWriter {
 public:
  InnerHitsWriter(const BoundInnerHits& bound, const Searcher& searcher, const SearchContext& context, const StoredDocument& stored,
                  const Json& source, bool total_as_int)
      : bound_(bound), request_(*bound.clause->options), searcher_(searcher), context_(context), stored_(stored), source_(source),
        total_as_int_(total_as_int) {
    shown_.searcher = std::shared_ptr<const Searcher>(std::shared_ptr<const void>(), &searcher);
    targets_[0].target = &shown_;
    const auto& stored_fields = request_.stored_fields;
    ids_ = !stored_fields || std::find(stored_fields->begin(), stored_fields->end(), "_none_") == stored_fields->end();
  }

  void write(DocRef parent, JsonWriter& out) {
    std::vector<Hit> hits = scored(bound_.documents(searcher_, context_, parent));
    out.key(bound_.name).begin_object().key("hits").begin_object();
    write_inner_total(hits.size(), total_as_int_, out);
    const bool scores = shows_scores() || request_.track_scores;
    out.key("max_score");
    if (hits.empty() || !scores || request_.size == 0) {
      out.null();
    } else if (!bound_.sort.empty() && request_.track_scores && !sorts_by_score()) {
      out.number(0.0f);  // OpenSearch tracks scores here without asking for them
    } else {
      float best = hits[0].score;
      for (const Hit& hit : hits) best = std::max(best, hit.score);
      out.number(best);
    }
    out.key("hits").begin_array();
    const auto from = static_cast<size_t>(request_.from), size = static_cast<size_t>(request_.size);
    for (size_t i = from; i < hits.size() && i - from < size; ++i) write_hit(hits[i], out);
    out.end_array().end_object().end_object();
  }

  void write_hit(const Hit& hit, JsonWriter& out);

 private:
  bool sorts_by_score() const {
    return std::any_of(bound_.sort.begin(), bound_.sort.end(), [](const BoundSort& key) { return key.kind == BoundSort::Kind::kScore; });
  }
  bool shows_scores() const { return bound_.sort.empty() || sorts_by_score(); }

  std::vector<Hit> scored(const std::vector<DocRef>& documents) const {
    std::vector<Hit> out;
    for (size_t i = 0; i < documents.size();) {
      const SegmentView segment(searcher_, documents[i].segment, context_);
      const auto scorer = bound_.plan->scorer(segment);
      std::vector<std::unique_ptr<KeyReader>> readers;
      for (const BoundSort& key : bound_.sort) readers.push_back(make_key_reader(key, segment));
      Window window;
      LocalDocId window_begin = kNoDoc;
      for (; i < documents.size() && documents[i].segment == segment.index; ++i) {
        const LocalDocId doc = documents[i].doc;
        Hit hit{0, documents[i], 0, {}};
        if (scorer) {
          if (doc / kWindowDocs * kWindowDocs != window_begin) {
            window_begin = doc / kWindowDocs * kWindowDocs;
            scorer->advance(window_begin);
            scorer->score(window_begin, window);
          }
          hit.score = window.scores[doc - window_begin];
        }
        for (const auto& reader : readers) {
          int64_t key = 0;
          reader->read(&doc, &hit.score, 1, &key);
          hit.sort.push_back(reader->value(key, doc));
        }
        out.push_back(std::move(hit));
      }
    }
    std::stable_sort(out.begin(), out.end(), [this](const Hit& a, const Hit& b) {
      if (bound_.sort.empty()) return a.score > b.score;
      for (size_t k = 0; k < bound_.sort.size(); ++k) {
        if (const int order = compare(bound_.sort[k], a.sort[k], b.sort[k]); order != 0) return order < 0;
      }
      return false;
    });
    return out;
  }

  static DocRef root_of(const SegmentView& segment, DocRef ref) {
    const Bitset* roots = segment.reader.segment().roots();
    return roots == nullptr ? ref : DocRef{ref.segment, roots->next(ref.doc)};
  }

  void write_fields(const Hit& hit, const StoredDocument& document, const Json& source, JsonWriter& out) const {
    std::vector<HitField> fields;
    add_docvalue_fields(request_.docvalue_fields, targets_[0], hit.ref, document, fields);
    if (!source.is_null()) {
      if (request_.stored_fields) add_stored_fields(*request_.stored_fields, searcher_.mapping(), source, fields);
      add_source_fields(request_.fields, searcher_.mapping(), source, fields);
    }
    if (!request_.script_fields.empty()) {
      ScriptFields(request_.script_fields, targets_, context_).add(hit, source.is_null() ? "" : to_text(source), fields);
    }
    if (fields.empty()) return;
    out.key("fields").begin_object();
    for (const HitField& field : fields) out.key(field.name).raw(field.values);
    out.end_object();
  }

  void write_names(const SegmentView& segment, LocalDocId doc, JsonWriter& out) const {
    std::vector<const std::string*> names;
    for (const NamedPlan& named : bound_.named) {
      if (is_match(*named.plan, segment, doc)) names.push_back(&named.name);
    }
    if (names.empty()) return;
    out.key("matched_queries").begin_array();
    for (const std::string* name : names) out.string(*name);
    out.end_array();
  }

  const BoundInnerHits& bound_;
  const SearchRequest& request_;
  const Searcher& searcher_;
  const SearchContext& context_;
  const StoredDocument& stored_;
  const Json& source_;
  bool total_as_int_;
  SearchTarget shown_;
  std::vector<BoundTarget> targets_{1};
  bool ids_ = true;
  std::unique_ptr<HighlightPhase> highlight_;
};

void InnerHitsWriter::write_hit(const Hit& hit, JsonWriter& out) {
  const SegmentView segment(searcher_, hit.ref.segment, context_);
  const bool nested = !bound_.path.empty();
  const StoredDocument stored = nested ? StoredDocument() : searcher_.fetch(hit.ref);
  const StoredDocument& document = nested ? stored_ : stored;
  std::vector<NestedStep> place;
  const Json* object = &source_;
  Json own;
  if (nested) {
    place = nested_place(segment, bound_.path, hit.ref.doc);
    object = object_at(source_, place);
  } else if (!document.source.empty()) {
    own = parse_json(document.source);
    object = &own;
  }
  out.begin_object();
  if (request_.explain) {
    out.key("_shard").string("[" + searcher_.index_name() + "][0]").key("_node").string("tarn");
  }
  out.key("_index").string(searcher_.index_name());
  if (ids_ || nested) out.key("_id").string(document.id);
  if (nested) write_place(place, 0, out);
  const DocRef root = nested ? root_of(segment, hit.ref) : hit.ref;
  if (request_.version) out.key("_version").number(searcher_.version(root));
  if (request_.seq_no_primary_term) {
    if (nested) throw ApiError(500, "unsupported_operation_exception", "nested documents are not assigned sequence numbers");
    out.key("_seq_no").number(searcher_.seq_no(root).value);
    out.key("_primary_term").number(1);
  }
  out.key("_score");
  shows_scores() ? out.number(hit.score) : out.null();
  if (ids_ && !nested && !document.routing.empty()) out.key("_routing").string(document.routing);
  const bool with_source = request_.source.enabled &&
                           ((!request_.stored_fields && request_.script_fields.empty()) || request_.source.given);
  if (with_source && object != nullptr && !object->is_null()) {
    out.key("_source");
    if (nested) out.raw(filtered_object(*object, bound_.path, request_.source));
    else if (request_.source.filters()) out.raw(filter_source(document.source, request_.source.includes, request_.source.excludes));
    else out.raw(document.source);
  }
  const Json wrapped = object == nullptr ? Json() : nested ? at_full_path(*object, bound_.path) : *object;
  write_fields(hit, document, wrapped, out);
  if (highlight_ == nullptr && request_.highlight) {
    Binder binder{searcher_, context_, {}, {}};
    binder.nested_scope = bound_.path;
    highlight_ = std::make_unique<HighlightPhase>(*request_.highlight, *bound_.plan, binder);
  }
  if (highlight_ && object != nullptr) highlight_->write(wrapped, "", document.id, out);
  if (!bound_.sort.empty()) {
    out.key("sort").begin_array();
    for (size_t k = 0; k < hit.sort.size(); ++k) write_sort_value(bound_.sort[k], hit.sort[k], out);
    out.end_array();
  }
  write_names(segment, hit.ref.doc, out);
  if (request_.explain) {
    out.key("_explanation");
    bound_.plan->explain(segment, hit.ref.doc).write(out);
  }
  if (!bound_.inner.empty()) {
    out.key("inner_hits").begin_object();
    for (const auto& inner : bound_.inner) InnerHitsWriter(*inner, searcher_, context_, document, nested ? source_ : own, total_as_int_).write(hit.ref, out);
    out.end_object();
  }
  out.end_object();
}

}  // namespace

namespace {

/// What ObjectParser takes for a member, by the names of its first tokens.
struct OptionTokens {
  std::string_view name, tokens;
};
constexpr OptionTokens kOptionTokens[] = {
    {"name", "VALUE_STRING"},
    {"ignore_unmapped", "VALUE_BOOLEAN VALUE_STRING"},
    {"from", "VALUE_NUMBER VALUE_STRING"},
    {"size", "VALUE_NUMBER VALUE_STRING"},
    {"explain", "VALUE_BOOLEAN VALUE_STRING"},
    {"version", "VALUE_BOOLEAN VALUE_STRING"},
    {"seq_no_primary_term", "VALUE_BOOLEAN VALUE_STRING"},
    {"track_scores", "VALUE_BOOLEAN VALUE_STRING"},
    {"sort", "START_OBJECT START_ARRAY VALUE_STRING"},
    {"_source", "VALUE_BOOLEAN VALUE_STRING START_ARRAY START_OBJECT"},
    {"highlight", "START_OBJECT"},
    {"script_fields", "START_OBJECT"},
    {"collapse", "START_OBJECT"},
    {"docvalue_fields", "START_ARRAY START_OBJECT"},
    {"fields", "START_ARRAY START_OBJECT"},
};

[[noreturn]] void fail_option(const std::string& key, const Json& value, Error cause) {
  throw ApiError(Error(400, "x_content_parse_exception", value_location(value) + "[inner_hits] failed to parse field [" + key + "]")
                     .caused_by(std::move(cause)));
}

void check_option(const std::string& key, const Json& value) {
  const auto option = std::find_if(std::begin(kOptionTokens), std::end(kOptionTokens), [&](const auto& one) { return one.name == key; });
  if (option == std::end(kOptionTokens)) return;
  if (option->tokens.find(token_name(value)) == std::string_view::npos) throw ApiError(unsupported_value("inner_hits", key, value));
  if (option->tokens == "VALUE_BOOLEAN VALUE_STRING") {
    try {
      read_bool(value);
    } catch (const ApiError& error) {
      fail_option(key, value, error.error());
    }
  }
  if (key != "from" && key != "size") return;
  double number = 0;
  try {
    number = value.is_number() ? value.get<double>() : parse_java_double(value.get_ref<const std::string&>());
  } catch (const ApiError& error) {
    fail_option(key, value, error.error());
  }
  if (number < 0) fail_option(key, value, illegal_argument("illegal " + key + " value, at least 0 or higher"));
}

}  // namespace

void write_nested_hits(const BoundInnerHits& bound, const Searcher& searcher, const SearchContext& context, const std::vector<Hit>& hits,
                       const std::vector<StoredDocument>& stored, JsonWriter& out) {
  out.begin_array();
  for (size_t i = 0; i < hits.size(); ++i) {
    const Json source = stored[i].source.empty() ? Json() : parse_json(stored[i].source);
    InnerHitsWriter(bound, searcher, context, stored[i], source, false).write_hit(hits[i], out);
  }
  out.end_array();
}

std::shared_ptr<const InnerHitsClause> parse_inner_hits(const Json& body) {
  auto out = std::make_shared<InnerHitsClause>();
  Json search = Json::object();
  for (const auto& [key, value] : body.items()) {
    check_option(key, value);
    if (key == "name") {
      out->name = value.get<std::string>();
    } else if (key == "ignore_unmapped") {
      out->ignore_unmapped = read_bool(value);
    } else if (key == "collapse") {
      if (!value.is_object()) unknown(key, value);
      for (const auto& [member, field] : value.items()) {
        if (member == "field") out->collapse_field = read_text(field);
        else if (member == "inner_hits") throw ApiError(illegal_argument("the inner collapse must not have inner hits"));
        else throw ApiError(400, "x_content_parse_exception", "[collapse] unknown field [" + member + "]");
      }
    } else if (std::find(std::begin(kSearchMembers), std::end(kSearchMembers), key) != std::end(kSearchMembers)) {
      search[key] = value;
    } else {
      unknown(key, value);
    }
  }
  if (!search.contains("size")) search["size"] = kDefaultSize;
  const auto options = parse_search_request(search, {});
  auto copy = std::make_shared<SearchRequest>(*options);
  copy->collapse_field = out->collapse_field;
  copy->track_total_hits = kTrackAllHits;
  out->options = std::move(copy);
  return out;
}

void finish_inner_hits(const std::vector<std::shared_ptr<BoundInnerHits>>& all, Binder& binder) {
  const int64_t limit = window_limit(binder.searcher.settings());
  for (size_t i = 0; i < all.size(); ++i) {
    BoundInnerHits& bound = *all[i];
    const SearchRequest& request = *bound.clause->options;
    for (size_t k = 0; k < i; ++k) {
      if (all[k]->name != bound.name) continue;
      throw ApiError(illegal_argument("[inner_hits] already contains an entry for key [" + bound.name + "]"));
    }
    if (request.from + request.size > limit) {
      const std::string name = bound.clause->name.value_or("null");
      throw ApiError(illegal_argument("Inner result window is too large, the inner hit definition's [" + name +
                                      "]'s from + size must be less than or equal to: [" + std::to_string(limit) + "] but was [" +
                                      std::to_string(request.from + request.size) +
                                      "]. This limit can be set by changing the [index.max_inner_result_window] index level setting."));
    }
    bound.sort = bind_sort(request.sort, binder);
    finish_inner_hits(bound.inner, binder);
  }
}

std::shared_ptr<BoundInnerHits> nested_inner_hits(const std::shared_ptr<const InnerHitsClause>& clause, PlanPtr children,
                                                  const std::string& path, const std::string& parent_path) {
  auto out = std::make_shared<BoundInnerHits>();
  out->name = clause->name.value_or(path);
  out->clause = clause;
  out->path = path;
  out->plan = children;
  out->documents = [children = std::move(children), path, parent_path](const Searcher& searcher, const SearchContext& context,
                                                                       DocRef parent) {
    std::vector<DocRef> found;
    const SegmentView segment(searcher, parent.segment, context);
    const Bitset matches = matching_children(*children, segment, path, parent_path, parent.doc);
    for (uint32_t doc = matches.next(0); doc < matches.size(); doc = matches.next(doc + 1)) {
      found.push_back({parent.segment, doc});
      if (doc + 1 >= matches.size()) break;
    }
    return found;
  };
  return out;
}

void write_inner_total(uint64_t total, bool as_int, JsonWriter& out) {
  out.key("total");
  if (as_int) {
    out.unsigned_number(total);
  } else {
    out.begin_object().key("value").unsigned_number(total).key("relation").string("eq").end_object();
  }
}

void write_inner_hits(const std::vector<std::shared_ptr<BoundInnerHits>>& all, const Searcher& searcher, const SearchContext& context,
                      DocRef hit, const StoredDocument& stored, bool total_as_int, JsonWriter& out) {
  if (all.empty()) return;
  const Json source = stored.source.empty() ? Json() : parse_json(stored.source);
  out.key("inner_hits").begin_object();
  for (const auto& bound : all) InnerHitsWriter(*bound, searcher, context, stored, source, total_as_int).write(hit, out);
  out.end_object();
}

}  // namespace tarn::query
