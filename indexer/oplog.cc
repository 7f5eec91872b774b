#include "indexer/oplog.h"

#include "indexer/store/keys.h"

namespace tarn {
namespace {
constexpr char kFormat = 1;
}

// An operation: type byte, then varints: row (kIndex, kPatch), version, old row + 1 or 0 (kIndex, kDelete).
void OplogWriter::add(const OplogOp& op) {
  ops_.push_back(static_cast<char>(op.type));
  if (op.type != OplogOp::Type::kDelete) append_varint(ops_, op.row.value);
  append_varint(ops_, static_cast<uint64_t>(op.version));
  if (op.type != OplogOp::Type::kPatch) append_varint(ops_, op.old_row ? op.old_row->value + 1 : 0);
  ++count_;
}

std::string OplogWriter::record() const {
  std::string out(1, kFormat);
  append_varint(out, count_);
  out.append(ops_);
  return out;
}

bool read_oplog(std::string_view record, SeqNo first, const std::function<void(SeqNo, const OplogOp&)>& visit) {
  if (record.empty() || record.front() != kFormat) return false;
  record.remove_prefix(1);
  uint64_t count = 0;
  if (!take_varint(record, count)) return false;
  for (uint64_t i = 0; i < count; ++i) {
    if (record.empty()) return false;
    OplogOp op;
    op.type = static_cast<OplogOp::Type>(record.front());
    record.remove_prefix(1);
    uint64_t row = 0, version = 0, old_row = 0;
    if (op.type != OplogOp::Type::kDelete && !take_varint(record, row)) return false;
    if (!take_varint(record, version)) return false;
    if (op.type != OplogOp::Type::kPatch && !take_varint(record, old_row)) return false;
    op.row = RowId(row);
    op.version = static_cast<Version>(version);
    if (old_row > 0) op.old_row = RowId(old_row - 1);
    visit(SeqNo(first.value + static_cast<int64_t>(i)), op);
  }
  return record.empty();
}

}  // namespace tarn
