#include "emulator/http/message.h"

#include <algorithm>

#include "emulator/base/ascii.h"

namespace emulator::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  // Nearly all are written in the same case.
  return a == b || std::equal(a.begin(), a.end(), b.begin(),
                              [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Field& field : fields_) {
    if (same_name(field.first, name)) return field.second;
  }
  return std::nullopt;
}

void Headers::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string_view name, std::string value) {
  const auto named = [name](const Field& field) { return same_name(field.first, name); };
  const auto first = std::find_if(fields_.begin(), fields_.end(), named);
  if (first == fields_.end()) return add(std::string(name), std::move(value));
  first->second = std::move(value);
  fields_.erase(std::remove_if(first + 1, fields_.end(), named), fields_.end());
}

void Headers::remove(std::string_view name) {
  fields_.erase(std::remove_if(fields_.begin(), fields_.end(),
                               [name](const Field& field) { return same_name(field.first, name); }),
                fields_.end());
}

std::optional<std::string> Request::parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    if (percent_decoded(pair.substr(0, equals), true) != name) continue;
    if (equals == std::string_view::npos) return std::string();
    return percent_decoded(pair.substr(equals + 1), true);
  }
  return std::nullopt;
}

std::shared_ptr<Request> without_body(const Request& request) {
  auto out = std::make_shared<Request>();
  out->method = request.method;
  out->target = request.target;
  out->path = request.path;
  out->query = request.query;
  out->headers = request.headers;
  out->secure = request.secure;
  out->peer = request.peer;
  out->nth = request.nth;
  out->caller = request.caller;
  return out;
}

std::string percent_decoded(std::string_view text, bool plus_is_blank) {
  // Asked about every part of every path, so not by find_first_of, which looks at each letter anew.
  if (text.find('%') == text.npos && !(plus_is_blank && text.find('+') != text.npos))
    return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%' && i + 2 < text.size()) {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += c == '+' && plus_is_blank ? ' ' : c;
  }
  return out;
}

std::string percent_encoded(std::string_view text, std::string_view also_allowed) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  const auto plain = [also_allowed](char c) {
    return unreserved(c) || also_allowed.find(c) != std::string_view::npos;
  };
  for (auto at = text.begin(); at != text.end(); ++at) {
    const auto run = std::find_if_not(at, text.end(), plain);
    out.append(at, run);
    if (run == text.end()) break;
    at = run;
    const auto byte = static_cast<unsigned char>(*at);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string_view standard_reason(unsigned status) {
  struct Row {
    unsigned status;
    std::string_view reason;
  };
  // RFC 9110, section 15, and the IANA registry (425 to 511).
  static constexpr Row kRows[] = {
      {100, "Continue"},
      {101, "Switching Protocols"},
      {102, "Processing"},
      {103, "Early Hints"},
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {203, "Non-Authoritative Information"},
      {204, "No Content"},
      {205, "Reset Content"},
      {206, "Partial Content"},
      {300, "Multiple Choices"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {407, "Proxy Authentication Required"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Payload Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {421, "Misdirected Request"},
      {422, "Unprocessable Entity"},
      {423, "Locked"},
      {424, "Failed Dependency"},
      {425, "Too Early"},
      {426, "Upgrade Required"},
      {428, "Precondition Required"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {451, "Unavailable For Legal Reasons"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
      {507, "Insufficient Storage"},
      {511, "Network Authentication Required"},
  };
  const auto* row = std::lower_bound(std::begin(kRows), std::end(kRows), status,
                                     [](const Row& r, unsigned s) { return r.status < s; });
  return row != std::end(kRows) && row->status == status ? row->reason : std::string_view();
}

}  // namespace emulator::http
