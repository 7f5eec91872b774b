#include "indexer/script/mustache_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace tarn::script {
namespace {

constexpr int kDepthMax = 500;  // sections inside of sections

/// String.trim()
std::string trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return std::string(text);
}

std::vector<std::string> split_path(std::string_view name) {
  std::vector<std::string> out;
  for (size_t from = 0;;) {
    const size_t dot = name.find('.', from);
    out.emplace_back(name.substr(from, dot == name.npos ? dot : dot - from));
    if (dot == name.npos) return out;
    from = dot + 1;
  }
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return std::tolower(x) == std::tolower(y); });
}

/// {{#join delimiter='x'}}: what stands between the quotes.
std::optional<std::string> join_delimiter(std::string_view name) {
  constexpr std::string_view kHead = "join delimiter='";
  if (!name.starts_with(kHead) || !name.ends_with('\'') || name.size() <= kHead.size()) return std::nullopt;
  return std::string(name.substr(kHead.size(), name.size() - kHead.size() - 1));
}

}  // namespace

MustacheParser::Parts MustacheParser::parse() { return level(nullptr, true); }

void MustacheParser::fail(std::string reason, int line) const {
  fail_plain(fmt::format("{} @[query-template:{}]", reason, line));
}

void MustacheParser::fail_plain(std::string reason) const {
  Error error(400, "script_exception", reason);
  error.with("script_stack", Json::array()).with("script", std::string(text_)).with("lang", "mustache");
  error.caused_by(Error(400, "mustache_exception", std::move(reason)));
  throw ApiError(std::move(error));
}

int MustacheParser::read() {
  if (at_ >= text_.size()) return -1;
  return static_cast<unsigned char>(text_[at_++]);
}

void MustacheParser::write(Parts& parts, std::string& pending) {
  if (pending.empty()) return;
  if (!parts.empty() && parts.back().kind == Mustache::Kind::kText) parts.back().name += pending;
  else parts.push_back({Mustache::Kind::kText, std::move(pending), {}, {}, ",", true, line_});
  pending.clear();
}

std::string MustacheParser::read_command(int& c, int& n) {
  std::string out;
  bool delimiter = at_ < text_.size() && text_[at_] == '=';
  if (delimiter) {
    out += '=';
    ++at_, ++n;
  }
  while ((c = read()) != -1) {
    ++n;
    if (delimiter) {
      if (c == '=') delimiter = false;  // the end of the definition
      else out += static_cast<char>(c);
      continue;
    }
    if (c == static_cast<unsigned char>(close_[0])) {
      if (close_.size() == 1) break;
      if (at_ < text_.size() && text_[at_] == close_[1]) {
        ++at_, ++n;
        break;
      }
    }
    out += static_cast<char>(c);
  }
  return out;
}

MustacheParser::Part MustacheParser::section(char mark, const std::string& name, int line, Parts inner, std::string_view inside) const {
  using Kind = Mustache::Kind;
  Part part{Kind::kSection, name, {}, std::move(inner), ",", true, line};
  if (mark == '^') part.kind = Kind::kInverted;
  if (mark == '$' || mark == '?') part.kind = Kind::kBlock;
  if (mark == '<') fail_plain(fmt::format("Partial templates are not supported in OpenSearch Mustache scripts: [{}]", name));
  std::string_view function;
  if (mark == '#') {
    if (equal_without_case(name, "toJson")) {
      part.kind = Kind::kToJson;
      function = "toJson";
    } else if (equal_without_case(name, "join")) {
      part.kind = Kind::kJoin;
      function = "join";
    } else if (auto delimiter = join_delimiter(name)) {
      part.kind = Kind::kJoin;
      part.delimiter = std::move(*delimiter);
      function = "join";
    } else if (equal_without_case(name, "url")) {
      part.kind = Kind::kUrl;
    }
  }
  if (!function.empty()) {
    // Text joins the part before it, so that only a text in front counts.
    size_t count = 0;
    for (const Part& one : part.inner) count += one.kind != Kind::kText ? 1 : 0;
    if (!part.inner.empty() && part.inner[0].kind == Kind::kText) ++count;
    if (count != 1) fail_plain(fmt::format("Mustache function [{}] must contain one and only one identifier", function));
    part.name = part.inner[0].kind == Kind::kText ? part.inner[0].name : std::string(inside);
  }
  part.path = split_path(part.name);
  return part;
}

