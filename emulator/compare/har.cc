// HAR 1.2, as Chromium, Firefox, mitmproxy and Charles write it. They differ in what they leave out
// and in how they say that something is missing, so that nothing but method and address is taken
// for granted.
#include <cmath>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/compare/instants.h"
#include "emulator/compare/recording.h"

namespace emulator::compare {
namespace {

constexpr JsonLimits kEntryJson{200, 2'000'000, 200'000};

const Json& har_member(const Json& object, const char* name) {
  static const Json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

std::string har_text(const Json& object, const char* name) {
  const Json& value = har_member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

http::Headers har_headers(const Json& list) {
  http::Headers out;
  if (!list.is_array()) return out;
  for (const Json& one : list) {
    const std::string name = har_text(one, "name");
    if (!name.empty()) out.add(name, har_text(one, "value"));
  }
  return out;
}

// A form as some write it down: parameters instead of the text.
std::string form_text(const Json& params) {
  std::string out;
  if (!params.is_array()) return out;
  for (const Json& one : params) {
    out += (out.empty() ? "" : "&") + http::percent_encoded(har_text(one, "name")) + "=" +
           http::percent_encoded(har_text(one, "value"));
  }
  return out;
}

void read_request_body(const Json& request, Recorded& out) {
  const Json& data = har_member(request, "postData");
  const Json& size = har_member(request, "bodySize");
  if (!data.is_object()) {
    out.body_known = !(size.is_number() && size.get<double>() > 0);
    return;
  }
  out.body = har_text(data, "text");
  if (har_text(data, "encoding") == "base64")
    if (auto plain = from_base64(out.body)) out.body = std::move(*plain);
  const std::string type = lower_case(har_text(data, "mimeType"));
  if (out.body.empty() && type.starts_with("application/x-www-form-urlencoded"))
    out.body = form_text(har_member(data, "params"));
  const bool some = size.is_number() && size.get<double>() > 0;
  if (out.body.empty() && some) out.body_known = false;
  if (!type.empty() && !out.headers.has("content-type"))
    out.headers.add("content-type", har_text(data, "mimeType"));
}

std::string read_reply_body(const Json& response, Recorded& out) {
  const Json& content = har_member(response, "content");
  const Json& text = har_member(content, "text");
  const std::string type = har_text(content, "mimeType");
  if (!type.empty() && !type.starts_with("x-unknown") && !out.reply_headers.has("content-type"))
    out.reply_headers.add("content-type", type);
  if (!text.is_string()) {
    // Evicted from a browser's cache, or never there.
    const Json& size = har_member(content, "size");
    if (!(size.is_number() && size.get<double>() > 0)) out.reply = "";
    return "";
  }
  out.reply = text.get<std::string>();
  if (har_text(content, "encoding") != "base64") return "";
  auto plain = from_base64(*out.reply);
  if (!plain) return "its response body is said to be base64, and is not";
  out.reply = std::move(*plain);
  return "";
}

}  // namespace

Taken har_entry(std::string_view text, std::uint64_t body_limit) {
  Taken taken;
  const auto entry = decode_json(text, kEntryJson);
  if (!entry) {
    taken.problem = "no JSON: " + entry.error().text + " at character " +
                    std::to_string(entry.error().position + 1) + " of it";
    return taken;
  }
  const Json& request = har_member(*entry, "request");
  const Json& response = har_member(*entry, "response");
  Recorded out;
  out.method = har_text(request, "method");
  out.url = har_text(request, "url");
  if (out.method.empty() || out.url.empty()) {
    taken.problem = "no \"request\" with \"method\" and \"url\"";
    return taken;
  }
  out.headers = har_headers(har_member(request, "headers"));
  out.reply_headers = har_headers(har_member(response, "headers"));
  const Json& status = har_member(response, "status");
  const double code = status.is_number() ? status.get<double>() : 0;
  // Browsers write 0 (mitmproxy and some -1) for what was blocked, broken off or never answered.
  if (!(code >= 100 && code <= 999)) {
    taken.unanswered = true;
    taken.recorded = std::move(out);
    return taken;
  }
  out.status = static_cast<unsigned>(code);
  out.at = instant_of(har_text(*entry, "startedDateTime"));
  const Json& time = har_member(*entry, "time");
  if (time.is_number() && time.get<double>() >= 0 && time.get<double>() < 1e9)
    out.took = std::chrono::milliseconds(std::llround(time.get<double>()));
  read_request_body(request, out);
  taken.problem = read_reply_body(response, out);
  settle(out, body_limit);
  if (!taken.problem.empty()) out.reply.reset();
  taken.recorded = std::move(out);
  return taken;
}

}  // namespace emulator::compare
