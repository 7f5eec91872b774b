#pragma once

#include <memory>
#include <string>
#include <vector>

#include "query/collect/top_docs.h"

namespace tarn::query {

/// Where a scroll stands: the last hit that was shown. The next page begins behind it.
struct ScrollPosition {
  bool started = false;
  Hit last;                        ///< undefined until a page had hits
  bool any = false;                ///< some page had hits
  bool has_max_score = false;
  float max_score = 0;             ///< of the whole search; each page repeats it
};

/// What a search inside a scroll or a point in time has beside its request.
struct SearchSession {
  std::string id_member, id;       ///< first member of the answer: "_scroll_id" or "pit_id"; "" for none
  ScrollPosition* scroll = nullptr;  ///< null: no scroll. Moved on by the search
};

}  // namespace tarn::query
