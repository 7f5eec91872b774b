#pragma once

#include <string>

namespace tarn {

/// A document id of 20 URL-safe base64 characters (15 bytes): unique across threads and restarts, and ordered by time
/// within one process, so that consecutive ids share prefixes in the store. Thread-safe.
/// Follows: the ids that OpenSearch generates (TimeBasedUUIDGenerator): same length and alphabet.
std::string generate_document_id();

/// 22 URL-safe characters from 16 random bytes, as OpenSearch's index and cluster uuids.
std::string generate_uuid();

}  // namespace tarn
