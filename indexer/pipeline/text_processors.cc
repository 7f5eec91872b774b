// Processors that turn a text, or each text of a list, into another value.
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <charconv>

#include "indexer/base/ascii.h"
#include "indexer/pipeline/html_text.h"
#include "indexer/pipeline/processor.h"
#include "indexer/pipeline/regex.h"

namespace tarn {
namespace {

/// What they share: field, target_field, ignore_missing, texts and lists of texts.
/// Follows: OpenSearch org.opensearch.ingest.common.AbstractStringProcessor.
class TextProcessor : public Processor {
 public:
  explicit TextProcessor(ProcessorConfig& config)
      : field_(config.text("field")),
        target_(config.text("target_field", field_)),
        ignore_missing_(config.boolean("ignore_missing", false)) {}

  bool execute(WorkDocument& document) const override {
    const Json* value = ignore_missing_ ? document.find(field_) : &document.get(field_);
    if (value == nullptr || value->is_null()) {
      if (ignore_missing_) return true;
      throw ApiError(
          illegal_argument(fmt::format("field [{}] is null, cannot process it.", field_)));
    }
    if (value->is_array()) {
      Json out = Json::array();
      for (const Json& one : *value) {
        if (!one.is_string()) {
          throw ApiError(illegal_argument(fmt::format(
              "value [{}] of type [{}] in list field [{}] cannot be cast to [java.lang.String]",
              java_text(one), java_type(one), field_)));
        }
        out.push_back(convert(one.get_ref<const std::string&>()));
      }
      document.set(target_, std::move(out));
      return true;
    }
    document.set(target_, convert(*cast_to_string(field_, *value)));
    return true;
  }

  virtual Json convert(const std::string& text) const = 0;

 private:
  std::string field_;
  std::string target_;
  bool ignore_missing_;
};

class CaseProcessor : public TextProcessor {
 public:
  CaseProcessor(ProcessorConfig& config, const BuildContext&)
      : TextProcessor(config), upper_(config.type() == "uppercase") {}
  Json convert(const std::string& text) const override {
    icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(text);
    if (upper_) {
      unicode.toUpper(icu::Locale::getRoot());
    } else {
      unicode.toLower(icu::Locale::getRoot());
    }
    std::string out;
    unicode.toUTF8String(out);
    return out;
  }

 private:
  bool upper_;
};

class TrimProcessor : public TextProcessor {
 public:
  TrimProcessor(ProcessorConfig& config, const BuildContext&) : TextProcessor(config) {}
  Json convert(const std::string& text) const override {
    // As String.trim: everything up to U+0020.
    size_t first = 0;
    size_t last = text.size();
    while (first < last && static_cast<unsigned char>(text[first]) <= ' ') ++first;
    while (last > first && static_cast<unsigned char>(text[last - 1]) <= ' ') --last;
    return text.substr(first, last - first);
  }
};

class GsubProcessor : public TextProcessor {
 public:
  GsubProcessor(ProcessorConfig& config, const BuildContext&)
      : TextProcessor(config), regex_(compile(config)), replacement_(config.text("replacement")) {}
  Json convert(const std::string& text) const override {
    return regex_.replace_all(text, replacement_);
  }

 private:
  static Regex compile(ProcessorConfig& config) {
    const std::string pattern = config.text("pattern");
    try {
      return Regex(pattern);
    } catch (const ApiError& failure) {
      throw ApiError(config.error("pattern", "Invalid regex pattern. " + failure.error().reason));
    }
  }
  Regex regex_;
  std::string replacement_;
};

class HtmlStripProcessor : public TextProcessor {
 public:
  HtmlStripProcessor(ProcessorConfig& config, const BuildContext&) : TextProcessor(config) {}
  Json convert(const std::string& text) const override { return strip_html(text); }
};

class UrlDecodeProcessor : public TextProcessor {
 public:
  UrlDecodeProcessor(ProcessorConfig& config, const BuildContext&) : TextProcessor(config) {}
  Json convert(const std::string& text) const override {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '+') {
        out += ' ';
      } else if (text[i] == '%') {
        if (i + 2 >= text.size()) {
          throw ApiError(illegal_argument("URLDecoder: Incomplete trailing escape (%) pattern"));
        }
        out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }

