// Processors that move whole values: set, append, remove, remove_by_pattern, rename, copy,
// dot_expander, sort.
#include "indexer/base/ascii.h"
#include "indexer/pipeline/fast_plan.h"
#include "indexer/pipeline/processor.h"

namespace tarn {
namespace {

Error missing_field(const std::string& path) {
  return path.empty() ? illegal_argument("field path cannot be null nor empty")
                      : illegal_argument(fmt::format("field [{}] doesn't exist", path));
}

class SetProcessor : public Processor {
 public:
  SetProcessor(ProcessorConfig& config, const BuildContext&)
      : field_(config.field_template("field")),
        value_(config.value("value")),
        override_(config.boolean("override", true)),
        ignore_empty_(config.boolean("ignore_empty_value", false)) {}

  bool execute(WorkDocument& document) const override {
    const std::string path = field_.render(document);
    if (!override_) {
      const Json* old = document.find(path);
      if (old != nullptr && !old->is_null()) return true;
    }
    Json value = value_.render(document);
    if (ignore_empty_ && value_.is_templated_text() && value.get_ref<const std::string&>().empty())
      return true;
    document.set(path, std::move(value));
    return true;
  }

  bool add_to(FastPlan& plan) const override {
    if (!field_.is_constant() || !value_.is_constant() || !plan.add_target(field_.constant()))
      return false;
    plan.add_step([text = member_prefix(field_.constant()) + to_text(value_.constant())](
                      const auto&, std::string& out) {
      out += text;
      return true;
    });
    return true;
  }

 private:
  Template field_;
  ValueTemplate value_;
  bool override_;
  bool ignore_empty_;
};

class AppendProcessor : public Processor {
 public:
  AppendProcessor(ProcessorConfig& config, const BuildContext&)
      : field_(config.field_template("field")),
        value_(config.value("value")),
        allow_duplicates_(config.boolean("allow_duplicates", true)) {}
  bool execute(WorkDocument& document) const override {
    document.append(field_.render(document), value_.render(document), allow_duplicates_);
    return true;
  }

 private:
  Template field_;
  ValueTemplate value_;
  bool allow_duplicates_;
};

/// A text or a list of texts, each a template.
std::vector<Template> read_templates(ProcessorConfig& config, std::string_view name,
                                     const Json& value) {
  std::vector<Template> out;
  if (value.is_array()) {
    for (const Json& one : value) out.emplace_back(java_text(one));
  } else if (value.is_string()) {
    out.emplace_back(value.get_ref<const std::string&>());
  } else {
    throw ApiError(config.error(
        name, fmt::format("property isn't a string or list, but of type [{}]", java_type(value))));
  }
  return out;
}

void refuse_metadata(const std::string& path) {
  if (path == "_index" || path == "_version" || path == "_version_type") {
    throw ApiError(illegal_argument(fmt::format("cannot remove metadata field [{}]", path)));
  }
}

class RemoveProcessor : public Processor {
 public:
  RemoveProcessor(ProcessorConfig& config, const BuildContext&) {
    const auto field = config.optional_value("field");
    const auto exclude = config.optional_value("exclude_field");
    if (field && exclude)
      throw ApiError(config.error("field", "either field or exclude_field must be set"));
    if (!field && !exclude)
      throw ApiError(config.error("field", "either field or exclude_field must be set"));
    if (field) fields_ = read_templates(config, "field", *field);
    if (exclude) excluded_ = read_templates(config, "exclude_field", *exclude);
    ignore_missing_ = config.boolean("ignore_missing", false);
  }

  bool execute(WorkDocument& document) const override {
    if (!excluded_.empty()) return keep_only(document);
    for (const Template& field : fields_) {
      const std::string path = field.render(document);
      if (path.empty() || !document.has(path)) {
        if (ignore_missing_) continue;
        throw ApiError(missing_field(path));
      }
      refuse_metadata(path);
      document.remove(path);
    }
    return true;
  }

