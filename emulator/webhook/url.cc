#include "emulator/webhook/url.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "emulator/base/text.h"
#include "emulator/http/address.h"
#include "emulator/http/message.h"

namespace emulator::webhook {
namespace {

// Where user name and password stand in `url`, behind "://" and up to the "@"; empty: nowhere.
std::string_view credentials_in(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::string_view rest = url.substr(scheme + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#\\"));
  const auto at = authority.rfind('@');
  return at == std::string_view::npos ? std::string_view() : authority.substr(0, at + 1);
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// Everything a request line may not carry, escaped.
std::string sendable(std::string_view target) {
  std::string out;
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f)
      out += c;
    else
      out += http::percent_encoded(std::string_view(&c, 1));
  }
  return out;
}

}  // namespace

Result<Url, std::string> parse_url(std::string_view text) {
  text = trimmed(text);
  Url out;
  const auto separator = text.find("://");
  const std::string scheme = lower_case(text.substr(0, separator));
  if (separator == std::string_view::npos || (scheme != "http" && scheme != "https"))
    return Failure{std::string("the address begins with neither http:// nor https://")};
  out.secure = scheme == "https";
  out.port = out.secure ? 443 : 80;
  if (const std::string_view given = credentials_in(text); !given.empty())
    out.credentials = http::percent_decoded(given.substr(0, given.size() - 1));

  std::string_view rest = text.substr(scheme.size() + 3 + credentials_in(text).size());
  rest = rest.substr(0, rest.find('#'));
  const auto end = rest.find_first_of("/?\\");
  std::string_view authority = rest.substr(0, end);
  if (end != std::string_view::npos) {
    out.target = sendable(rest.substr(end));
    if (out.target.front() != '/') out.target.insert(0, "/");
  }
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    const std::string_view port = authority.substr(colon + 1);
    unsigned value = 0;
    const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), value);
    const bool whole = error == std::errc() && stop == port.data() + port.size();
    if (!port.empty() && (!whole || value == 0 || value > 65'535))
      return Failure{std::string("the address has a port that is none")};
    if (!port.empty()) out.port = static_cast<std::uint16_t>(value);
    authority = authority.substr(0, colon);
  }
  out.host = lower_case(authority);
  if (out.host.empty()) return Failure{std::string("the address has no host")};
  const bool good = out.host.front() == '['
                        ? http::parse_address(out.host).has_value()
                        : std::all_of(out.host.begin(), out.host.end(), is_name_char);
  if (!good) return Failure{std::string("the address has a host that is none")};
  return out;
}

Result<Url, std::string> redirected(const Url& from, std::string_view location) {
  location = trimmed(location);
  if (location.find("://") != std::string_view::npos &&
      location.find("://") < location.find_first_of("/?#"))
    return parse_url(location);
  if (location.starts_with("//"))
    return parse_url((from.secure ? "https:" : "http:") + std::string(location));
  Url out = from;
  location = location.substr(0, location.find('#'));
  const std::string path = from.target.substr(0, from.target.find('?'));
  if (location.starts_with('/'))
    out.target = sendable(location);
  else if (location.starts_with('?'))
    out.target = path + sendable(location);
  else if (!location.empty())
    out.target = path.substr(0, path.rfind('/') + 1) + sendable(location);
  return out;
}

bool has_credentials(std::string_view url) { return !credentials_in(url).empty(); }

std::string bare_url(std::string_view url) {
  const std::string_view given = credentials_in(url);
  if (given.empty()) return std::string(url);
  const auto at = static_cast<std::size_t>(given.data() - url.data());
  return std::string(url.substr(0, at)).append(url.substr(at + given.size()));
}

std::string without_credentials(std::string_view text) {
  // "://" and the "@" behind it, plain or escaped; what ends the search is what ends an authority.
  struct Form {
    std::string_view open, at;
    std::array<std::string_view, 3> ends;
  };
  constexpr std::array<Form, 2> kForms{
      {{"://", "@", {"/", "?", "#"}}, {"%3a%2f%2f", "%40", {"%2f", "%3f", "%23"}}}};
  std::string out(text);
  for (const Form& form : kForms) {
    for (std::size_t from = 0;;) {
      const std::string lower = lower_case(out);
      const auto open = lower.find(form.open, from);
      if (open == std::string::npos) break;
      from = open + form.open.size();
      std::size_t end = lower.find_first_of(" \"'<>&\r\n", from);
      for (const std::string_view stop : form.ends) end = std::min(end, lower.find(stop, from));
      const std::string_view authority = std::string_view(lower).substr(0, end);
      auto at = authority.rfind(form.at);
      std::size_t width = form.at.size();
      if (at == std::string_view::npos || at < from) {
        at = authority.rfind('@');
        width = 1;
      }
      if (at == std::string_view::npos || at < from) continue;
      out.replace(from, at + width - from, "***@");
    }
  }
  return out;
}

}  // namespace emulator::webhook
