// Processors that take a text apart: csv, kv.
#include "indexer/pipeline/processor.h"
#include "indexer/pipeline/regex.h"

namespace tarn {
namespace {

/// One line of separated values.
class CsvProcessor : public Processor {
 public:
  CsvProcessor(ProcessorConfig& config, const BuildContext&)
      : field_(config.text("field")), targets_(config.text_list("target_fields")) {
    if (targets_.empty())
      throw ApiError(config.error("target_fields", "target fields list can't be empty"));
    quote_ = one_character(config, "quote", "\"");
    separator_ = one_character(config, "separator", ",");
    ignore_missing_ = config.boolean("ignore_missing", false);
    trim_ = config.boolean("trim", false);
    empty_value_ = config.optional_value("empty_value");
  }

  bool execute(WorkDocument& document) const override {
    const Json* value = ignore_missing_ ? document.find(field_) : &document.get(field_);
    const std::string* line = value == nullptr ? nullptr : cast_to_string(field_, *value);
    if (line == nullptr) {
      if (ignore_missing_) return true;
      throw ApiError(
          illegal_argument(fmt::format("field [{}] is null, cannot process it.", field_)));
    }
    const std::vector<std::string> cells = parse(*line);
    for (size_t i = 0; i < cells.size() && i < targets_.size(); ++i) {
      if (!cells[i].empty()) {
        document.set(targets_[i], cells[i]);
      } else if (empty_value_) {
        document.set(targets_[i], *empty_value_);
      }
    }
    return true;
  }

 private:
  static char one_character(ProcessorConfig& config, std::string_view name,
                            std::string_view fallback) {
    const std::string value = config.text(name, fallback);
    if (value.size() != 1) {
      throw ApiError(
          config.error(name, fmt::format("{} has to be single character like \" or '", name)));
    }
    return value[0];
  }

  static bool is_blank(char c) { return c == ' ' || c == '\t'; }

  /// Stops after as many cells as there are targets; what follows is not even checked, as in
  /// OpenSearch.
  std::vector<std::string> parse(std::string_view line) const {
    std::vector<std::string> cells;
    size_t i = 0;
    if (line.empty()) return cells;
    while (cells.size() < targets_.size()) {
      size_t start = i;
      while (i < line.size() && is_blank(line[i])) ++i;
      if (i < line.size() && line[i] == quote_) {
        cells.push_back(quoted(line, i));
      } else {
        if (!trim_) i = start;
        cells.push_back(plain(line, i));
      }
      if (i >= line.size()) break;
      ++i;  // the separator
    }
    return cells;
  }

  std::string plain(std::string_view line, size_t& i) const {
    const size_t start = i;
    for (; i < line.size() && line[i] != separator_; ++i) {
      if (line[i] == '\n' || line[i] == '\r' || line[i] == quote_) {
        throw ApiError(
            illegal_argument(fmt::format("Illegal character inside unquoted field at {}", i)));
      }
    }
    std::string_view cell = line.substr(start, i - start);
    while (trim_ && !cell.empty() && is_blank(cell.back())) cell.remove_suffix(1);
    return std::string(cell);
  }

  std::string quoted(std::string_view line, size_t& i) const {
    std::string cell;
    for (++i;; ++i) {
      if (i >= line.size()) throw ApiError(illegal_argument("Unmatched quote"));
      if (line[i] != quote_) {
        cell += line[i];
      } else if (i + 1 < line.size() && line[i + 1] == quote_) {
        cell += line[i++];
      } else {
        break;
      }
    }
    for (++i; i < line.size() && line[i] != separator_; ++i) {
      if (!is_blank(line[i])) {
        throw ApiError(
            illegal_argument(fmt::format("character '{}' after quoted field at {}", line[i], i)));
      }
    }
    return cell;
  }

