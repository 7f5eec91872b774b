#include "server/http/compression.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>

namespace tarn::http {
namespace {

constexpr int kZlibWindow = 15;
constexpr int kGzipWindow = 15 + 16;

/// deflateInit allocates and clears a quarter of a megabyte; a reset costs nothing.
class Deflater {
 public:
  Deflater(Coding coding, int level) : level_(level) {
    const int window = coding == Coding::kGzip ? kGzipWindow : kZlibWindow;
    ok_ = deflateInit2(&stream_, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflater() { deflateEnd(&stream_); }

  std::string run(std::string_view body, int level) {
    if (!ok_) return "";
    deflateReset(&stream_);
    if (level != level_) deflateParams(&stream_, level_ = level, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream_, body.size()), '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream_.avail_in = static_cast<uInt>(body.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    if (deflate(&stream_, Z_FINISH) != Z_STREAM_END) return "";
    out.resize(stream_.total_out);
    return out;
  }

 private:
  z_stream stream_{};
  int level_;
  bool ok_ = false;
};

class Inflater {
 public:
  explicit Inflater(int window) { ok_ = inflateInit2(&stream_, window) == Z_OK; }
  ~Inflater() { inflateEnd(&stream_); }

  Inflation run(std::string_view body, const std::function<bool(size_t)>& allow, std::string& out) {
    if (!ok_) return Inflation::kMalformed;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
    stream_.avail_in = static_cast<uInt>(body.size());
    out.clear();
    int code = Z_OK;
    while (code != Z_STREAM_END) {
      const size_t used = out.size();
      // JSON shrinks to a fifth or less; a first guess that fits saves the copies of growing.
      const size_t step = used == 0 ? std::max<size_t>(body.size() * 5, 4096) : used;
      if (!allow(used + 1)) return Inflation::kTooLarge;
      out.resize(used + step);
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + used);
      stream_.avail_out = static_cast<uInt>(step);
      code = inflate(&stream_, Z_NO_FLUSH);
      out.resize(used + step - stream_.avail_out);
      if (code == Z_STREAM_END && stream_.avail_in > 0 && stream_.next_in[0] == 0x1f) {
        code = inflateReset(&stream_);  // the next member of a gzip file
      } else if (code != Z_OK && code != Z_STREAM_END) {
        return Inflation::kMalformed;
      } else if (code == Z_OK && stream_.avail_in == 0 && stream_.avail_out > 0) {
        return Inflation::kMalformed;  // cut off
      }
    }
    return allow(out.size()) ? Inflation::kDone : Inflation::kTooLarge;
  }

 private:
  z_stream stream_{};
  bool ok_ = false;
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

double quality(std::string_view parameters) {
  const size_t q = parameters.find("q=");
  return q == parameters.npos ? 1.0 : std::strtod(std::string(parameters.substr(q + 2)).c_str(), nullptr);
}

}  // namespace

Coding accepted_coding(std::string_view header) {
  double gzip = -1;
  double deflate_q = -1;
  double any = -1;
  while (!header.empty()) {
    const size_t end = std::min(header.find(','), header.size());
    const std::string_view entry = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    const size_t semicolon = std::min(entry.find(';'), entry.size());
    const std::string_view name = trim(entry.substr(0, semicolon));
    const double q = quality(entry.substr(semicolon));
    if (name == "gzip" || name == "x-gzip") gzip = q;
    if (name == "deflate") deflate_q = q;
    if (name == "*") any = q;
  }
  if (gzip < 0) gzip = any;
  if (deflate_q < 0) deflate_q = any;
  if (gzip <= 0 && deflate_q <= 0) return Coding::kIdentity;
  return gzip >= deflate_q ? Coding::kGzip : Coding::kDeflate;
}

std::string_view coding_name(Coding coding) {
  return coding == Coding::kGzip ? "gzip" : coding == Coding::kDeflate ? "deflate" : "identity";
}

std::string compress(std::string_view body, Coding coding, int level) {
  static thread_local Deflater gzip(Coding::kGzip, level);
  if (coding == Coding::kGzip) return gzip.run(body, level);
  Deflater zlib(Coding::kDeflate, level);  // rare: no client of ours asks for it alone
  return zlib.run(body, level);
}

Inflation decompress(std::string_view body, Coding coding, const std::function<bool(size_t)>& allow,
                     std::string& out) {
  if (coding == Coding::kGzip) return Inflater(kGzipWindow).run(body, allow, out);
  const Inflation result = Inflater(kZlibWindow).run(body, allow, out);
  // "deflate" means zlib, but some clients send it without the header.
  return result == Inflation::kMalformed ? Inflater(-kZlibWindow).run(body, allow, out) : result;
}

}  // namespace tarn::http
