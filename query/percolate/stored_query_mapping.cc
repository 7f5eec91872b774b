#include "query/percolate/stored_query_mapping.h"

namespace tarn::query {

const FieldType* StoredQueryMapping::find(std::string_view path) const {
  const FieldType* field = inner_->find(path);
  if (field != nullptr || path.starts_with('_')) return field;
  if (!unmapped_as_text_) {
    throw ApiError(400, "query_shard_exception", "No field mapping can be found for the field with name [" + std::string(path) + "]");
  }
  const std::lock_guard lock(mutex_);
  const auto known = texts_.find(path);
  if (known != texts_.end()) return known->second.get();
  auto text = std::make_unique<FieldType>();
  text->path = path;
  text->kind = FieldKind::kText;
  text->inverted = true;
  text->doc_values = false;
  text->index_analyzer = text->search_analyzer = text->search_quote_analyzer = analysis().find_analyzer("default");
  text->index_analyzer_name = text->search_analyzer_name = "default";
  return texts_.emplace(path, std::move(text)).first->second.get();
}

void refuse_in_stored_query(const Mapping& mapping, const std::string& clause) {
  if (dynamic_cast<const StoredQueryMapping*>(&mapping) == nullptr) return;
  throw ApiError(illegal_argument("the [" + clause + "] query is unsupported inside a percolator query"));
}

}  // namespace tarn::query
