#pragma once

#include <string>
#include <string_view>

#include "indexer/analysis/component.h"

namespace tarn::analysis {

/// A filter that stems each term by an algorithm of libstemmer ("english", "german" ...) or by "porter", with a bounded cache
/// of stems a thread. The name must exist. Which algorithm is a language's own is decided in stemmer_names.cc.
TokenFilterPtr make_snowball_filter(const char* algorithm);

/// Gives a word the stem that newer versions of an algorithm give it: changes `stem`, libstemmer's, and returns true.
bool update_stem(std::string_view algorithm, std::string_view word, std::string& stem);

/// The word that libstemmer's algorithm is to see in place of `word`.
std::string prepare_word(std::string_view algorithm, std::string_view word);

/// A stemmer by the name that OpenSearch's `stemmer` filter takes (language/name: "light_german", "english" ...).
/// Throws ApiError 400 for unknown names.
TokenFilterPtr make_stemmer_filter(std::string_view language);
/// GermanStemFilter, which is a filter type of its own and no language of `stemmer`.
TokenFilterPtr make_german_stem_filter();
/// The algorithms that the `snowball` filter takes: names such as "English", "Porter", "German2".
TokenFilterPtr make_snowball_language_filter(std::string_view language);

/// A stemmer written by hand changes a term in place, in code points: all of Lucene's own work on small arrays.
using CodePointStemmer = void (*)(std::u32string& term);
TokenFilterPtr make_code_point_stemmer(CodePointStemmer stem);

}  // namespace tarn::analysis
