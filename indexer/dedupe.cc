#include "indexer/dedupe.h"

#include <simdjson.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "indexer/base/base64.h"
#include "indexer/base/error.h"

namespace tarn {
namespace {

// SHA-256 (FIPS 180-4), written out because nothing else in this layer needs a crypto library.
constexpr std::array<uint32_t, 64> kRound = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
    0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
    0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

void sha256_block(std::array<uint32_t, 8>& state, const unsigned char* block) {
  std::array<uint32_t, 64> w;
  for (size_t i = 0; i < 16; ++i) {
    w[i] = uint32_t{block[4 * i]} << 24 | uint32_t{block[4 * i + 1]} << 16 | uint32_t{block[4 * i + 2]} << 8 |
           block[4 * i + 3];
  }
  for (size_t i = 16; i < 64; ++i) {
    const uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
    const uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (size_t i = 0; i < 64; ++i) {
    const uint32_t t1 =
        h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + kRound[i] + w[i];
    const uint32_t t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  const std::array<uint32_t, 8> add = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < 8; ++i) state[i] += add[i];
}

std::array<unsigned char, 16> sha256_half(std::string text) {
  const uint64_t bits = uint64_t{text.size()} * 8;
  text.push_back('\x80');
  while (text.size() % 64 != 56) text.push_back('\0');
  for (int shift = 56; shift >= 0; shift -= 8) text.push_back(static_cast<char>(bits >> shift));
  std::array<uint32_t, 8> state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  for (size_t at = 0; at < text.size(); at += 64) {
    sha256_block(state, reinterpret_cast<const unsigned char*>(text.data()) + at);
  }
  std::array<unsigned char, 16> out;
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<unsigned char>(state[i / 4] >> (24 - 8 * (i % 4)));
  return out;
}

// Every way to split the path at dots: dotted keys may stand at any level.
bool find_value(const simdjson::dom::element& at, std::string_view path, simdjson::dom::element& out) {
  simdjson::dom::object object;
  if (at.get(object) != simdjson::SUCCESS) return false;
  if (object.at_key(path).get(out) == simdjson::SUCCESS) return true;
  for (size_t dot = path.find('.'); dot != path.npos; dot = path.find('.', dot + 1)) {
    simdjson::dom::element inner;
    if (object.at_key(path.substr(0, dot)).get(inner) == simdjson::SUCCESS &&
        find_value(inner, path.substr(dot + 1), out)) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string dedupe_id(const std::vector<std::string>& fields, std::string_view source) {
  static thread_local simdjson::dom::parser parser;
  simdjson::dom::element document;
  if (const auto error = parser.parse(source.data(), source.size(), true).get(document); error != simdjson::SUCCESS) {
    throw ApiError(Error(400, "mapper_parsing_exception", "failed to parse")
                       .caused_by(Error(400, "json_parse_exception", simdjson::error_message(error))));
  }
  std::string key;
  for (const std::string& field : fields) {
    simdjson::dom::element value;
    if (!find_value(document, field, value) || value.is_null()) {
      throw ApiError(illegal_argument(
          fmt::format("document has no value in [{}], which [index.tarn.dedupe.fields] makes its _id of", field)));
    }
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS) {
      key.append("s").append(text);
    } else {
      key.append("j").append(simdjson::minify(value));
    }
    key.push_back('\0');
  }
  const auto digest = sha256_half(std::move(key));
  return encode_base64({reinterpret_cast<const char*>(digest.data()), digest.size()}, Base64::kUrlSafe);
}

}  // namespace tarn
