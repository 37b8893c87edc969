#include "emulator/compare/request.h"

#include <algorithm>

#include "emulator/base/ascii.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/compare/forms.h"

namespace emulator::compare {
namespace {

bool in_token(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '-' || c == '_';
}

// An id inside a longer text is replaced only where it cannot be a word by chance.
constexpr std::size_t kShortestInside = 8;

}  // namespace

void Instances::know(const std::string& theirs, const std::string& ours) {
  if (theirs.size() >= 4 && theirs != ours) known_[theirs] = ours;
}

void Instances::learn(const Json& theirs, const Json& ours) {
  if (theirs.is_string() && ours.is_string()) {
    const auto& a = theirs.get_ref<const std::string&>();
    const auto& b = ours.get_ref<const std::string&>();
    if (a == b) return;
    const bool ids = (is_link(a) && is_link(b)) || ((is_token(a) || is_uuid(a)) && !is_link(b));
    if (ids && !a.starts_with("data:")) know(a, b);
    return;
  }
  if (theirs.is_object() && ours.is_object()) {
    for (const auto& [key, value] : theirs.items())
      if (const auto found = ours.find(key); found != ours.end()) learn(value, *found);
  } else if (theirs.is_array() && ours.is_array()) {
    for (std::size_t i = 0; i < std::min(theirs.size(), ours.size()); ++i)
      learn(theirs[i], ours[i]);
  }
}

std::string Instances::ours(std::string_view text) const {
  if (known_.empty()) return std::string(text);
  if (const auto whole = known_.find(std::string(text)); whole != known_.end())
    return whole->second;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && in_token(text[end])) ++end;
    if (end == at) {
      out += text[at++];
      continue;
    }
    const std::string token(text.substr(at, end - at));
    const auto found = token.size() >= kShortestInside ? known_.find(token) : known_.end();
    out += found == known_.end() ? token : found->second;
    at = end;
  }
  return out;
}

bool Instances::replace_in(Json& value) const {
  if (value.is_string()) {
    auto& text = value.get_ref<std::string&>();
    if (text.size() > 64u << 10) return false;  // bulk, which names nothing
    std::string replaced = ours(text);
    const bool other = replaced != text;
    text = std::move(replaced);
    return other;
  }
  bool any = false;
  if (value.is_structured())
    for (Json& one : value) any = replace_in(one) || any;
  return any;
}

std::string Instances::ours_in_body(const std::string& body) const {
  if (known_.empty() || body.empty()) return body;
  if (auto json = decode_json(body, JsonLimits{200, 1'000'000, 100'000}))
    return replace_in(*json) ? compact_json(*json) : body;
  return body.size() > 1u << 20 ? body : ours(body);
}

bool is_secret_header(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "authorization", "x-key",      "x-api-key",           "api-key",     "apikey",
      "cookie",        "set-cookie", "proxy-authorization", "x-auth-token"};
  const std::string low = lower_case(name);
  return std::find(std::begin(kNames), std::end(kNames), low) != std::end(kNames) ||
         low.find("token") != std::string::npos || low.find("secret") != std::string::npos;
}

bool is_secret_parameter(std::string_view name) {
  const std::string low = lower_case(name);
  for (const char* part : {"key", "token", "secret", "password", "sig", "credential", "auth"})
    if (low.find(part) != std::string::npos) return true;
  return false;
}

http::Request request_of(const Recorded& recorded, const Instances& instances) {
  http::Request out;
  out.method = recorded.method;
  std::string url = instances.ours(recorded.url);
  if (const auto mark = url.find('#'); mark != std::string::npos) url.resize(mark);
  std::string host = "127.0.0.1:4242";
  if (const auto scheme = url.find("://"); scheme != std::string::npos) {
    out.secure = url.starts_with("https");
    const auto slash = url.find_first_of("/?", scheme + 3);
    host = url.substr(scheme + 3, slash == std::string::npos ? slash : slash - scheme - 3);
    if (const auto at = host.rfind('@'); at != std::string::npos) host.erase(0, at + 1);
    url = slash == std::string::npos ? "/" : url.substr(slash);
  }
  if (url.empty() || url.front() != '/') url.insert(0, "/");
  const auto mark = url.find('?');
  out.path = url.substr(0, mark);
  if (mark != std::string::npos) out.query = url.substr(mark + 1);
  out.target = std::move(url);
  if (recorded.fixture) host = std::string(recorded.headers.get("host").value_or(host));
  out.headers.add("host", host);
  for (const auto& [name, value] : recorded.headers) {
    if (http::same_name(name, "host") || http::same_name(name, "cookie")) continue;
    // What steers an emulator belongs to its own requests.
    if (starts_with_name(name, "x-emulator-") && !recorded.fixture) continue;
    const std::string rewritten = instances.ours(value);
    // A token that an answer handed out is good; any other credential gives way to a good one.
    const bool handed_out = rewritten != value;
    if (!recorded.fixture && is_secret_header(name) && !handed_out) continue;
    out.headers.add(name, rewritten);
  }
  out.body = instances.ours_in_body(recorded.body);
  out.peer = "127.0.0.1:50000";
  return out;
}

bool had_key(const Recorded& recorded) {
  return std::any_of(recorded.headers.begin(), recorded.headers.end(), [](const auto& field) {
    return is_secret_header(field.first) && !http::same_name(field.first, "cookie");
  });
}

void give_key(http::Request& request, const Dialect& dialect) {
  if (!dialect.key_of(request).empty()) return;
  // The forms of the contract first: a provider may read others for other credentials.
  std::vector<contract::CredentialForm> forms = dialect.contract().common.credential_forms;
  for (const char* header : {"x-key", "x-api-key"}) forms.push_back({header, ""});
  for (const char* scheme : {"Bearer", "Key"}) forms.push_back({"authorization", scheme});
  for (const auto& [name, scheme] : forms) {
    const std::string key = scheme == "Key" ? "me:secret" : "me";
    const std::string value = scheme.empty() ? key : std::string(scheme).append(" ").append(key);
    http::Request tried = request;
    tried.headers.set(name, value);
    if (dialect.key_of(tried) != key) continue;
    request.headers.set(name, value);
    return;
  }
}

}  // namespace emulator::compare
