#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/json_text.h"
#include "emulator/base/result.h"
#include "emulator/http/message.h"

// What callers of the control API send, read by name. The first thing that is wrong is kept as the
// answer: what it is, where (a JSON path, or the parameter), and what is allowed.
namespace emulator::control {

// An answer 400 that names the place: `at` is a path such as `$.what[0]` or `?limit`.
http::Reply bad_input(std::string_view at, std::string_view message,
                      const std::vector<std::string>& allowed = {});
http::Reply not_found(std::string_view message);

// The members of a JSON object. Each reader returns nullopt when the member is not there or wrong.
class Members {
 public:
  // `value` must outlive this. `at` is where it stands, `$` for the whole body.
  Members(const Json& value, std::string at, const std::vector<std::string>& known);

  bool has(const char* key) const { return find(key) != nullptr; }
  const Json* find(const char* key) const;
  // `$.key`
  std::string place(std::string_view key) const;

  std::optional<std::string> text(const char* key);
  std::optional<bool> truth(const char* key);
  std::optional<double> number(const char* key, double least, double most);
  std::optional<std::uint64_t> whole(const char* key, std::uint64_t least, std::uint64_t most);
  std::optional<Duration> duration(const char* key, Duration most);
  std::optional<Instant> instant(const char* key);
  const Json* list(const char* key);
  const Json* object(const char* key);

  void fail(std::string_view key, std::string_view message,
            const std::vector<std::string>& allowed = {});
  // Takes over what another reader, of a member of this one, found wrong.
  void take(Members& inner);
  bool failed() const { return wrong_.has_value(); }
  // The answer to what was wrong. Call once, after `failed`.
  http::Reply answer() { return std::move(*wrong_); }

 private:
  const Json* value_;
  std::string at_;
  std::optional<http::Reply> wrong_;
};

// The body as JSON; an empty one is an empty object. The failure is the answer.
Result<Json, http::Reply> json_body(const http::Request& request,
                                    const JsonLimits& limits = kStrangersJson);

// Query parameters. An unknown name is an error with a hint.
class Query {
 public:
  Query(const http::Request& request, const std::vector<std::string>& known);

  std::optional<std::string> text(const char* name) const;
  // One of `words`.
  std::optional<std::string> word(const char* name, const std::vector<std::string>& words);
  std::optional<std::uint64_t> whole(const char* name, std::uint64_t least, std::uint64_t most);

  void fail(std::string_view name, std::string_view message,
            const std::vector<std::string>& allowed = {});
  bool failed() const { return wrong_.has_value(); }
  http::Reply answer() { return std::move(*wrong_); }

 private:
  const http::Request& request_;
  std::optional<http::Reply> wrong_;
};

}  // namespace emulator::control
