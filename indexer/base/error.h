#pragma once

#include <boost/system/result.hpp>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "indexer/base/json.h"

namespace tarn {

/// One failure as OpenSearch words it: HTTP status, exception type in snake case, reason.
/// Source: the error body of every OpenSearch API, {"error":{"root_cause":[..],"type":..,"reason":..},"status":..}.
struct Error {
  Error(int status, std::string type, std::string reason)
      : status(status), type(std::move(type)), reason(std::move(reason)) {}

  /// Adds `inner` as "caused_by" and returns this error; the innermost cause comes last.
  Error& caused_by(Error inner);
  /// Adds a member beside type and reason ("index", "line", "resource.id" ...).
  Error& with(std::string key, Json value);
  /// Names the root cause where it is not this error itself (a wrapped parse error, say).
  Error& rooted_in(Error root);

  int status;
  std::string type;
  std::string reason;
  Json members = Json::object();             ///< further members, in order
  std::shared_ptr<const Error> cause;        ///< "caused_by", or null
  std::vector<Error> root_causes;            ///< empty: this error is its own root cause

  /// The error as a bulk item or a caused_by shows it: type, reason, members, caused_by; no root_cause.
  Json to_json() const;
  /// The whole body: {"error":{"root_cause":[...],...},"status":N}.
  Json to_body() const;
};

/// Ends the request (or the bulk or msearch item) that it is thrown in. Caught in one place, the server's dispatch.
class ApiError : public std::exception {
 public:
  explicit ApiError(Error error) : error_(std::move(error)) {}
  ApiError(int status, std::string type, std::string reason)
      : error_(status, std::move(type), std::move(reason)) {}
  const Error& error() const { return error_; }
  const char* what() const noexcept override { return error_.reason.c_str(); }

 private:
  Error error_;
};

[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location&);

/// An everyday answer or an Error; value() throws ApiError.
template <class T>
using Result = boost::system::result<T, Error>;

// The two errors that almost every parser needs.
Error illegal_argument(std::string reason);   ///< 400 illegal_argument_exception
Error parsing_exception(std::string reason);  ///< 400 parsing_exception

}  // namespace tarn
