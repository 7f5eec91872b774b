#pragma once

#include <string>
#include <string_view>

namespace tarn {

/// What a partial document would do to a document.
struct SourceDiff {
  bool valid = true;      ///< both texts are JSON objects as far as they were walked
  bool changed = false;   ///< false: the update is a no-op
  /// Every object of the partial meets an object (or nothing) in the document, every other value meets no object, and no
  /// dotted key stands beside the touched ones: the fields touched are exactly those that the partial names.
  bool plain = true;
};

/// Compares as OpenSearch's detect_noop does (XContentHelper.update over Java maps): 1 and 1.0 differ, 1.0 and 1.00 do not,
/// objects are equal in any order.
SourceDiff diff_source(std::string_view document, std::string_view partial);

/// Whether `partial` is an object of plain names (no dots, no escapes) with numbers.
bool is_flat_numbers(std::string_view partial);

/// Whether every member of `partial`, which is_flat_numbers(), stands in `document` too, with a number.
bool holds_numbers(std::string_view document, std::string_view partial);

/// The document with the partial merged in, as text: objects merge recursively, all else is replaced in place, new members
/// are appended, untouched bytes stay as they are. False if one of them is no JSON object.
bool merge_source(std::string_view document, std::string_view partial, std::string& out);

}  // namespace tarn
