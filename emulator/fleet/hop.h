#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "emulator/base/result.h"
#include "emulator/http/message.h"

// How emulators of one fleet pass requests on: once, marked by a secret that only they know.
namespace emulator::fleet {

// Where an emulator is reached by the others.
struct Place {
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 0;

  std::string text() const;  // HOST:PORT
};
// Reads HOST:PORT, or HOST alone where `port` is the one that is meant. The failure is one line.
Result<Place, std::string> parse_place(std::string_view text, std::uint16_t port = 0);

// What is sent along with a request that is passed on.
http::Headers hop_fields(const http::Request& request, const std::string& secret);

// The request as its client sent it: marked as passed on where it came from an emulator that knows
// the secret. Whatever else says that it was is not believed, and left out.
std::shared_ptr<const http::Request> received(std::shared_ptr<const http::Request> request,
                                              const std::string& secret);

// The answer to a request that was passed on to the wrong emulator: it is to be asked for anew.
http::Reply not_here();
bool says_not_here(const http::Reply& reply);

}  // namespace emulator::fleet
