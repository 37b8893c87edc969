// What every format's exchanges go through once they are read.
#include <algorithm>

#include "emulator/base/text.h"
#include "emulator/compare/inflate.h"
#include "emulator/compare/recording.h"
#include "emulator/image/inspect.h"

namespace emulator::compare {
namespace {

// Of the wire, or of the connection: they say nothing of what was asked or answered.
constexpr std::string_view kOfTheWire[] = {"content-length", "transfer-encoding", "connection",
                                           "keep-alive",     "content-encoding",  "te",
                                           "accept-encoding"};

void drop_wire_headers(http::Headers& headers) {
  std::vector<std::string> gone;
  for (const auto& [name, value] : headers) {
    // HTTP/2's own fields, as browsers write them down.
    if (name.empty() || name.front() == ':') gone.push_back(name);
    for (const std::string_view known : kOfTheWire)
      if (http::same_name(name, known)) gone.push_back(name);
  }
  for (const std::string& name : gone) headers.remove(name);
}

bool looks_compressed(std::string_view body) {
  if (body.substr(0, 2) == "\x1f\x8b") return true;
  return valid_utf8(body) != body;
}

// "" or why the body stays as it is.
std::string decompress(std::string& body, std::string_view encoding, std::size_t limit) {
  for (std::string_view word : split(encoding, ',')) {
    word = trimmed(word);
    if (word.empty() || word == "identity" || !looks_compressed(body)) continue;
    if (word != "gzip" && word != "x-gzip" && word != "deflate")
      return "its body is compressed as " + std::string(word) + ", which is not undone here";
    auto plain = inflated(body, limit);
    if (!plain) return "its body cannot be decompressed: " + plain.error();
    body = std::move(*plain);
  }
  return "";
}

}  // namespace

std::size_t Recorded::bytes() const {
  std::size_t out = sizeof(Recorded) + url.size() + body.size() + (reply ? reply->size() : 0);
  for (const auto& [name, value] : headers) out += name.size() + value.size() + 80;
  for (const auto& [name, value] : reply_headers) out += name.size() + value.size() + 80;
  return out;
}

void undo_encoding(Recorded& recorded, std::uint64_t body_limit) {
  const std::size_t limit = static_cast<std::size_t>(body_limit);
  if (const auto encoding = recorded.headers.get("content-encoding");
      encoding && recorded.body_known)
    if (!decompress(recorded.body, lower_case(*encoding), limit).empty())
      recorded.body_known = false;
  const std::string encoding =
      lower_case(recorded.reply_headers.get("content-encoding").value_or(""));
  if (recorded.reply) recorded.unread = decompress(*recorded.reply, encoding, limit);
  if (!recorded.unread.empty()) recorded.reply.reset();
  drop_wire_headers(recorded.headers);
  drop_wire_headers(recorded.reply_headers);
}

void settle(Recorded& recorded, std::uint64_t body_limit) {
  undo_encoding(recorded, body_limit);
  if (!recorded.reply) return;
  if (const auto type = image::sniffed_type(*recorded.reply); !type.empty()) {
    recorded.picture_type = std::string(type);
    recorded.picture_size = image::size_of(*recorded.reply);
    recorded.reply.reset();
  }
}

}  // namespace emulator::compare
