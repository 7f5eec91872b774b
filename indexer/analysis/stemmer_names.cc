#include <map>

#include "indexer/analysis/filters.h"
#include "indexer/analysis/stemmers.h"
#include "indexer/base/error.h"

namespace tarn::analysis {

namespace {

// Names of libstemmer that are also names of the stemmer filter, and other names for them.
const std::map<std::string, const char*, std::less<>>& snowball_names() {
  static const std::map<std::string, const char*, std::less<>> names = {
      {"armenian", "armenian"}, {"basque", "basque"},         {"catalan", "catalan"},   {"danish", "danish"},
      {"dutch", "dutch"},       {"english", "porter"},        {"finnish", "finnish"},   {"french", "french"},
      {"german", "german"},     {"german2", "german"},        {"hungarian", "hungarian"}, {"irish", "irish"},
      {"italian", "italian"},   {"lithuanian", "lithuanian"}, {"norwegian", "norwegian"}, {"porter", "porter"},
      {"porter2", "english"},   {"portuguese", "portuguese"}, {"romanian", "romanian"}, {"russian", "russian"},
      {"spanish", "spanish"},   {"swedish", "swedish"},       {"turkish", "turkish"}};
  return names;
}

std::string capitalized(std::string_view name) {
  std::string out(name);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

[[noreturn]] void unknown(const std::string& class_name) {
  Error error = illegal_argument("Invalid stemmer class specified: " + class_name);
  throw ApiError(error.caused_by(
      Error(400, "class_not_found_exception", "org.tartarus.snowball.ext." + class_name + "Stemmer")));
}

}  // namespace

TokenFilterPtr make_stemmer_filter(std::string_view language) {
  std::string name = lower(language);
  if (auto it = snowball_names().find(name); it != snowball_names().end()) return make_snowball_filter(it->second);
  unknown(capitalized(name));
}

TokenFilterPtr make_snowball_language_filter(std::string_view language) {
  static const std::map<std::string, const char*, std::less<>> classes = {
      {"Arabic", "arabic"},   {"Armenian", "armenian"}, {"Basque", "basque"},         {"Catalan", "catalan"},
      {"Danish", "danish"},   {"Dutch", "dutch"},       {"English", "english"},       {"Finnish", "finnish"},
      {"French", "french"},   {"German", "german"},     {"Greek", "greek"},           {"Hindi", "hindi"},
      {"Hungarian", "hungarian"}, {"Indonesian", "indonesian"}, {"Irish", "irish"},   {"Italian", "italian"},
      {"Lithuanian", "lithuanian"}, {"Nepali", "nepali"}, {"Norwegian", "norwegian"}, {"Porter", "porter"},
      {"Portuguese", "portuguese"}, {"Romanian", "romanian"}, {"Russian", "russian"}, {"Serbian", "serbian"},
      {"Spanish", "spanish"}, {"Swedish", "swedish"},   {"Tamil", "tamil"},           {"Turkish", "turkish"},
      {"Yiddish", "yiddish"}};
  auto it = classes.find(language);
  if (it == classes.end()) unknown(std::string(language));
  return make_snowball_filter(it->second);
}

}  // namespace tarn::analysis