 private:
  static int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    throw ApiError(
        illegal_argument(fmt::format("URLDecoder: Illegal hex characters in escape (%) pattern - "
                                     "not a hexadecimal digit: \"{}\" = {}",
                                     c, static_cast<int>(c))));
  }
};

class BytesProcessor : public TextProcessor {
 public:
  BytesProcessor(ProcessorConfig& config, const BuildContext&) : TextProcessor(config) {}
  Json convert(const std::string& text) const override {
    std::string lower = lower_ascii(text);
    const size_t first = lower.find_first_not_of(' ');
    lower = first == std::string::npos
                ? ""
                : lower.substr(first, lower.find_last_not_of(' ') - first + 1);
    static constexpr std::pair<std::string_view, int> kUnits[] = {
        {"kb", 10}, {"k", 10}, {"mb", 20}, {"m", 20}, {"gb", 30}, {"g", 30},
        {"tb", 40}, {"t", 40}, {"pb", 50}, {"p", 50}, {"b", 0}};
    for (const auto& [unit, shift] : kUnits) {
      if (lower.ends_with(unit))
        return parse(text, lower.substr(0, lower.size() - unit.size()), shift);
    }
    if (lower == "-1") return -1;
    if (lower == "0") return 0;
    throw ApiError(400, "parse_exception",
                   fmt::format("failed to parse setting [Ingest Field] with value [{}] as a size "
                               "in bytes: unit is missing or "
                               "unrecognized",
                               text));
  }

 private:
  static Json parse(const std::string& text, std::string digits, int shift) {
    while (!digits.empty() && digits.back() == ' ') digits.pop_back();
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc() && end == digits.data() + digits.size()) return value << shift;
    const Error cause(400, "number_format_exception",
                      fmt::format("For input string: \"{}\"", digits));
    double real = 0;
    const auto [real_end, real_error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), real);
    if (real_error == std::errc() && real_end == digits.data() + digits.size()) {
      throw ApiError(
          Error(
              400, "parse_exception",
              fmt::format(
                  "Failed to parse bytes value [{}]. Fractional bytes values have been deprecated "
                  "since Legacy "
                  "6.2. Use non-fractional bytes values instead: found for setting [Ingest Field]",
                  text))
              .caused_by(cause));
    }
    throw ApiError(
        Error(400, "parse_exception", fmt::format("failed to parse [{}]", text)).caused_by(cause));
  }
};

class SplitProcessor : public Processor {
 public:
  SplitProcessor(ProcessorConfig& config, const BuildContext&)
      : field_(config.text("field")),
        separator_(config.text("separator")),
        preserve_trailing_(config.boolean("preserve_trailing", false)),
        ignore_missing_(config.boolean("ignore_missing", false)),
        target_(config.text("target_field", field_)) {
    // A bad pattern is an error of each document, as in OpenSearch, not of the pipeline.
    try {
      regex_ = std::make_unique<Regex>(separator_);
    } catch (const ApiError& failure) {
      broken_ = failure.error();
    }
  }

  bool execute(WorkDocument& document) const override {
    const Json* value = ignore_missing_ ? document.find(field_) : &document.get(field_);
    const std::string* text = value == nullptr ? nullptr : cast_to_string(field_, *value);
    if (text == nullptr) {
      if (ignore_missing_) return true;
      throw ApiError(illegal_argument(fmt::format("field [{}] is null, cannot split.", field_)));
    }
    if (broken_) throw ApiError(*broken_);
    Json out = Json::array();
    for (std::string& piece : regex_->split(*text, preserve_trailing_ ? -1 : 0))
      out.push_back(std::move(piece));
    document.set(target_, std::move(out));
    return true;
  }

 private:
  std::string field_;
  std::string separator_;
  bool preserve_trailing_;
  bool ignore_missing_;
  std::string target_;
  std::unique_ptr<Regex> regex_;
  std::optional<Error> broken_;
};

class JoinProcessor : public Processor {
 public:
  JoinProcessor(ProcessorConfig& config, const BuildContext&)
      : field_(config.text("field")),
        separator_(config.text("separator")),
        target_(config.text("target_field", field_)) {}

  bool execute(WorkDocument& document) const override {
    const Json& list = document.get(field_);
    if (list.is_null())
      throw ApiError(illegal_argument(fmt::format("field [{}] is null, cannot join.", field_)));
    if (!list.is_array()) {
      throw ApiError(illegal_argument(fmt::format(
          "field [{}] of type [{}] cannot be cast to [java.util.List]", field_, java_type(list))));
    }
    std::string out;
    for (size_t i = 0; i < list.size(); ++i) out += (i > 0 ? separator_ : "") + java_text(list[i]);
    document.set(target_, std::move(out));
    return true;
  }

 private:
  std::string field_;
  std::string separator_;
  std::string target_;
};

}  // namespace

void add_text_processors(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["lowercase"] = make_processor<CaseProcessor>;
  table["uppercase"] = make_processor<CaseProcessor>;
  table["trim"] = make_processor<TrimProcessor>;
  table["gsub"] = make_processor<GsubProcessor>;
  table["html_strip"] = make_processor<HtmlStripProcessor>;
  table["urldecode"] = make_processor<UrlDecodeProcessor>;
  table["bytes"] = make_processor<BytesProcessor>;
  table["split"] = make_processor<SplitProcessor>;
  table["join"] = make_processor<JoinProcessor>;
}

}  // namespace tarn
