#pragma once

namespace tarn::analysis {

/// The type of a token of the ICU tokenizer. Its address tells the script as well, which few readers ask for: tokens
/// of other origin have none. `type` and `script` are static texts.
const char* icu_token_type(const char* type, const char* script);
/// The script's name as explain shows it; "Common" for a type that is not of icu_token_type().
const char* icu_script_of(const char* type);

}  // namespace tarn::analysis
