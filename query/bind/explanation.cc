#include "query/bind/explanation.h"

namespace tarn::query {

void Explanation::write(JsonWriter& out) const {
  out.begin_object().key("value");
  count ? out.unsigned_number(*count) : out.number(value);
  out.key("description").string(description).key("details").begin_array();
  for (const Explanation& detail : details) detail.write(out);
  out.end_array().end_object();
}

std::string float_text(float value) {
  std::string out;
  append_float(out, value);
  return out;
}

std::string boost_text(float boost) { return boost == 1.0f ? std::string() : "^" + float_text(boost); }

}  // namespace tarn::query
