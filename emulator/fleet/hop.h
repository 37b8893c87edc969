#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "emulator/http/message.h"

// How emulators of one fleet pass requests on: once, marked by a secret that only they know.
namespace emulator::fleet {

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
