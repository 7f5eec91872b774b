#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "indexer/base/ids.h"

namespace tarn {

/// One operation of the oplog: enough to redo it on segments; documents and patches are in the store's other families.
struct OplogOp {
  enum class Type : uint8_t { kIndex = 1, kDelete = 2, kPatch = 3 };
  Type type = Type::kIndex;
  RowId row{};                    ///< kIndex, kPatch
  Version version = 0;
  std::optional<RowId> old_row;   ///< the row that dies: the document was replaced or deleted
};

/// Packs the operations that one commit does to one index. Their sequence numbers follow one another.
class OplogWriter {
 public:
  void add(const OplogOp& op);
  uint32_t count() const { return count_; }
  std::string record() const;

 private:
  std::string ops_;
  uint32_t count_ = 0;
};

/// Visits the operations of a record whose first one has the sequence number `first`; false if the record is damaged.
bool read_oplog(std::string_view record, SeqNo first, const std::function<void(SeqNo, const OplogOp&)>& visit);

}  // namespace tarn
