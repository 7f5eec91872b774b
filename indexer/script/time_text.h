#pragma once

#include <string>

#include "indexer/script/times.h"

namespace tarn::script {

// java.time's toString, in pieces.
void append_date(std::string& out, int64_t local_seconds);                                       ///< 2024-02-29
void append_clock(std::string& out, int64_t local_seconds, int32_t nanos, bool always_seconds);  ///< 10:15, 10:15:30.5
void append_fraction(std::string& out, int32_t nanos);
void append_offset(std::string& out, int32_t seconds);                                           ///< Z, +01:00
void append_iso(std::string& out, const TimeObject& time);
std::string unit_text(const EnumObject& unit);                                                   ///< "Days"

}  // namespace tarn::script
