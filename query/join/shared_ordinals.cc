#include "query/join/shared_ordinals.h"

#include <unordered_map>

#include "query/filter/searcher_cache.h"

namespace tarn::query {

SharedOrdinals::SharedOrdinals(const Searcher& searcher, const std::string& path) : numbers_(searcher.segments().size()) {
  const KeywordColumn* largest = nullptr;
  size_t largest_segment = 0;
  for (size_t i = 0; i < searcher.segments().size(); ++i) {
    const KeywordColumn* column = searcher.segments()[i].keywords(path);
    if (column == nullptr || (largest != nullptr && column->ordinal_count() <= largest->ordinal_count())) continue;
    largest = column;
    largest_segment = i;
  }
  if (largest == nullptr) return;
  count_ = largest->ordinal_count();
  std::unordered_map<std::string_view, uint32_t> others;
  for (size_t i = 0; i < searcher.segments().size(); ++i) {
    const KeywordColumn* column = searcher.segments()[i].keywords(path);
    if (column == nullptr || i == largest_segment) continue;
    std::vector<uint32_t>& numbers = numbers_[i];
    numbers.reserve(column->ordinal_count());
    for (Ordinal ordinal = 0; ordinal < column->ordinal_count(); ++ordinal) {
      const std::string_view term = column->term(ordinal);
      if (const auto known = largest->find(term)) {
        numbers.push_back(*known);
        continue;
      }
      const auto [entry, fresh] = others.try_emplace(term, count_);
      if (fresh) ++count_;
      numbers.push_back(entry->second);
    }
  }
}

size_t SharedOrdinals::memory_bytes() const {
  size_t bytes = sizeof(*this);
  for (const auto& numbers : numbers_) bytes += numbers.capacity() * sizeof(uint32_t);
  return bytes;
}

std::shared_ptr<const SharedOrdinals> shared_ordinals(const Searcher& searcher, const std::string& path, const SearchContext& context) {
  return std::static_pointer_cast<const SharedOrdinals>(cached_for_searcher(context, "ordinals:" + path, searcher, [&] {
    const auto made = std::make_shared<const SharedOrdinals>(searcher, path);
    return SearcherCache::Value{made, made->memory_bytes()};
  }));
}

}  // namespace tarn::query
