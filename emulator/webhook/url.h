#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/base/result.h"

namespace emulator::webhook {

// An http or https address, taken apart.
struct Url {
  bool secure = false;
  std::string host;  // lower case; IPv6 in brackets
  std::uint16_t port = 80;
  std::string target = "/";  // path and query, with nothing in it that may not be sent
  std::string credentials;   // "user:password", decoded; "" when it has none
};

// The failure says in words why it is no address to send to.
Result<Url, std::string> parse_url(std::string_view text);

// The address a `Location` header means, seen from `from`.
Result<Url, std::string> redirected(const Url& from, std::string_view location);

// Whether it has a user name; and the address without user name and password.
bool has_credentials(std::string_view url);
std::string bare_url(std::string_view url);

// Any text with addresses in it, percent-encoded ones too (`?webhook=http%3A%2F%2F...`): their user
// names and passwords are replaced by `***`. For logs.
std::string without_credentials(std::string_view text);

}  // namespace emulator::webhook