 private:
  bool keep_only(WorkDocument& document) const {
    std::vector<std::string> kept;
    for (const Template& field : excluded_) kept.push_back(field.render(document));
    Json rest = Json::object();
    for (auto& [key, value] : document.fields().items()) {
      if (is_metadata_field(key) || std::find(kept.begin(), kept.end(), key) != kept.end())
        rest[key] = std::move(value);
    }
    document.fields() = std::move(rest);
    return true;
  }

  std::vector<Template> fields_;
  std::vector<Template> excluded_;
  bool ignore_missing_ = false;
};

class RemoveByPatternProcessor : public Processor {
 public:
  RemoveByPatternProcessor(ProcessorConfig& config, const BuildContext&) {
    const auto field = config.optional_value("field_pattern");
    const auto exclude = config.optional_value("exclude_field_pattern");
    if (!field == !exclude) {
      throw ApiError(config.error("field_pattern",
                                  "either field_pattern or exclude_field_pattern must be set"));
    }
    excluding_ = exclude.has_value();
    const Json& value = field ? *field : *exclude;
    const char* name = field ? "field_pattern" : "exclude_field_pattern";
    if (value.is_string()) {
      patterns_.push_back(value.get<std::string>());
    } else if (value.is_array()) {
      for (const Json& one : value) patterns_.push_back(java_text(one));
    } else {
      throw ApiError(config.error(
          name,
          fmt::format("property isn't a string or list, but of type [{}]", java_type(value))));
    }
  }

  bool execute(WorkDocument& document) const override {
    Json rest = Json::object();
    for (auto& [key, value] : document.fields().items()) {
      const bool match =
          std::any_of(patterns_.begin(), patterns_.end(),
                      [&](const std::string& pattern) { return matches_pattern(pattern, key); });
      if (is_metadata_field(key) || match == excluding_) rest[key] = std::move(value);
    }
    document.fields() = std::move(rest);
    return true;
  }

 private:
  std::vector<std::string> patterns_;
  bool excluding_ = false;
};

class RenameProcessor : public Processor {
 public:
  RenameProcessor(ProcessorConfig& config, const BuildContext&)
      : field_(config.field_template("field")),
        target_(config.field_template("target_field")),
        ignore_missing_(config.boolean("ignore_missing", false)),
        override_target_(config.boolean("override_target", false)) {}

  bool execute(WorkDocument& document) const override {
    const std::string path = field_.render(document);
    if (path.empty() || !document.has(path, true)) {
      if (ignore_missing_) return true;
      throw ApiError(missing_field(path));
    }
    const std::string target = target_.render(document);
    if (document.has(target, true) && !override_target_) {
      throw ApiError(illegal_argument(fmt::format("field [{}] already exists", target)));
    }
    Json value = document.remove(path);
    try {
      document.set(target, value);
    } catch (const ApiError&) {
      document.set(path, std::move(value));  // on_failure sees the document as it was
      throw;
    }
    return true;
  }

 private:
  Template field_;
  Template target_;
  bool ignore_missing_;
  bool override_target_;
};

class CopyProcessor : public Processor {
 public:
  CopyProcessor(ProcessorConfig& config, const BuildContext&)
      : source_(config.field_template("source_field")),
        target_(config.field_template("target_field")),
        ignore_missing_(config.boolean("ignore_missing", false)),
        remove_source_(config.boolean("remove_source", false)),
        override_target_(config.boolean("override_target", false)) {}

  bool execute(WorkDocument& document) const override {
    const std::string source = source_.render(document);
    if (source.empty() || !document.has(source, true)) {
      if (ignore_missing_) return true;
      throw ApiError(source.empty() ? illegal_argument("source field path cannot be null nor empty")
                                    : illegal_argument(
                                          fmt::format("source field [{}] doesn't exist", source)));
    }
    const std::string target = target_.render(document);
    if (target.empty())
      throw ApiError(illegal_argument("target field path cannot be null nor empty"));
    if (target == source) {
      throw ApiError(illegal_argument("source field path and target field path cannot be same"));
    }
    if (document.has(target, true) && !override_target_) {
      throw ApiError(illegal_argument(fmt::format("target field [{}] already exists", target)));
    }
    document.set(target, Json(document.get(source)));
    if (remove_source_) document.remove(source);
    return true;
  }

