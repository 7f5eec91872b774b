// _scripts: stored scripts, running one by hand, what contexts and languages there are.
#include "indexer/script/documents.h"
#include "indexer/script/java_map.h"
#include "indexer/script/nodes.h"
#include "indexer/script/template_script.h"
#include "server/api/handlers.h"
#include "server/api/indices.h"
#include "server/api/indices_support.h"
#include "server/api/script_contexts.h"
#include "server/script_registry.h"

namespace tarn::server {
namespace {

using script::Context;

struct NamedContext {
  std::string_view name;
  Context context;
};
constexpr NamedContext kContexts[] = {{"score", Context::kScore}, {"filter", Context::kFilter}, {"field", Context::kField}, {"number_sort", Context::kNumberSort},
                                      {"string_sort", Context::kStringSort}, {"terms_set", Context::kTermsSet}, {"update", Context::kUpdate}, {"ingest", Context::kIngest},
                                      {"processor_conditional", Context::kIngestCondition}, {"aggs", Context::kAggs}, {"bucket_aggregation", Context::kBucketAggs},
                                      {"aggregation_selector", Context::kBucketSelector}, {"painless_test", Context::kTest}};

/// The definition of PUT _scripts/{id} as it is kept: lang, source, options.
Json read_definition(const Json& body) {
  if (body.is_object() && body.size() == 1 && body.contains("template")) {
    const Json& source = body["template"];
    return {{"lang", "mustache"}, {"source", source.is_string() ? source.get<std::string>() : to_text(source)}};
  }
  if (!body.is_object() || !body.contains("script")) {
    throw ApiError(parsing_exception("unexpected field [" + (body.is_object() && !body.empty() ? body.begin().key() : std::string()) + "], expected [script]"));
  }
  const Json& script = body["script"];
  if (!script.is_object()) throw ApiError(parsing_exception("unexpected token [VALUE_STRING], expected [{, <source>]"));
  Json out = Json::object();
  std::string lang, source;
  Json options;
  for (const auto& [key, value] : script.items()) {
    if (key == "lang") {
      if (!value.is_string()) throw ApiError(illegal_argument("lang must be a string"));
      lang = value.get<std::string>();
    } else if (key == "source") {
      source = value.is_string() ? value.get<std::string>() : to_text(value);
      if (!value.is_string() && options.is_null()) options = Json{{"content_type", "application/json; charset=UTF-8"}};
    } else if (key == "options") {
      if (!value.is_object()) throw ApiError(Error(400, "x_content_parse_exception", "[stored script source] options doesn't support values of type: VALUE_STRING"));
      for (const auto& [name, option] : value.items()) {
        if (name != "content_type" || value.size() > 1) {
          std::string text;
          script::append_java_text(text, value);
          throw ApiError(illegal_argument("illegal compiler options [" + text + "] specified"));
        }
        if (!option.is_string()) throw ApiError(illegal_argument("the option [content_type] must be a string"));
      }
      options = value;
    } else if (key != "params") {
      throw ApiError(Error(400, "x_content_parse_exception", "[stored script source] unknown field [" + key + "]"));
    }
  }
  if (lang.empty()) throw ApiError(illegal_argument("must specify lang for stored script"));
  if (lang != "painless" && lang != "expression" && lang != "mustache") {
    throw ApiError(illegal_argument("unable to put stored script with unsupported lang [" + lang + "]"));
  }
  if (source.empty() && lang != "mustache") throw ApiError(illegal_argument("must specify source for stored script"));
  out["lang"] = lang;
  out["source"] = source;
  if (options.is_object() && !options.empty()) out["options"] = options;
  return out;
}

/// Compiles the script for a context, as PUT _scripts/{id}/{context} asks.
void check_context(const std::string& id, const Json& definition, const std::string& context) {
  script::ScriptSpec spec;
  spec.lang = definition["lang"].get<std::string>();
  spec.source = definition["source"].get<std::string>();
  if (definition.contains("options")) spec.options = definition["options"];
  const auto fail = [&](const std::string& reason) {
    throw ApiError(illegal_argument("failed to parse/compile stored script [" + id + "]").caused_by(illegal_argument(reason)));
  };
  if (context == "template") return script::check_template(spec);
  const Json known = parse_json(kScriptContexts);
  const auto is_asked = [&](const Json& one) { return one.is_object() && one.contains("name") && one["name"] == context; };
  if (std::none_of(known["contexts"].begin(), known["contexts"].end(), is_asked)) fail("Unknown context [" + context + "]");
  if (spec.lang == "mustache") fail("mustache engine does not know how to handle context [" + context + "]");
  for (const NamedContext& compiled : kContexts) {
    if (compiled.name == context) script::compile(spec.lang, spec.source, compiled.context);
  }
}

RestResponse put_script(Services& services, RestRequest& request) {
  read_timeouts(request);
  const std::string id = request.get("id"), context = request.get("context");
  const Json body = request.json_body();
  request.check_parameters();
  if (id.find('#') != std::string::npos) throw ApiError(illegal_argument("Validation Failed: 1: id cannot contain '#' for stored script;"));
  const Json definition = read_definition(body);
  if (!context.empty()) check_context(id, definition, context);
  services.scripts.put(id, definition);
  return acknowledged();
}

RestResponse get_script(Services& services, RestRequest& request) {
  read_timeouts(request);
  const std::string id = request.get("id");
  const Json found = services.scripts.definition(id);
  if (found.is_null()) return RestResponse::json({{"_id", id}, {"found", false}}, 404);
  return RestResponse::json({{"_id", id}, {"found", true}, {"script", found}});
}

RestResponse delete_script(Services& services, RestRequest& request) {
  read_timeouts(request);
  const std::string id = request.get("id");
  request.check_parameters();
  if (!services.scripts.remove(id)) {
    throw ApiError(404, "resource_not_found_exception", "stored script [" + id + "] does not exist and cannot be deleted");
  }
  return acknowledged();
}

/// A segment of one document, as the setup words it.
struct OneDocument {
  std::shared_ptr<const Mapping> mapping;
  std::unique_ptr<SegmentReader> reader;
};
OneDocument build_document(Services& services, const Json& setup) {
  if (!setup.is_object() || !setup.contains("index") || !setup["index"].is_string() || !setup.contains("document")) {
    throw ApiError(illegal_argument("Required [index, document]"));
  }
  const std::string name = setup["index"].get<std::string>();
  const auto resolved = services.catalog.resolve(name, {});
  if (resolved.size() != 1) throw ApiError(illegal_argument("provided index [" + name + "] must be one index"));
  const Index& index = *resolved[0].index;
  OneDocument out;
  out.mapping = index.mapping();
  auto batch = std::make_shared<ParsedBatch>();
  const std::string source = to_text(setup["document"]);
  DocumentParser parser;
  const ParseOutcome outcome = parser.parse(*out.mapping, index.settings()->mapping_limits, "_id", "", source, *batch);
  if (!outcome.dynamic_update.is_null()) throw ApiError(illegal_argument("the document has fields that the index does not map"));
  const auto segment = build_segment("execute", *out.mapping, {batch});
  out.reader = std::make_unique<SegmentReader>(segment, nullptr, nullptr);
  return out;
}

RestResponse execute(Services& services, RestRequest& request) {
  const Json body = request.json_body();
  request.check_parameters();
  if (!body.is_object()) throw ApiError(parsing_exception("Expected [START_OBJECT]"));
  Json setup;
  std::string name = "painless_test";
  for (const auto& [key, value] : body.items()) {
    if (key == "context") {
      if (!value.is_string()) throw ApiError(Error(400, "x_content_parse_exception", "[painless_execute_request] context doesn't support values of type: VALUE_NUMBER"));
      name = value.get<std::string>();
    } else if (key == "context_setup") {
      setup = value;
    } else if (key != "script") {
      throw ApiError(Error(400, "x_content_parse_exception", "[painless_execute_request] unknown field [" + key + "]"));
    }
  }
  if (!body.contains("script")) throw ApiError(illegal_argument("Required [script]"));
  const Context context = name == "filter" ? Context::kFilter : name == "score" ? Context::kScore : Context::kTest;
  if (context == Context::kTest && name != "painless_test") {
    throw ApiError(Error(400, "x_content_parse_exception", "Failed to build [painless_execute_request] after last required field arrived")
                       .caused_by(Error(400, "unsupported_operation_exception", "unsupported script context name [" + name + "]")));
  }
  const script::ScriptSpec spec = script::parse_script(body["script"]);
  const auto script = script::compile(spec, context, &services.scripts);
  script::Run run(script, spec.params);
  if (context == Context::kTest) {
    const script::Value value = run.execute();
    try {
      return RestResponse::json({{"result", script::java_text(value)}});
    } catch (const script::Thrown& thrown) {
      throw ApiError(script->runtime_error(thrown, 0));
    }
  }
  if (setup.is_null()) throw ApiError(500, "null_pointer_exception", "Cannot read field \"index\" because \"this.contextSetup\" is null");
  const OneDocument document = build_document(services, setup);
  script::Documents documents(*document.mapping);
  documents.begin_segment(*document.reader);
  documents.set_document(document.reader->doc_count() - 1);
  run.set_documents(&documents);
  run.set_score(1.0);
  if (setup.contains("query") && !(setup["query"].is_object() && setup["query"].contains("match_all"))) {
    throw ApiError(501, "not_implemented_exception", "[context_setup] with a [query] other than match_all is not supported yet");
  }
  if (context == Context::kFilter) return RestResponse::json({{"result", run.execute_bool()}});
  return RestResponse::json({{"result", run.execute_double()}});
}

RestResponse recorded(const char* body) {
  RestResponse response;
  response.body = to_text(parse_json(body));
  return response;
}

}  // namespace

void register_script_handlers(Router& router, Services& services) {
  using enum Method;
  const auto on = [&](std::initializer_list<Method> methods, const char* path, RestResponse (*handler)(Services&, RestRequest&)) {
    router.add(methods, path, [&services, handler](RestRequest& request) { return handler(services, request); });
  };
  on({kPut, kPost}, "/_scripts/{id}", put_script);
  on({kPut, kPost}, "/_scripts/{id}/{context}", put_script);
  on({kGet}, "/_scripts/{id}", get_script);
  on({kDelete}, "/_scripts/{id}", delete_script);
  on({kGet, kPost}, "/_scripts/painless/_execute", execute);
  router.add({kGet}, "/_script_context", [](RestRequest&) { return recorded(kScriptContexts); });
  router.add({kGet}, "/_script_language", [](RestRequest&) { return recorded(kScriptLanguages); });
}

}  // namespace tarn::server
