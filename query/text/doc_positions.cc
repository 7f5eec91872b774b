#include "query/text/doc_positions.h"

#include <algorithm>

namespace tarn::query {

DocPositions::Field& DocPositions::field(const std::string& path) {
  auto it = std::find_if(fields_.begin(), fields_.end(), [&](const auto& f) { return f->path == path; });
  if (it == fields_.end()) {
    auto field = std::make_unique<Field>();
    field->path = path;
    field->text = segment_.reader.text(path);
    it = fields_.insert(fields_.end(), std::move(field));
  }
  return **it;
}

size_t DocPositions::announce(const std::string& path, const std::string& term) {
  Field& field = this->field(path);
  const auto known = field.terms.find(term);
  if (known != field.terms.end()) return known->second;
  const size_t slot = slots_.size();
  slots_.emplace_back();
  slot_terms_.emplace_back(&field, term);
  field.terms.emplace(term, slot);
  if (field.text != nullptr) {
    if (const auto ordinal = field.text->token_ordinal(term)) {
      const std::pair entry(*ordinal, slot);
      field.ordinals.insert(std::lower_bound(field.ordinals.begin(), field.ordinals.end(), entry), entry);
    }
  }
  return slot;
}

void DocPositions::load(LocalDocId doc) {
  for (auto& slot : slots_) slot.clear();
  for (const auto& field : fields_) {
    field->tokens.clear();
    if (field->text == nullptr || (field->ordinals.empty() && !field->wants_length)) continue;
    field->text->tokens(doc, field->tokens);
    for (const ColumnToken& token : field->tokens) {
      auto at = std::lower_bound(field->ordinals.begin(), field->ordinals.end(), std::pair(token.term, size_t{0}));
      if (at != field->ordinals.end() && at->first == token.term) slots_[at->second].push_back(token.position);
    }
  }
}

uint32_t DocPositions::length(const std::string& path) const {
  for (const auto& field : fields_) {
    if (field->path != path) continue;
    uint32_t length = 0;
    for (size_t i = 0; i < field->tokens.size(); ++i) {
      if (i == 0 || field->tokens[i].position != field->tokens[i - 1].position) ++length;
    }
    return length;
  }
  return 0;
}

void DocPositions::or_documents(size_t slot, Bitset& out) const {
  if (const auto list = postings(slot)) {
    for (const LocalDocId doc : list->docs) out.set(doc);
  }
}

std::shared_ptr<const PostingList> DocPositions::postings(size_t slot) const {
  const auto& [field, term] = slot_terms_[slot];
  return field->text == nullptr ? nullptr : field->text->postings(term);
}

}  // namespace tarn::query
