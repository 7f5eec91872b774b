#include "server/render/filter_path.h"

#include "indexer/base/ascii.h"
#include "server/render/json_scanner.h"

namespace tarn::server {
namespace {

/// The rest of a path: its segments from `depth` on.
struct Cursor {
  const FilterPath::Path* path;
  size_t depth;
  bool complete() const { return depth == path->size(); }
  const std::string& segment() const { return (*path)[depth]; }
};
using Cursors = std::vector<Cursor>;

enum class Verdict { kAll, kNone, kPartly };

/// What becomes of the member `name`; for kPartly, `next` holds what its own members are to match.
Verdict judge(std::string_view name, const Cursors& cursors, bool inclusive, Cursors& next) {
  for (const Cursor& cursor : cursors) {
    if (cursor.complete()) continue;
    const bool any_depth = cursor.segment() == "**";
    if (!any_depth && !matches_pattern(cursor.segment(), name)) continue;
    const Cursor deeper{cursor.path, cursor.depth + 1};
    if (deeper.complete()) return inclusive ? Verdict::kAll : Verdict::kNone;
    if (any_depth) next.push_back(cursor);
    next.push_back(deeper);
  }
  if (!next.empty()) return Verdict::kPartly;
  return inclusive ? Verdict::kNone : Verdict::kAll;
}

/// One pass over the text with either the included or the excluded paths.
class Filter {
 public:
  Filter(std::string_view json, bool inclusive) : scanner_(json), inclusive_(inclusive) {}

  std::string run(const std::vector<FilterPath::Path>& paths) {
    Cursors cursors;
    for (const auto& path : paths) cursors.push_back({&path, 0});
    const bool object = scanner_.peek() == '{';
    if (!value(cursors) && object) out_ = "{}";
    return std::move(out_);
  }

 private:
  /// Appends what is left of the next value; false, and nothing appended, if nothing is.
  bool value(const Cursors& cursors) {
    const char first = scanner_.peek();
    if (first == '{') return object(cursors);
    if (first == '[') return array(cursors);
    const std::string_view scalar = scanner_.scalar();
    if (inclusive_) return false;
    append_scalar(out_, scalar);
    return true;
  }

  bool object(const Cursors& cursors) {
    scanner_.accept('{');
    const size_t start = out_.size();
    out_ += '{';
    while (!scanner_.at_end() && !scanner_.accept('}')) {
      const size_t before = out_.size();
      if (before > start + 1) out_ += ',';
      const std::string_view key = scanner_.scalar();
      scanner_.accept(':');
      append_scalar(out_, key);
      out_ += ':';
      if (!member(key, cursors)) out_.resize(before);
      scanner_.accept(',');
    }
    return close(start, '}');
  }

  bool member(std::string_view key, const Cursors& cursors) {
    Cursors next;
    const bool escaped = key.find('\\') != key.npos;
    const std::string plain = escaped ? unquote_json(key) : std::string();
    const std::string_view name = escaped ? std::string_view(plain) : key.substr(1, key.size() - 2);
    switch (judge(name, cursors, inclusive_, next)) {
      case Verdict::kAll: append_value(out_, scanner_); return true;
      case Verdict::kNone: scanner_.value(); return false;
      case Verdict::kPartly: return value(next);
    }
    return false;
  }

  bool array(const Cursors& cursors) {
    scanner_.accept('[');
    const size_t start = out_.size();
    out_ += '[';
    while (!scanner_.at_end() && !scanner_.accept(']')) {
      const size_t before = out_.size();
      if (before > start + 1) out_ += ',';
      if (!value(cursors)) out_.resize(before);
      scanner_.accept(',');
    }
    return close(start, ']');
  }

  /// What held something and holds nothing now disappears, and so does what was empty.
  bool close(size_t start, char bracket) {
    if (out_.size() == start + 1) {
      out_.resize(start);
      return false;
    }
    out_ += bracket;
    return true;
  }

  JsonScanner scanner_;
  const bool inclusive_;
  std::string out_;
};

FilterPath::Path parse_path(std::string_view text) {
  FilterPath::Path path(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.') {
      path.emplace_back();
    } else if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '.') {
      path.back() += text[++i];
    } else {
      path.back() += text[i];
    }
  }
  if (path.size() > 1 && path.back().empty()) path.pop_back();
  return path;
}

}  // namespace

FilterPath FilterPath::parse(std::string_view parameter) {
  FilterPath out;
  while (!parameter.empty()) {
    const size_t end = std::min(parameter.find(','), parameter.size());
    std::string_view one = parameter.substr(0, end);
    parameter.remove_prefix(std::min(end + 1, parameter.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.empty()) continue;
    if (one[0] == '-') {
      out.excludes_.push_back(parse_path(one.substr(1)));
    } else {
      out.includes_.push_back(parse_path(one));
    }
  }
  return out;
}

std::string FilterPath::apply(std::string_view json) const {
  std::string out;
  if (!includes_.empty()) out = Filter(json, true).run(includes_);
  if (!excludes_.empty()) out = Filter(includes_.empty() ? json : std::string_view(out), false).run(excludes_);
  return out;
}

}  // namespace tarn::server
