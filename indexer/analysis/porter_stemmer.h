#pragma once

#include <string>
#include <string_view>

namespace tarn::analysis {

/// Porter's stemmer of 1980 as Lucene's PorterStemmer has it: words of one or two characters stay, every character that
/// is no lower-case vowel is a consonant. Changes `word` in place.
void porter_stem(std::string& word);     ///< ASCII
void porter_stem(std::u32string& word);  ///< code points

}  // namespace tarn::analysis
