#include "emulator/control/input.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "emulator/base/did_you_mean.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/pipeline/dialect.h"

namespace emulator::control {
namespace {

std::optional<std::uint64_t> whole_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string cut(std::string_view text) {
  constexpr std::size_t kShown = 100;
  return valid_utf8(text.substr(0, kShown)) + (text.size() > kShown ? "..." : "");
}

std::string in_quotes(std::string_view text) { return '"' + cut(text) + '"'; }

std::string got(const Json& value) {
  if (value.is_object()) return ", got an object";
  if (value.is_array()) return ", got a list";
  return ", got " + cut(compact_json(value));
}

std::string range(std::string_view what, const std::string& least, const std::string& most) {
  return std::string(what) + " from " + least + " to " + most;
}

// `unknown key "advanse"; did you mean "advance"?`
std::string unknown(std::string_view what, std::string_view name,
                    const std::vector<std::string>& known) {
  std::string text = "unknown " + std::string(what) + " " + in_quotes(name);
  if (const std::string hint = did_you_mean(name, known); !hint.empty()) return text + hint;
  text += known.empty() ? "; none is taken here" : "; known:";
  for (const std::string& word : known) text += " " + word;
  return text;
}

}  // namespace

http::Reply bad_input(std::string_view at, std::string_view message,
                      const std::vector<std::string>& allowed) {
  Json more = {{"at", at}};
  if (!allowed.empty()) more["allowed"] = allowed;
  return our_error(400, "bad_request", std::string(at) + ": " + std::string(message), more);
}

http::Reply not_found(std::string_view message) { return our_error(404, "not_found", message); }

Members::Members(const Json& value, std::string at, const std::vector<std::string>& known)
    : value_(&value), at_(std::move(at)) {
  if (!value.is_object()) {
    wrong_ = bad_input(at_, "expects a JSON object" + got(value), known);
    return;
  }
  for (const auto& [key, member] : value.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    fail(key, unknown("key", key, known), known);
    return;
  }
}

const Json* Members::find(const char* key) const {
  if (!value_->is_object()) return nullptr;
  const auto found = value_->find(key);
  return found == value_->end() ? nullptr : &*found;
}

std::string Members::place(std::string_view key) const {
  return key.empty() ? at_ : at_ + "." + cut(key);
}

void Members::fail(std::string_view key, std::string_view message,
                   const std::vector<std::string>& allowed) {
  if (!wrong_) wrong_ = bad_input(place(key), message, allowed);
}

void Members::take(Members& inner) {
  if (!wrong_ && inner.wrong_) wrong_ = std::move(inner.wrong_);
}

std::optional<std::string> Members::text(const char* key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  fail(key, "expects a text" + got(*value));
  return std::nullopt;
}

std::optional<bool> Members::truth(const char* key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  fail(key, "expects true or false" + got(*value), {"true", "false"});
  return std::nullopt;
}

std::optional<double> Members::number(const char* key, double least, double most) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) {
    const double number = value->get<double>();
    if (number >= least && number <= most) return number;
  }
  fail(key, "expects " + range("a number", compact_json(least), compact_json(most)) + got(*value));
  return std::nullopt;
}

std::optional<std::uint64_t> Members::whole(const char* key, std::uint64_t least,
                                            std::uint64_t most) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_integer() && (value->is_number_unsigned() || *value >= 0)) {
    const auto number = value->get<std::uint64_t>();
    if (number >= least && number <= most) return number;
  }
  fail(key, "expects " + range("a whole number", std::to_string(least), std::to_string(most)) +
                got(*value));
  return std::nullopt;
}

std::optional<Duration> Members::duration(const char* key, Duration most) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    fail(key, "expects a duration in quotes, such as \"10m\"" + got(*value));
    return std::nullopt;
  }
  const auto parsed = parse_duration(value->get_ref<const std::string&>());
  if (parsed && *parsed <= most) return *parsed;
  fail(key, parsed ? "is at most " + worded(most) : parsed.error());
  return std::nullopt;
}

std::optional<Instant> Members::instant(const char* key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    fail(key, "expects a time such as \"2026-01-01T00:00:00Z\"" + got(*value));
    return std::nullopt;
  }
  const auto parsed = parse_instant(value->get_ref<const std::string&>());
  if (parsed) return *parsed;
  fail(key, parsed.error());
  return std::nullopt;
}

const Json* Members::list(const char* key) {
  const Json* value = find(key);
  if (value == nullptr || value->is_array()) return value;
  fail(key, "expects a list" + got(*value));
  return nullptr;
}

const Json* Members::object(const char* key) {
  const Json* value = find(key);
  if (value == nullptr || value->is_object()) return value;
  fail(key, "expects an object" + got(*value));
  return nullptr;
}

Result<Json, http::Reply> json_body(const http::Request& request, const JsonLimits& limits) {
  if (trimmed(request.body).empty()) return Json::object();
  auto body = decode_json(request.body, limits);
  if (!body && body.error().ours) return Failure{beyond_json_limits(body.error())};
  if (!body)
    return Failure{bad_input("$", "the body is no JSON: " + body.error().text + " at character " +
                                      std::to_string(body.error().position))};
  return std::move(*body);
}

Query::Query(const http::Request& request, const std::vector<std::string>& known)
    : request_(request) {
  for (const std::string_view pair : split(request.query, '&')) {
    if (pair.empty()) continue;
    const std::string name = http::percent_decoded(pair.substr(0, pair.find('=')), true);
    if (name == "pretty") continue;  // how every answer is printed
    if (std::find(known.begin(), known.end(), name) == known.end())
      fail(name, unknown("parameter", name, known), known);
  }
}

void Query::fail(std::string_view name, std::string_view message,
                 const std::vector<std::string>& allowed) {
  if (!wrong_) wrong_ = bad_input("?" + cut(name), message, allowed);
}

std::optional<std::string> Query::text(const char* name) const { return request_.parameter(name); }

std::optional<std::string> Query::word(const char* name, const std::vector<std::string>& words) {
  auto value = text(name);
  if (!value || std::find(words.begin(), words.end(), *value) != words.end()) return value;
  fail(name, unknown("word", *value, words), words);
  return std::nullopt;
}

std::optional<std::uint64_t> Query::whole(const char* name, std::uint64_t least,
                                          std::uint64_t most) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto number = whole_of(*value);
  if (number && *number >= least && *number <= most) return number;
  fail(name, "expects " + range("a whole number", std::to_string(least), std::to_string(most)) +
                 ", got " + in_quotes(*value));
  return std::nullopt;
}

}  // namespace emulator::control
