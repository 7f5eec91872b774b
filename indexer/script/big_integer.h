#pragma once

#include <string>

#include "indexer/script/value.h"

namespace tarn::script {

/// java.math.BigInteger as far as unsigned_long fields need it: 127 bits.
class BigIntegerObject final : public Object {
 public:
  explicit BigIntegerObject(__int128 value) : Object(ClassId::kBigInteger), value(value) {}
  std::string text() const {
    std::string out;
    unsigned __int128 rest = value < 0 ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
    do {
      out.insert(out.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
      rest /= 10;
    } while (rest != 0);
    return value < 0 ? "-" + out : out;
  }
  __int128 value;
};

// What value.cc asks of the classes that live elsewhere.
void append_double_text(std::string& out, double d);
void append_float_text(std::string& out, float f);
/// toString of doc values, geo points and other odd ones; false if it is none.
bool append_other_text(std::string& out, const Object& object);
std::optional<Json> other_json(const Object& object, int depth);

}  // namespace tarn::script
