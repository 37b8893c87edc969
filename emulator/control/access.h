#pragma once

#include <optional>
#include <string>

#include "emulator/http/message.h"
#include "emulator/pipeline/visitors.h"

namespace emulator::control {

// Who may steer the emulator.
struct Access {
  std::string token;               // "" : none asked for
  std::string host;                // the address listened on; its name is no foreign Host
  std::string public_url;          // its host is no foreign one either
  Visitors visitors = Visitors();  // which pages are foreign
  // What a page of our own sends in `x-emulator-page`, beside having our origin. Drawn at the start
  // and written into no reply but that page itself, which nothing but a browser's address line, or
  // a link that is followed, is to be given: another document on this origin cannot read it.
  // "" : there is no page.
  std::string page_key = "";
};

// The answer to a request by a name that is not ours; nullopt where it is. Part of `denied`.
std::optional<http::Reply> foreign_host(const Access& access, const http::Request& request);
// Why a request does not get at the control API; nullopt when it does.
std::optional<http::Reply> denied(const Access& access, const http::Request& request);

// The answer to a browser that asks on behalf of a page, allowed by name, what it may send; nullopt
// for every other request. `denied` comes first, with the request as it is.
std::optional<http::Reply> preflight(const Access& access, const http::Request& request);
// Lets a page that is allowed by name read the answer to its request.
void let_read(const Access& access, const http::Request& request, http::Reply& reply);

}  // namespace emulator::control
