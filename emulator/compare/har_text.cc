#include "emulator/compare/har_text.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/compare/request.h"
#include "emulator/image/picture.h"

namespace emulator::compare {
namespace {

constexpr const char* kMasked = "***";

std::string text_under(const http::Headers& headers, std::string_view name) {
  return std::string(headers.get(name).value_or(""));
}

Json query_of(const std::string& url) {
  Json out = Json::array();
  const auto mark = url.find('?');
  if (mark == std::string::npos) return out;
  for (const std::string_view part : split(std::string_view(url).substr(mark + 1), '&')) {
    const auto equals = std::min(part.find('='), part.size());
    const std::string_view value = part.substr(std::min(equals + 1, part.size()));
    out.push_back({{"name", http::percent_decoded(part.substr(0, equals), true)},
                   {"value", http::percent_decoded(value, true)}});
  }
  return out;
}

}  // namespace

HarText::HarText(std::string_view version, Put put) : put_(std::move(put)) {
  const Json creator = {{"name", "provider-emulator"}, {"version", version}};
  put_(R"({"log":{"version":"1.2","creator":)" + compact_json(creator) + ",\"entries\":[\n");
}

void HarText::add(const Recorded& recorded, std::string_view why) {
  secrets_.learn(recorded);
  put_((count_ == 0 ? "" : ",\n") + compact_json(entry(recorded, why)));
  ++count_;
}

void HarText::end() { put_("\n]}}\n"); }

Json HarText::headers(const http::Headers& fields) const {
  Json out = Json::array();
  for (const auto& [name, value] : fields)
    out.push_back(
        {{"name", name}, {"value", is_secret_header(name) ? kMasked : secrets_.hidden(value)}});
  return out;
}

void HarText::put_text(Json& into, const std::string& body) const {
  // Nothing is a secret in a picture, and a picture with a hole is none.
  const bool picture = !image::sniffed_type(body).empty();
  const std::string shown = picture ? body : secrets_.hidden(body);
  const bool text = !picture && valid_utf8(shown) == shown;
  into["text"] = text ? shown : base64(shown);
  if (!text) into["encoding"] = "base64";
}

Json HarText::entry(const Recorded& recorded, std::string_view why) const {
  const std::string url = secrets_.hidden(recorded.url);
  Json request = {{"method", recorded.method},
                  {"url", url},
                  {"httpVersion", "HTTP/1.1"},
                  {"cookies", Json::array()},
                  {"headers", headers(recorded.headers)},
                  {"queryString", query_of(url)}};
  if (!recorded.body.empty()) {
    Json data = {{"mimeType", text_under(recorded.headers, "content-type")}};
    put_text(data, recorded.body);
    request["postData"] = std::move(data);
  }
  request["headersSize"] = -1;
  request["bodySize"] = recorded.body.size();

  const std::string reply = recorded.reply.value_or("");
  Json content = {{"size", reply.size()},
                  {"mimeType", text_under(recorded.reply_headers, "content-type")}};
  if (recorded.reply)
    put_text(content, reply);
  else if (!recorded.unread.empty())
    content["comment"] = recorded.unread;
  Json response = {{"status", recorded.status},
                   {"statusText", std::string(http::standard_reason(recorded.status))},
                   {"httpVersion", "HTTP/1.1"},
                   {"cookies", Json::array()},
                   {"headers", headers(recorded.reply_headers)},
                   {"content", std::move(content)},
                   {"redirectURL", secrets_.hidden(text_under(recorded.reply_headers, "location"))},
                   {"headersSize", -1},
                   {"bodySize", reply.size()}};
  if (!why.empty()) response["_error"] = secrets_.hidden(why);

  const double took =
      std::chrono::duration<double, std::milli>(recorded.took.value_or(Duration{0})).count();
  return {{"startedDateTime", rfc3339(recorded.at.value_or(Instant{}), 3)},
          {"time", took},
          {"request", std::move(request)},
          {"response", std::move(response)},
          {"cache", Json::object()},
          {"timings", {{"send", 0}, {"wait", took}, {"receive", 0}}}};
}

}  // namespace emulator::compare
