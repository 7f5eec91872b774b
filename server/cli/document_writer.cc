#include "server/cli/document_writer.h"

namespace tarn::cli {
namespace {

constexpr char kAlphabet[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

class IndexWriter : public DocumentWriter {
 public:
  IndexWriter(const ImportMapping& mapping, IndexWriterOptions options)
      : mapping_(mapping),
        options_(std::move(options)),
        // An id that this import made must never meet an older document.
        action_(options_.create || !options_.generated_id_run.empty() ? "{\"create\":{"
                                                                      : "{\"index\":{"),
        named_action_(options_.create ? "{\"create\":{" : "{\"index\":{") {}

  bool append(const Record& record, uint64_t ordinal, std::string& body,
              std::string& reason) override {
    if (mapping_.is_identity()) {
      // Not read here: broken JSON is for the server to refuse. But a line that is no object could
      // pass for an action.
      const size_t first = record.text.find_first_not_of(" \t");
      if (record.text[first] != '{') {
        reason = "not a JSON object";
        return false;
      }
      append_action(ordinal, body);
      body += record.text;
      body += '\n';
      return true;
    }
    document_.clear();
    if (!mapping_.apply(record.text, document_, id_, reason)) return false;
    if (mapping_.id_field().empty()) {
      append_action(ordinal, body);
    } else {
      body += named_action_;
      body += "\"_id\":";
      append_json_string(body, id_);
      body += "}}\n";
    }
    body += document_;
    body += '\n';
    return true;
  }

 private:
  void append_action(uint64_t ordinal, std::string& body) const {
    body += action_;
    if (!options_.generated_id_run.empty()) {
      body += "\"_id\":\"";
      body.append(options_.generated_id_run, 0, 14);
      for (int shift = 30; shift >= 0; shift -= 6) body += kAlphabet[ordinal >> shift & 63];
      body += '"';
    }
    body += "}}\n";
  }

  const ImportMapping& mapping_;
  const IndexWriterOptions options_;
  const std::string action_;
  const std::string named_action_;
  std::string document_;
  std::string id_;
};

class UpdateWriter : public DocumentWriter {
 public:
  UpdateWriter(std::string id_field, bool upsert)
      : id_field_(std::move(id_field)), upsert_(upsert) {}

  bool append(const Record& record, uint64_t, std::string& body, std::string& reason) override {
    if (!scan_members(record.text, members_) || record.text.find('{') > record.text.find('[')) {
      reason = "not a JSON object";
      return false;
    }
    std::string_view id = find_member(members_, id_field_);
    std::string_view id_key = id_field_;
    if (id.empty()) {
      id_key = "_id";
      id = find_member(members_, id_key);
    }
    if (id.empty() || id == "null" || id == "\"\"" || id.front() == '{' || id.front() == '[') {
      reason = "the id field [" + id_field_ + "] is missing or empty";
      return false;
    }
    const size_t before = body.size();
    body += "{\"update\":{\"_id\":";
    if (id.front() == '"') {
      body += id;
    } else {
      append_json_string(body, id);
    }
    if (const std::string_view index = find_member(members_, "_index"); !index.empty())
      body.append(",\"_index\":").append(index);
    body += "}}\n{\"doc\":{";
    bool first = true;
    for (const JsonMember& member : members_) {
      if (member.key == id_key || member.key == "_index") continue;
      if (!first) body += ',';
      first = false;
      body.append("\"").append(member.key).append("\":").append(member.value);
    }
    body += upsert_ ? "},\"doc_as_upsert\":true}\n" : "}}\n";
    if (first) {
      body.resize(before);
      reason = "no field beside the id";
      return false;
    }
    return true;
  }

 private:
  const std::string id_field_;
  const bool upsert_;
  std::vector<JsonMember> members_;
};

}  // namespace

std::unique_ptr<DocumentWriter> make_index_writer(const ImportMapping& mapping,
                                                  IndexWriterOptions options) {
  return std::make_unique<IndexWriter>(mapping, std::move(options));
}

std::unique_ptr<DocumentWriter> make_update_writer(std::string id_field, bool upsert) {
  return std::make_unique<UpdateWriter>(std::move(id_field), upsert);
}

}  // namespace tarn::cli
