#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/http/message.h"
#include "emulator/sandbox/journal.h"

// What the journal keeps of a request and its reply: all a reader needs to understand the exchange,
// and nothing that would push the other exchanges out of it, or give a key away.
namespace emulator {

// A credential that must not be seen, and what is shown in its place. Empty: nothing to hide.
struct Mask {
  std::string key;
  std::string shown;
};

// A body without its bulk: runs of base64 from 1 KiB on as their beginning and their length, and
// nothing at all of what is no text. JSON stays JSON. At most `limit` bytes.
std::string shortened(std::string_view body, std::size_t limit);

// The request as the journal keeps it; itself where it is small and holds no key.
std::shared_ptr<const http::Request> recorded(const std::shared_ptr<const http::Request>& request,
                                              std::size_t body_limit, const Mask& mask);

// True when a reply can be kept as it is: it is short, text, and there is no key to hide.
bool kept_whole(const http::Reply& reply, std::size_t body_limit, const Mask& mask);

// Notes a reply. `body_limit` bounds what is kept of its body.
void record_reply(Exchange& exchange, const http::Reply& reply, std::size_t body_limit,
                  const Mask& mask);

// A request line without its secrets: values of parameters that are called key, token, secret or
// password, in whole or in part.
std::string masked_query(std::string_view query);

}  // namespace emulator
