#include "query/percolate/documents.h"

#include "query/percolate/stored_query_mapping.h"

namespace tarn::query {

namespace {

constexpr int kMappingRounds = 20;

/// Without owning: the plan that percolates lives within a search, which holds the searcher of the index.
template <class T>
std::shared_ptr<const T> borrowed(const T& value) {
  return std::shared_ptr<const T>(std::shared_ptr<const void>(), &value);
}

/// The mapping that documents are parsed by, whoever asks (a stored query may percolate, too).
std::shared_ptr<const Mapping> plain_mapping(const Searcher& index) {
  const auto* strict = dynamic_cast<const StoredQueryMapping*>(&index.mapping());
  return strict != nullptr ? strict->plain() : borrowed(index.mapping());
}

Searcher::Parts parts_of(std::string name, std::string uuid, std::shared_ptr<const Mapping> mapping,
                         std::shared_ptr<const IndexSettings> settings) {
  Searcher::Parts parts;
  parts.index_name = std::move(name);
  parts.index_uuid = std::move(uuid);
  parts.mapping = std::move(mapping);
  parts.settings = std::move(settings);
  return parts;
}

}  // namespace

bool unmapped_as_text(const IndexSettings& settings) {
  const auto found = settings.flat.find("index.percolator.map_unmapped_fields_as_text");
  return found != settings.flat.end() && (*found == "true" || *found == true);
}

std::unique_ptr<const Searcher> empty_searcher(const std::string& index_name, const std::string& index_uuid,
                                               std::shared_ptr<const Mapping> mapping, std::shared_ptr<const IndexSettings> settings) {
  const bool as_text = unmapped_as_text(*settings);
  return std::make_unique<const Searcher>(
      parts_of(index_name, index_uuid, std::make_shared<const StoredQueryMapping>(std::move(mapping), as_text), std::move(settings)));
}

PercolatedDocuments::PercolatedDocuments(const Searcher& index, std::vector<std::string> sources) : sources_(std::move(sources)) {
  const std::shared_ptr<const Mapping> plain = plain_mapping(index);
  std::shared_ptr<const Mapping> mapping = plain;
  const MappingLimits& limits = index.settings().mapping_limits;
  const auto batch = std::make_shared<ParsedBatch>();
  DocumentParser parser;
  for (size_t slot = 0; slot < sources_.size(); ++slot) {
    for (int round = 0;; ++round) {
      const ParseOutcome outcome = parser.parse(*mapping, limits, "_temp_id", "", sources_[slot], *batch);
      if (outcome.dynamic_update.is_null()) break;
      if (round == kMappingRounds) throw ApiError(500, "illegal_state_exception", "mapping update does not converge");
      mapping = mapping->merge(outcome.dynamic_update, limits);
    }
    ParsedRoot& root = batch->roots.back();
    root.row = RowId{slot};
    root.version = 1;
  }
  Searcher::Parts parts = parts_of(index.index_name(), index.index_uuid(), plain, borrowed(index.settings()));
  if (auto segment = build_segment("percolated", *mapping, {batch})) parts.segments.emplace_back(std::move(segment), nullptr, nullptr);
  parts.keep_alive = mapping;
  plain_ = std::make_unique<const Searcher>(parts);
  parts.mapping = std::make_shared<const StoredQueryMapping>(plain, unmapped_as_text(index.settings()));
  strict_ = std::make_unique<const Searcher>(std::move(parts));
}

}  // namespace tarn::query