  std::string field_;
  std::vector<std::string> targets_;
  char quote_ = '"';
  char separator_ = ',';
  bool ignore_missing_ = false;
  bool trim_ = false;
  std::optional<Json> empty_value_;
};

/// "a=1 b=2" into fields.
class KeyValueProcessor : public Processor {
 public:
  KeyValueProcessor(ProcessorConfig& config, const BuildContext&)
      : field_(config.field_template("field")) {
    if (const auto target = config.optional_text("target_field"); target && !target->empty())
      target_.emplace(*target);
    field_split_ = std::make_unique<Regex>(config.text("field_split"));
    value_split_text_ = config.text("value_split");
    value_split_ = std::make_unique<Regex>(value_split_text_);
    if (const auto trim = config.optional_text("trim_key")) trim_key_ = trimmer(*trim);
    if (const auto trim = config.optional_text("trim_value")) trim_value_ = trimmer(*trim);
    prefix_ = config.text("prefix", "");
    strip_brackets_ = config.boolean("strip_brackets", false);
    include_ = config.optional_text_list("include_keys");
    exclude_ = config.optional_text_list("exclude_keys");
    ignore_missing_ = config.boolean("ignore_missing", false);
  }

  bool execute(WorkDocument& document) const override {
    const std::string path = field_.render(document);
    if (path.empty() || !document.has(path, true)) {
      if (ignore_missing_) return true;
      throw ApiError(path.empty()
                         ? illegal_argument("field path cannot be null nor empty")
                         : illegal_argument(fmt::format("field [{}] doesn't exist", path)));
    }
    const std::string* found = cast_to_string(path, document.get(path));
    if (found == nullptr) {
      if (ignore_missing_) return true;
      throw ApiError(illegal_argument(
          fmt::format("field [{}] is null, cannot extract key-value pairs. ", path)));
    }
    const std::string text = *found;  // the document changes below
    const std::string target = target_ ? target_->render(document) : "";
    const std::string prefix = target.empty() ? prefix_ : target + "." + prefix_;
    for (const std::string& part : field_split_->split(text, 0)) {
      const std::vector<std::string> pair = value_split_->split(part, 2);
      if (pair.size() != 2) {
        throw ApiError(illegal_argument(
            fmt::format("field [{}] does not contain value_split [{}]", path, value_split_text_)));
      }
      const std::string key = trim_key_ ? trim_key_->replace_all(pair[0], "") : pair[0];
      if (!wanted(key)) continue;
      std::string value = strip_brackets_ ? strip(pair[1]) : pair[1];
      if (trim_value_) value = trim_value_->replace_all(value, "");
      const std::string name = prefix + key;
      if (document.has(name)) {
        document.append(name, value, true);
      } else {
        document.set(name, std::move(value));
      }
    }
    return true;
  }

 private:
  static std::unique_ptr<Regex> trimmer(const std::string& characters) {
    return std::make_unique<Regex>(fmt::format("(^([{0}]+))|([{0}]+$)", characters));
  }
  static std::string strip(std::string_view value) {
    if (!value.empty() && std::string_view("([<\"'").find(value.front()) != std::string_view::npos)
      value.remove_prefix(1);
    if (!value.empty() && std::string_view("])>\"'").find(value.back()) != std::string_view::npos)
      value.remove_suffix(1);
    return std::string(value);
  }
  bool wanted(const std::string& key) const {
    const auto in = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), key) != list.end();
    };
    return (!include_ || in(*include_)) && !(exclude_ && in(*exclude_));
  }

  Template field_;
  std::optional<Template> target_;
  std::unique_ptr<Regex> field_split_;
  std::string value_split_text_;
  std::unique_ptr<Regex> value_split_;
  std::unique_ptr<Regex> trim_key_;
  std::unique_ptr<Regex> trim_value_;
  std::string prefix_;
  bool strip_brackets_ = false;
  std::optional<std::vector<std::string>> include_;
  std::optional<std::vector<std::string>> exclude_;
  bool ignore_missing_ = false;
};

}  // namespace

void add_parse_processors(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["csv"] = make_processor<CsvProcessor>;
  table["kv"] = make_processor<KeyValueProcessor>;
}

}  // namespace tarn
