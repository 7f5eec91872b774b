#include "indexer/script/script.h"

#include "indexer/base/deprecation.h"
#include "indexer/base/json_location.h"

#include <list>
#include <mutex>
#include <unordered_map>

#include "indexer/script/compiler.h"
#include "indexer/script/expression.h"

namespace tarn::script {

namespace {

constexpr size_t kCacheEntries = 200;
constexpr size_t kSourceMax = 65535;  // script.max_size_in_bytes

Error compile_error(const std::string& source, std::string_view lang, const CompileFailure& failure) {
  const size_t offset = std::min(failure.offset, source.size());
  const size_t begin = offset > 25 ? offset - 25 : 0, end = std::min(source.size(), offset + 25);
  std::string snippet = (begin > 0 ? "... " : "") + source.substr(begin, end - begin) + (end < source.size() ? " ..." : "");
  std::string pointer = std::string((begin > 0 ? 4 : 0) + offset - begin, ' ') + "^---- HERE";
  Error error(400, "script_exception", "compile error");
  error.with("script_stack", Json::array({std::move(snippet), std::move(pointer)})).with("script", source).with("lang", std::string(lang));
  error.with("position", Json{{"offset", offset}, {"start", begin}, {"end", end}});
  return error.caused_by(failure.error);
}

std::shared_ptr<const Script> build(std::string_view lang, const std::string& source, Context context) {
  if (source.size() > kSourceMax) {
    throw ApiError(illegal_argument("exceeded max allowed inline script size in bytes [" + std::to_string(kSourceMax) + "] with size [" + std::to_string(source.size()) +
                                    "] for script [" + source.substr(0, 50) + "...]"));
  }
  if (lang == "expression") return compile_expression(source, context);
  if (lang != "painless") throw ApiError(illegal_argument("script_lang not supported [" + std::string(lang) + "]"));
  try {
    return std::make_shared<PainlessScript>(source, context);
  } catch (const CompileFailure& failure) {
    throw ApiError(compile_error(source, lang, failure));
  } catch (const Thrown& thrown) {
    throw ApiError(compile_error(source, lang, {0, Error(400, error_type(thrown.cls), thrown.message)}));
  }
}

/// Least recently used go first. Compiled scripts are small beside their sources, which are bounded.
class Cache {
 public:
  std::shared_ptr<const Script> find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto it = map_.find(key);
    if (it == map_.end()) return nullptr;
    order_.splice(order_.begin(), order_, it->second);
    return it->second->second;
  }
  void add(const std::string& key, std::shared_ptr<const Script> script) {
    const std::lock_guard lock(mutex_);
    if (map_.contains(key)) return;
    order_.emplace_front(key, std::move(script));
    map_[key] = order_.begin();
    if (order_.size() <= kCacheEntries) return;
    map_.erase(order_.back().first);
    order_.pop_back();
  }

 private:
  using Entry = std::pair<std::string, std::shared_ptr<const Script>>;
  std::mutex mutex_;
  std::list<Entry> order_;
  std::unordered_map<std::string, std::list<Entry>::iterator> map_;
};

Cache& cache() {
  static Cache instance;
  return instance;
}

}  // namespace

std::shared_ptr<const Script> compile(std::string_view lang, const std::string& source, Context context) {
  std::string key(1, static_cast<char>('A' + static_cast<int>(context)));
  key.append(lang).append("\n").append(source);
  if (auto found = cache().find(key)) return found;
  auto script = build(lang, source, context);
  cache().add(key, script);
  return script;
}

std::shared_ptr<const Script> compile(const ScriptSpec& spec, Context context, const StoredScripts* stored) {
  if (spec.id.empty()) return compile(spec.lang, spec.source, context);
  const auto found = stored == nullptr ? std::nullopt : stored->find(spec.id);
  if (!found) throw ApiError(404, "resource_not_found_exception", "unable to find script [" + spec.id + "] in cluster state");
  return compile(found->lang, found->source, context);
}

namespace {

Error unknown_member(std::string_view key) { return Error(400, "x_content_parse_exception", "[script] unknown field [" + std::string(key) + "]"); }

std::string read_source(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object()) return to_text(value);
  throw ApiError(Error(400, "x_content_parse_exception", "[script] source doesn't support values of type: " + std::string(value.is_array() ? "START_ARRAY" : value.is_boolean() ? "VALUE_BOOLEAN" : "VALUE_NUMBER")));
}

}  // namespace

ScriptSpec parse_script(const Json& value, std::string_view default_lang) {
  ScriptSpec out;
  out.lang = default_lang;
  if (value.is_string()) {
    out.source = value.get<std::string>();
    return out;
  }
  if (!value.is_object()) throw ApiError(illegal_argument("Script value should be a String or a Map"));
  bool has_source = false, has_lang = false;
  for (const auto& [key, member] : value.items()) {
    if (key == "inline" || key == "stored") {
      const JsonLocation at = JsonLocations::of_this_thread().value(member);
      Deprecations::add("[script][" + std::to_string(at.line) + ":" + std::to_string(at.column) + "] Deprecated field [" + key + "] used, expected [" +
                        (key == "inline" ? "source" : "id") + "] instead");
    }
    if (key == "source" || key == "inline") {
      out.source = read_source(member);
      has_source = true;
    } else if (key == "id" || key == "stored") {
      if (!member.is_string()) throw ApiError(Error(400, "x_content_parse_exception", "[script] id doesn't support values of type: VALUE_NUMBER"));
      out.id = member.get<std::string>();
    } else if (key == "lang") {
      if (!member.is_string()) throw ApiError(Error(400, "x_content_parse_exception", "[script] lang doesn't support values of type: VALUE_NUMBER"));
      out.lang = member.get<std::string>();
      has_lang = true;
    } else if (key == "params") {
      if (!member.is_object()) throw ApiError(Error(400, "x_content_parse_exception", "[script] params doesn't support values of type: VALUE_STRING"));
      out.params = member;
    } else if (key == "options") {
      if (!member.is_object()) throw ApiError(Error(400, "x_content_parse_exception", "[script] options doesn't support values of type: VALUE_STRING"));
      out.options = member;
    } else {
      throw ApiError(unknown_member(key));
    }
  }
  if (!has_source && out.id.empty()) throw ApiError(illegal_argument("must specify either [source] for an inline script or [id] for a stored script"));
  if (has_source && !out.id.empty()) throw ApiError(illegal_argument("must specify either [source] for an inline script or [id] for a stored script, but not both"));
  if (!out.id.empty() && has_lang) throw ApiError(illegal_argument("illegally specified <lang> for a stored script"));
  return out;
}

}  // namespace tarn::script
