#pragma once

#include <string>

#include "indexer/script/time_arithmetic.h"

/// java.time.format.DateTimeFormatter: its ISO constants and patterns, both ways. Private to the method tables.
namespace tarn::script {

const FormatterObject& formatter_of(const Value& value);

/// Reads `text` as a time of class `cls`; throws date_time_parse_exception with the place.
Value parse_iso(Run& run, const std::string& text, ClassId cls);
Value parse_with(Run& run, const std::string& text, const FormatterObject& formatter, ClassId cls);

std::string format_with(const TimeObject& time, const FormatterObject& formatter);

}  // namespace tarn::script
