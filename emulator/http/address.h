#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace emulator::http {

// An IPv4 or IPv6 address. A plain value.
struct Address {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // of IPv4 the first four

  // "127.0.0.1", "::1"
  std::string text() const;
};

// An address as it is written, IPv6 with or without brackets; nullopt for a name.
std::optional<Address> parse_address(std::string_view text);

// IPv6 addresses that stand for an IPv4 one (::ffff:10.0.0.1) as that one; others as they are.
Address unmapped(const Address& address);

}  // namespace emulator::http
