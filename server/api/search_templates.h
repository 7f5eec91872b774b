#pragma once

#include <string>
#include <string_view>

#include "indexer/script/script.h"
#include "server/api/search_support.h"

namespace tarn::server {

/// A search template as the body of _search/template, _msearch/template and _render/template words it.
struct TemplateCall {
  bool has_script = false;           ///< "id" or "source" was there
  script::ScriptSpec script;
  bool explain = false, profile = false;
};
/// Throws 400 x_content_parse_exception "[1:12] [search_template] source doesn't support values of type: VALUE_NUMBER".
TemplateCall read_template_call(const Json& body);

/// The body of a search that a rendered template is; what follows the object is not looked at, as OpenSearch's parser does.
/// Throws its parse error, or that of the request parser where that comes first.
Json parse_rendered_search(std::string_view text);

void register_search_template_handlers(Router& router, Services& services);  ///< _search/template, _msearch/template, _render/template

}  // namespace tarn::server
