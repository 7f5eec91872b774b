#pragma once

#include <string>
#include <string_view>

namespace tarn::server {

/// JSON as `?format=yaml` shows it: Jackson's YAML generator over SnakeYAML (a `---` line, strings in double quotes and
/// folded at 80 columns, sequences not indented below their key).
std::string json_to_yaml(std::string_view json);

/// A YAML request body as JSON text. Throws ApiError 400 for what is no YAML or has more than one document.
std::string yaml_to_json(std::string_view yaml);

}  // namespace tarn::server
