#pragma once

#include "indexer/index_impl.h"

namespace tarn {

class IndexImpl::JournalScope {
 public:
  explicit JournalScope(IndexImpl& index) : index_(index) {
    std::lock_guard lock(index_.state_mutex_);
    at_ = index_.journals_.insert(index_.journals_.end(), &journal_);
    list_ = index_.segments_;
    built_ = index_.built_;
    end_row_ = index_.built_end_row_;
  }
  ~JournalScope() {
    std::lock_guard lock(index_.state_mutex_);
    index_.journals_.erase(at_);
  }
  Journal& journal() { return journal_; }
  SegmentList& list() { return list_; }   ///< as it was when the journal began
  SeqNo built() const { return built_; }
  RowId end_row() const { return end_row_; }

 private:
  IndexImpl& index_;
  Journal journal_;
  std::list<Journal*>::iterator at_;
  SegmentList list_;
  SeqNo built_;
  RowId end_row_;
};

}  // namespace tarn
