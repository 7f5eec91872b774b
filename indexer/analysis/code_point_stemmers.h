#pragma once

#include <string>

namespace tarn::analysis {

// Stemmers that Lucene has beside those of Snowball. Each changes a term of code points in place; terms are expected in
// lower case. The sources of the algorithms stand in the files.

// romance_stemmers.cc
void stem_french_light(std::u32string& s);
void stem_french_minimal(std::u32string& s);
void stem_italian_light(std::u32string& s);
void stem_spanish_light(std::u32string& s);
void stem_portuguese_light(std::u32string& s);
void stem_brazilian(std::u32string& s);
// rslp_stemmers.cc
void stem_galician(std::u32string& s);
void stem_galician_minimal(std::u32string& s);
void stem_portuguese(std::u32string& s);
void stem_portuguese_minimal(std::u32string& s);
// germanic_stemmers.cc
void stem_english_minimal(std::u32string& s);
void stem_english_plural(std::u32string& s);
void stem_german(std::u32string& s);
void stem_german_light(std::u32string& s);
void stem_german_minimal(std::u32string& s);
void stem_norwegian_light(std::u32string& s);
void stem_norwegian_minimal(std::u32string& s);
void stem_nynorsk_light(std::u32string& s);
void stem_nynorsk_minimal(std::u32string& s);
void stem_swedish_light(std::u32string& s);
// uralic_baltic_stemmers.cc
void stem_finnish_light(std::u32string& s);
void stem_hungarian_light(std::u32string& s);
void stem_latvian(std::u32string& s);
// slavic_stemmers.cc
void stem_bulgarian(std::u32string& s);
void stem_czech(std::u32string& s);
void stem_russian_light(std::u32string& s);
// asian_stemmers.cc
void stem_arabic(std::u32string& s);
void stem_bengali(std::u32string& s);
void stem_hindi(std::u32string& s);
void stem_indonesian(std::u32string& s);
void stem_persian(std::u32string& s);
void stem_sorani(std::u32string& s);
// estonian_stemmer.cc
void stem_estonian(std::u32string& s);
// kstem_stemmer.cc
void stem_kstem(std::u32string& s);
// greek_stemmer.cc
void stem_greek(std::u32string& s);

}  // namespace tarn::analysis