 private:
  Template source_;
  Template target_;
  bool ignore_missing_;
  bool remove_source_;
  bool override_target_;
};

class DotExpanderProcessor : public Processor {
 public:
  DotExpanderProcessor(ProcessorConfig& config, const BuildContext&)
      : field_(config.text("field")) {
    if (field_.find('.') == std::string::npos)
      throw ApiError(config.error("field", "field does not contain a dot"));
    if (field_.front() == '.' || field_.back() == '.' || field_.find("..") != std::string::npos) {
      throw ApiError(config.error("field", "Invalid field path: " + field_));
    }
    path_ = config.text("path", "");
  }

  bool execute(WorkDocument& document) const override {
    const std::string whole = path_.empty() ? field_ : path_ + "." + field_;
    Json* parent = path_.empty() ? &document.fields() : const_cast<Json*>(&document.get(path_));
    if (!parent->is_object() || !parent->contains(field_)) return true;
    if (document.has(whole)) {
      Json value = (*parent)[field_];
      document.append(whole, value, true);
      parent = path_.empty() ? &document.fields() : const_cast<Json*>(&document.get(path_));
      parent->erase(field_);
      return true;
    }
    check_parents(document, whole);
    Json value = std::move((*parent)[field_]);
    parent->erase(field_);
    document.set(whole, std::move(value));
    return true;
  }

 private:
  void check_parents(const WorkDocument& document, const std::string& whole) const {
    for (size_t dot = whole.find('.'); dot != std::string::npos; dot = whole.find('.', dot + 1)) {
      const Json* at = document.find(std::string_view(whole).substr(0, dot));
      if (at != nullptr && !at->is_object()) {
        throw ApiError(illegal_argument(fmt::format(
            "cannot expand [{}], because [{}] is not an object field, but a value field", whole,
            whole.substr(0, dot))));
      }
    }
  }
  std::string field_;
  std::string path_;
};

class SortProcessor : public Processor {
 public:
  SortProcessor(ProcessorConfig& config, const BuildContext&) : field_(config.text("field")) {
    target_ = config.text("target_field", field_);
    const std::string order = config.text("order", "asc");
    if (order != "asc" && order != "desc") {
      throw ApiError(config.error(
          "order",
          fmt::format("Sort direction [{}] not recognized. Valid values are: [asc, desc]", order)));
    }
    descending_ = order == "desc";
  }

  bool execute(WorkDocument& document) const override {
    const Json& list = document.get(field_);
    if (list.is_null())
      throw ApiError(illegal_argument(fmt::format("field [{}] is null, cannot sort.", field_)));
    if (!list.is_array()) {
      throw ApiError(illegal_argument(fmt::format(
          "field [{}] of type [{}] cannot be cast to [java.util.List]", field_, java_type(list))));
    }
    for (const Json& one : list) {
      const bool same = (one.is_number() && list[0].is_number()) || one.type() == list[0].type();
      if (!same) {
        throw ApiError(500, "class_cast_exception",
                       fmt::format("class {0} cannot be cast to class {1} ({0} and {1} are in "
                                   "module java.base of loader "
                                   "'bootstrap')",
                                   java_type(list[0]), java_type(one)));
      }
    }
    Json sorted = list;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [this](const Json& a, const Json& b) { return descending_ ? b < a : a < b; });
    document.set(target_, std::move(sorted));
    return true;
  }

 private:
  std::string field_;
  std::string target_;
  bool descending_ = false;
};

}  // namespace

void add_field_processors(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["set"] = make_processor<SetProcessor>;
  table["append"] = make_processor<AppendProcessor>;
  table["remove"] = make_processor<RemoveProcessor>;
  table["remove_by_pattern"] = make_processor<RemoveByPatternProcessor>;
  table["rename"] = make_processor<RenameProcessor>;
  table["copy"] = make_processor<CopyProcessor>;
  table["dot_expander"] = make_processor<DotExpanderProcessor>;
  table["sort"] = make_processor<SortProcessor>;
}

}  // namespace tarn
