// fingerprint: a digest of some or all fields.
#include <set>

#include "indexer/base/base64.h"
#include "indexer/pipeline/digest.h"
#include "indexer/pipeline/processor.h"

namespace tarn {
namespace {

/// String.length() of Java: UTF-16 units.
size_t utf16_length(std::string_view text) {
  size_t out = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) out += byte >= 0xF0 ? 2 : 1;
  }
  return out;
}

void flatten(const Json& object, const std::string& prefix,
             std::map<std::string, const Json*>& out) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      flatten(value, prefix + key + ".", out);
    } else {
      out[prefix + key] = &value;
    }
  }
}

class FingerprintProcessor : public Processor {
 public:
  FingerprintProcessor(ProcessorConfig& config, const BuildContext&) {
    fields_ = config.optional_text_list("fields").value_or(std::vector<std::string>());
    excluded_ = config.optional_text_list("exclude_fields").value_or(std::vector<std::string>());
    const auto has_empty = [](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), "") != list.end();
    };
    if (has_empty(fields_))
      throw ApiError(config.error("fields", "field name cannot be null nor empty"));
    if (!fields_.empty() && !excluded_.empty()) {
      throw ApiError(config.error("fields", "either fields or exclude_fields can be set"));
    }
    if (has_empty(excluded_))
      throw ApiError(config.error("exclude_fields", "field name cannot be null nor empty"));
    target_ = config.text("target_field", "fingerprint");
    method_ = config.text("hash_method", "SHA-1@2.16.0");
    std::string upper = method_;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    digest_ = upper == "MD5@2.16.0"        ? md5
              : upper == "SHA-1@2.16.0"    ? sha1
              : upper == "SHA-256@2.16.0"  ? sha256
              : upper == "SHA3-256@2.16.0" ? sha3_256
                                           : nullptr;
    if (digest_ == nullptr) {
      throw ApiError(config.error(
          "hash_method",
          "hash method must be MD5@2.16.0, SHA-1@2.16.0, SHA-256@2.16.0 or SHA3-256@2.16.0"));
    }
    ignore_missing_ = config.boolean("ignore_missing", false);
  }

  bool execute(WorkDocument& document) const override {
    std::string text;
    for (const std::string& field : chosen(document)) {
      const Json* value = document.find(field);
      if (value == nullptr) {
        if (ignore_missing_) continue;
        throw ApiError(illegal_argument(fmt::format("field [{}] doesn't exist", field)));
      }
      if (value->is_object()) {
        std::map<std::string, const Json*> flat;
        flatten(*value, "", flat);
        for (const auto& [key, leaf] : flat) add(text, field + "." + key, *leaf);
      } else {
        add(text, field, *value);
      }
    }
    if (text.empty()) return true;
    text += '|';
    document.set(target_, method_ + ":" + encode_base64(digest_(text)));
    return true;
  }

 private:
  std::set<std::string> chosen(const WorkDocument& document) const {
    std::set<std::string> out;
    if (!fields_.empty()) {
      for (const std::string& field : fields_) {
        if (!is_metadata_field(field)) out.insert(field);
      }
      return out;
    }
    for (const auto& [key, value] : document.fields().items()) {
      if (!is_metadata_field(key) &&
          std::find(excluded_.begin(), excluded_.end(), key) == excluded_.end())
        out.insert(key);
    }
    return out;
  }

  static void add(std::string& text, const std::string& name, const Json& value) {
    const std::string printed = value.is_null() ? "null" : java_text(value);
    text += fmt::format("|{}|{}:{}", name, utf16_length(printed), printed);
  }

  std::vector<std::string> fields_;
  std::vector<std::string> excluded_;
  std::string target_;
  std::string method_;
  std::string (*digest_)(std::string_view) = nullptr;
  bool ignore_missing_ = false;
};

}  // namespace

void add_fingerprint_processor(std::map<std::string, ProcessorFactory, std::less<>>& table) {
  table["fingerprint"] = make_processor<FingerprintProcessor>;
}

}  // namespace tarn
