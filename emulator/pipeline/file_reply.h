#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/http/message.h"

namespace emulator {

// Answers a GET or HEAD for a whole file as an object store does: 200, or 206 for one byte range,
// 416 for an impossible one, 304 when `if-none-match` names the etag. `headers` come first;
// content-length is the server's business. `etag` includes its quotes.
http::Reply file_reply(const http::Request& request, http::Headers headers, std::string bytes,
                       std::string_view content_type, std::string_view etag);

// The answer about a file of which only size and etag are known; nullopt when its bytes are needed.
// The answer to a HEAD states the length that the body would have.
std::optional<http::Reply> reply_without_bytes(const http::Request& request, http::Headers headers,
                                               std::uint64_t size, std::string_view content_type,
                                               std::string_view etag);

// The answer where not even the size is known: 304, or nullopt.
std::optional<http::Reply> not_modified(const http::Request& request, http::Headers headers,
                                        std::string_view content_type, std::string_view etag);

}  // namespace emulator
