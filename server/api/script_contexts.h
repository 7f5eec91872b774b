#pragma once

namespace tarn::server {

extern const char* const kScriptContexts;   ///< the body of GET _script_context
extern const char* const kScriptLanguages;  ///< the body of GET _script_language

}  // namespace tarn::server
