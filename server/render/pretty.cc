#include "server/render/pretty.h"

#include "server/render/json_scanner.h"

namespace tarn::server {
namespace {

class PrettyPrinter {
 public:
  PrettyPrinter(std::string_view json, bool sources_are_raw) : scanner_(json), sources_are_raw_(sources_are_raw) {
    out_.reserve(json.size() * 2);
  }

  std::string run() {
    if (!scanner_.at_end()) value(1);
    out_ += '\n';
    return std::move(out_);
  }

 private:
  void value(int depth) {
    const char first = scanner_.peek();
    if (first == '{') {
      object(depth);
    } else if (first == '[') {
      array(depth);
    } else {
      out_ += scanner_.scalar();
    }
  }

  void object(int depth) {
    scanner_.accept('{');
    out_ += '{';
    bool empty = true;
    bool holds_document = false;  // a hit or a get, so that _source is a stored one and not a mapping's
    while (!scanner_.at_end() && !scanner_.accept('}')) {
      if (!empty) out_ += ',';
      empty = false;
      line(depth);
      const std::string_view key = scanner_.scalar();
      scanner_.accept(':');
      out_ += key;
      if (holds_document && key == "\"_source\"") {
        out_ += ':';
        out_ += scanner_.value();
      } else {
        out_ += " : ";
        value(depth + 1);
      }
      holds_document |= sources_are_raw_ && (key == "\"_index\"" || key == "\"_id\"" || key == "\"found\"");
      scanner_.accept(',');
    }
    close(empty, depth, '}');
  }

  void array(int depth) {
    scanner_.accept('[');
    out_ += '[';
    bool empty = true;
    while (!scanner_.at_end() && !scanner_.accept(']')) {
      if (!empty) out_ += ',';
      empty = false;
      line(depth);
      value(depth + 1);
      scanner_.accept(',');
    }
    close(empty, depth, ']');
  }

  void close(bool empty, int depth, char bracket) {
    if (empty) {
      out_ += ' ';
    } else {
      line(depth - 1);
    }
    out_ += bracket;
  }

  void line(int depth) {
    out_ += '\n';
    out_.append(static_cast<size_t>(depth) * 2, ' ');
  }

  JsonScanner scanner_;
  const bool sources_are_raw_;
  std::string out_;
};

}  // namespace

std::string pretty_json(std::string_view json, bool sources_are_raw) {
  return PrettyPrinter(json, sources_are_raw).run();
}

}  // namespace tarn::server