void MustacheParser::change_delimiters(std::string_view command) {
  const std::string trimmed_text = trimmed(command);
  const size_t blank = trimmed_text.find_first_of(" \t\r\n");
  const std::string open = trimmed_text.substr(0, blank);
  const std::string close = blank == std::string::npos ? "" : trimmed(std::string_view(trimmed_text).substr(blank));
  if (open.empty() || close.empty() || close.find_first_of(" \t\r\n") != std::string::npos) {
    fail("Invalid delimiter string: " + trimmed_text, line_);
  }
  open_ = open;
  close_ = close;
}

MustacheParser::Parts MustacheParser::level(const std::string* tag, bool start_of_line) {
  using Kind = Mustache::Kind;
  if (++depth_ > kDepthMax) fail_plain("The template is nested too deeply");
  const int start_line = line_;
  bool only_blank = true, saw_return = false;
  bool iterable = line_ != 0;
  if (line_ == 0) line_ = 1;
  Parts out;
  std::string pending;
  int n = 0, c;
  while ((c = read()) != -1) {
    ++n;
    if (c == '\r') {
      saw_return = true;
      continue;
    }
    if (c == '\n') {
      ++line_;
      // A line that holds nothing but a section's tag leaves nothing behind.
      if (!iterable || !only_blank) pending += saw_return ? "\r\n" : "\n";
      write(out, pending);
      iterable = false;
      only_blank = start_of_line = true;
      n = 0;
      continue;
    }
    saw_return = false;
    const bool opens = c == static_cast<unsigned char>(open_[0]) && (open_.size() == 1 || (at_ < text_.size() && text_[at_] == open_[1]));
    if (!opens) {
      only_blank = only_blank && (c == ' ' || c == '\t');
      pending += static_cast<char>(c);
      continue;
    }
    if (open_.size() > 1) ++at_;
    const std::string command = read_command(c, n);
    if (command.empty()) fail("Empty mustache", line_);
    const char mark = command[0];
    const std::string name = trimmed(std::string_view(command).substr(1));
    switch (mark) {
      case '#': case '^': case '<': case '?': case '$': {
        start_of_line = start_of_line && only_blank;
        const int line = line_;
        const size_t inside_at = at_;
        Parts inner = level(&name, start_of_line);
        const size_t end_at = std::max(inside_at, std::min(text_.rfind(open_, at_ - 1), at_));
        const std::string_view inside = text_.substr(inside_at, end_at - inside_at);
        if (!only_blank || line_ == line) write(out, pending);
        pending.clear();
        out.push_back(section(mark, name, line, std::move(inner), inside));
        iterable = line_ != line;
        break;
      }
      case '/':
        if (!start_of_line || !only_blank) write(out, pending);
        if (tag == nullptr || name != *tag) {
          fail(fmt::format("Mismatched start/end tags: {} != {} in query-template:{}", tag == nullptr ? "null" : *tag, name, line_), line_);
        }
        --depth_;
        return out;
      case '>':
        write(out, pending);
        start_of_line = start_of_line && only_blank;
        if (!name.starts_with('*')) fail_plain(fmt::format("Partial templates are not supported in OpenSearch Mustache scripts: [{}]", name));
        out.push_back({Kind::kPartial, trimmed(name.substr(1)), {}, {}, ",", true, line_});
        out.back().path = split_path(out.back().name);
        break;
      case '{': {
        write(out, pending);
        std::string plain = name;
        if (close_.size() > 1 && close_[1] != '}') {
          if (!plain.empty()) plain.pop_back();
        } else if (read() != '}') {
          ++n;
          fail(fmt::format("Improperly closed variable: {} in query-template:{}@{}", name, line_, n), line_);
        }
        out.push_back({Kind::kValue, plain, split_path(plain), {}, ",", false, line_});
        break;
      }
      case '&':
        write(out, pending);
        out.push_back({Kind::kValue, name, split_path(name), {}, ",", false, line_});
        break;
      case '%':
        write(out, pending);
        break;
      case '!':
        write(out, pending);
        out.push_back({Kind::kNothing, "", {}, {}, ",", true, line_});
        break;
      case '=':
        write(out, pending);
        change_delimiters(std::string_view(command).substr(1));
        break;
      default: {
        if (c == -1) fail("Improperly closed variable", line_);
        write(out, pending);
        std::string whole = trimmed(command);
        std::vector<std::string> path = split_path(whole);
        out.push_back({Kind::kValue, std::move(whole), std::move(path), {}, ",", true, line_});
        break;
      }
    }
    start_of_line = false;
  }
  write(out, pending);
  if (tag != nullptr) fail(fmt::format("Failed to close '{}' tag", *tag), std::max(1, start_line));
  return out;
}

}  // namespace tarn::script
