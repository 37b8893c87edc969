// URLs as the `url` library of pydantic reads them, which is how browsers do: the errors it can
// meet in an http URL, in its words. The URL itself is kept as it came, blanks around it aside.
#include <algorithm>
#include <array>
#include <cstdint>

#include "emulator/base/ascii.h"
#include "emulator/base/text.h"
#include "emulator/contract/coerce.h"

namespace emulator::contract {
namespace {

using Kind = Violation::Kind;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// The text less blanks and control characters around it, and less tabs and line ends in it.
std::string cleaned(std::string_view text) {
  const auto is_edge = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_edge(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_edge(text.back())) text.remove_suffix(1);
  std::string url(text);
  url.erase(std::remove_if(url.begin(), url.end(),
                           [](char c) { return c == '\t' || c == '\n' || c == '\r'; }),
            url.end());
  return url;
}

// The scheme in lower case, or "" when there is none.
std::string scheme_of(std::string_view url) {
  if (url.empty() || !is_letter(url[0])) return "";
  const auto end = std::find_if_not(url.begin(), url.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  if (end == url.end() || *end != ':') return "";
  return lower_case(url.substr(0, static_cast<std::size_t>(end - url.begin())));
}

// One part of an IPv4 address: decimal, octal (`0..`) or hexadecimal (`0x..`); nullopt for others.
// Larger than any address means too large.
std::optional<std::uint64_t> ipv4_number(std::string_view part) {
  unsigned base = 10;
  if (part.size() > 1 && part[0] == '0') {
    base = part[1] == 'x' || part[1] == 'X' ? 16 : 8;
    part.remove_prefix(base == 16 ? 2 : 1);
  }
  std::uint64_t number = 0;
  for (const char c : part) {
    const bool fits = base == 16 ? is_hex(c) : base == 8 ? c >= '0' && c < '8' : is_digit(c);
    if (!fits) return std::nullopt;
    const unsigned digit =
        is_digit(c) ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 0x20) - 'a') + 10;
    number = std::min<std::uint64_t>(number * base + digit, std::uint64_t{1} << 40);
  }
  return number;
}

// A host whose last part is a number is an IPv4 address or nothing.
bool looks_like_ipv4(const std::vector<std::string_view>& parts) {
  const std::string_view last = parts.back();
  if (last.empty()) return false;
  return std::all_of(last.begin(), last.end(), is_digit) ||
         (last.size() > 1 && last[0] == '0' && (last[1] == 'x' || last[1] == 'X') &&
          ipv4_number(last));
}

bool is_ipv4(const std::vector<std::string_view>& parts) {
  if (parts.size() > 4) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) return false;
    const auto number = ipv4_number(parts[i]);
    // The last part fills all the bytes that the others leave.
    const std::size_t bytes = i + 1 == parts.size() ? 5 - parts.size() : 1;
    if (!number || *number >= std::uint64_t{1} << (8 * bytes)) return false;
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  if (gap != std::string_view::npos && text.find("::", gap + 1) != std::string_view::npos)
    return false;
  std::size_t groups = 0;
  bool last_was_ipv4 = false;
  const auto count = [&](std::string_view half) {
    if (half.empty()) return true;
    for (const std::string_view group : split(half, ':')) {
      if (last_was_ipv4) return false;
      if (group.find('.') != std::string_view::npos) {
        const auto parts = split(group, '.');
        if (parts.size() != 4 || !is_ipv4(parts)) return false;
        last_was_ipv4 = true;
        groups += 2;
        continue;
      }
      if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex))
        return false;
      ++groups;
    }
    return true;
  };
  if (gap == std::string_view::npos) return count(text) && groups == 8;
  return count(text.substr(0, gap)) && !last_was_ipv4 && count(text.substr(gap + 2)) && groups < 8;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && is_hex(text[i + 1]) && is_hex(text[i + 2])) {
      const auto digit = [](char c) { return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10; };
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// "" for a good host, else what is wrong with it.
std::string_view host_error(std::string_view host) {
  if (host.empty()) return "empty host";
  if (host[0] == '[')
    return host.back() == ']' && is_ipv6(host.substr(1, host.size() - 2)) ? ""
                                                                          : "invalid IPv6 address";
  const std::string name = percent_decoded(host);
  constexpr std::string_view kForbidden = " #/:<>?@[\\]^|%\x7F";
  for (const char c : name)
    if (static_cast<unsigned char>(c) < 0x20 || kForbidden.find(c) != std::string_view::npos)
      return "invalid international domain name";
  std::vector<std::string_view> parts = split(name, '.');
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  if (looks_like_ipv4(parts) && !is_ipv4(parts)) return "invalid IPv4 address";
  return "";
}

std::string_view port_error(std::string_view port) {
  unsigned number = 0;
  for (const char c : port) {
    if (!is_digit(c)) return "invalid port number";
    number = number * 10 + static_cast<unsigned>(c - '0');
    if (number > 65535) return "invalid port number";
  }
  return "";
}

// What is wrong with the part between scheme and path; "" for nothing.
std::string_view authority_error(std::string_view rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of("/\\"), rest.size()));
  std::string_view authority = rest.substr(0, rest.find_first_of("/\\?#"));
  if (const std::size_t user = authority.rfind('@'); user != std::string_view::npos)
    authority.remove_prefix(user + 1);
  std::size_t end = std::min(authority.find(':'), authority.size());
  if (!authority.empty() && authority[0] == '[') {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return "invalid IPv6 address";
    end = close + 1;
    if (end < authority.size() && authority[end] != ':') return "invalid port number";
  }
  if (const auto error = host_error(authority.substr(0, end)); !error.empty()) return error;
  return end < authority.size() ? port_error(authority.substr(end + 1)) : "";
}

}  // namespace

Coerced to_url(const Json& value, Coercion coercion, std::size_t longest) {
  const auto bad = [](Kind kind, std::string_view text = "") {
    return Coerced{Json(), kind, std::string(text)};
  };
  if (!value.is_string()) return bad(Kind::kUrlType);
  const auto& text = value.get_ref<const std::string&>();
  const bool lax = coercion == Coercion::kLax;
  if (lax && text.size() > longest) return bad(Kind::kUrlTooLong);
  if (text.empty()) return bad(Kind::kUrlParsing, "input is empty");
  std::string url = cleaned(text);
  const std::string scheme = scheme_of(url);
  if (scheme.empty()) return bad(Kind::kUrlParsing, "relative URL without a base");
  const bool web = scheme == "http" || scheme == "https";
  if (web) {
    const std::string_view error = authority_error(std::string_view(url).substr(scheme.size() + 1));
    if (!error.empty()) return bad(Kind::kUrlParsing, error);
  }
  if (!web && lax) return bad(Kind::kUrlScheme);
  return {std::move(url), std::nullopt, {}};
}

}  // namespace emulator::contract
