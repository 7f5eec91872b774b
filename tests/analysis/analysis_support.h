#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indexer/analysis/analyzer.h"
#include "indexer/base/error.h"

namespace tarn {

/// The terms of `text`, parted by blanks.
inline std::string terms(const Analyzer& analyzer, std::string_view text) {
  TokenBuffer buffer;
  analyzer.analyze(text, buffer);
  std::string out;
  for (const Token& token : buffer.tokens) {
    if (!out.empty()) out += ' ';
    out += token.term;
  }
  return out;
}

inline std::string terms(std::string_view analyzer, std::string_view text) {
  return terms(*AnalysisRegistry::built_in()->find_analyzer(analyzer), text);
}

/// Tokens of an _analyze request as "term@position[start-end]", parted by blanks.
inline std::string analyzed(std::string_view request) {
  Json answer = AnalysisRegistry::built_in()->analyze_api(parse_json(request), nullptr);
  std::string out;
  for (const Json& t : answer["tokens"]) {
    if (!out.empty()) out += ' ';
    out += t["token"].get<std::string>() + "@" + t["position"].dump() + "[" + t["start_offset"].dump() + "-" +
           t["end_offset"].dump() + "]";
  }
  return out;
}

/// The reason with which `call` is refused, with its status before it.
template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const ApiError& e) {
    return std::to_string(e.error().status) + " " + e.error().type + ": " + e.error().reason;
  }
  return "not refused";
}

}  // namespace tarn
