#include <algorithm>

#include "indexer/analysis/text.h"
#include "query/highlight/highlighter.h"

namespace tarn::query {

FieldText analyze_values(const FieldType& field, const std::vector<std::string>& values, int64_t offset_max) {
  FieldText out;
  TokenBuffer buffer;
  int base = 0;
  for (const std::string& given : values) {
    std::string_view value = given;
    if (offset_max >= 0) value = value.substr(0, analysis::bytes_of_units(value, static_cast<size_t>(offset_max)));
    out.values.push_back(analysis::to_utf16(given));
    auto& tokens = out.tokens.emplace_back();
    if (field.index_analyzer == nullptr) {
      const std::string term = field.normalizer != nullptr ? field.normalizer->normalize(value) : std::string(value);
      tokens.push_back({term, base++, 0, static_cast<int>(analysis::utf16_length(value))});
      continue;
    }
    field.index_analyzer->analyze(value, buffer);
    // Offsets may step back (synonyms), so that each is converted by a table.
    const bool ascii = analysis::is_ascii(value);
    std::vector<int> units;
    if (!ascii) {
      units.resize(value.size() + 1);
      int unit = 0;
      for (size_t i = 0; i < value.size(); ++i) {
        const auto byte = static_cast<unsigned char>(value[i]);
        units[i] = unit;
        if ((byte & 0xC0) != 0x80) unit += byte >= 0xF0 ? 2 : 1;
      }
      // A continuation byte belongs to the character before; offsets stand at beginnings only.
      units[value.size()] = unit;
    }
    const auto unit_at = [&](uint32_t byte) {
      return ascii ? static_cast<int>(byte) : units[std::min<size_t>(byte, value.size())];
    };
    for (const Token& token : buffer.tokens) {
      tokens.push_back({std::string(token.term), base + token.position, unit_at(token.start_offset), unit_at(token.end_offset)});
    }
    base += buffer.end_position + field.position_increment_gap;
  }
  return out;
}

std::string encode_text(std::u16string_view text, bool html) {
  std::string plain = analysis::to_utf8(text);
  if (!html) return plain;
  std::string out;
  for (const char c : plain) {
    switch (c) {
      case '"': out += "&quot;"; break;
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '\'': out += "&#x27;"; break;
      case '/': out += "&#x2F;"; break;
      default: out += c;
    }
  }
  return out;
}

namespace {

/// Where the terms of one place of a phrase stand: (position, token index), ascending.
using Places = std::vector<std::pair<int, size_t>>;

std::vector<Places> places_of(const FieldTerms::Phrase& phrase, const std::vector<TextToken>& tokens) {
  std::vector<Places> out(phrase.places.size());
  for (size_t t = 0; t < tokens.size(); ++t) {
    for (size_t p = 0; p < phrase.places.size(); ++p) {
      const auto& terms = phrase.places[p].first;
      if (std::find(terms.begin(), terms.end(), tokens[t].term) != terms.end()) out[p].emplace_back(tokens[t].position, t);
    }
  }
  return out;
}

const std::pair<int, size_t>* find_at_least(const Places& places, int position) {
  const auto it = std::lower_bound(places.begin(), places.end(), std::pair(position, size_t{0}));
  return it == places.end() ? nullptr : &*it;
}

void mark_exact(const FieldTerms::Phrase& phrase, const std::vector<Places>& places, std::vector<bool>& out) {
  for (const auto& [position, token] : places[0]) {
    std::vector<size_t> members = {token};
    for (size_t p = 1; p < places.size(); ++p) {
      const int wanted = position + phrase.places[p].second - phrase.places[0].second;
      const auto* found = find_at_least(places[p], wanted);
      if (found == nullptr || found->first != wanted) break;
      members.push_back(found->second);
    }
    if (members.size() < places.size()) continue;
    for (const size_t member : members) out[member] = true;
  }
}

/// Terms in any order within a window whose gaps sum up to the slop at most (Lucene's unordered SpanNearQuery).
void mark_sloppy(const FieldTerms::Phrase& phrase, const std::vector<Places>& places, std::vector<bool>& out) {
  const int count = static_cast<int>(places.size());
  const int given = phrase.places.back().second - phrase.places.front().second;
  const int allowed = phrase.slop + std::max(0, given - count + 1);
  for (size_t lead = 0; lead < places.size(); ++lead) {
    for (const auto& [position, token] : places[lead]) {
      std::vector<size_t> members = {token};
      int end = position;
      for (size_t p = 0; p < places.size(); ++p) {
        if (p == lead) continue;
        // A token stands for one place only.
        const std::pair<int, size_t>* found = find_at_least(places[p], position);
        while (found != nullptr && std::find(members.begin(), members.end(), found->second) != members.end()) {
          found = found + 1 < places[p].data() + places[p].size() ? found + 1 : nullptr;
        }
        if (found == nullptr) break;
        members.push_back(found->second);
        end = std::max(end, found->first);
      }
      if (members.size() < places.size() || end - position + 1 - count > allowed) continue;
      for (const size_t member : members) out[member] = true;
    }
  }
}

}  // namespace

std::vector<bool> phrase_members(const FieldTerms& query, const std::vector<TextToken>& tokens) {
  std::vector<bool> out(tokens.size(), false);
  for (const FieldTerms::Phrase& phrase : query.phrases) {
    const auto places = places_of(phrase, tokens);
    if (std::any_of(places.begin(), places.end(), [](const Places& p) { return p.empty(); })) continue;
    phrase.slop == 0 ? mark_exact(phrase, places, out) : mark_sloppy(phrase, places, out);
  }
  return out;
}

}  // namespace tarn::query
