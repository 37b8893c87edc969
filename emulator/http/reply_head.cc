#include "emulator/http/reply_head.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

namespace emulator::http {
namespace {

constexpr std::string_view kLength = "content-length";
constexpr std::string_view kConnection = "connection";
constexpr std::string_view kEncoding = "transfer-encoding";

bool bodyless(unsigned status) { return status < 200 || status == 204 || status == 304; }

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  out.append(digits, end);
}

// Whether there is a byte below 0x20. Looks at eight at a time, as every field is asked about.
bool has_controls(std::string_view text) {
  // A high bit where a byte is below 0x20, and none at all where no byte is.
  const auto low = [&text](std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    return ((word - 0x2020202020202020u) & ~word & 0x8080808080808080u) != 0;
  };
  if (text.size() < 8)
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  for (std::size_t at = 0; at + 8 <= text.size(); at += 8)
    if (low(at)) return true;
  return low(text.size() - 8);  // the last few, with those before them
}

// A line break inside a field would end it, and let whoever chose the text write the next one.
void append_value(std::string& out, std::string_view text) {
  const std::size_t from = out.size();
  out.append(text);
  if (!has_controls(text)) return;
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(from), out.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
}

void append_status_line(std::string& out, const Reply& reply) {
  if (reply.status == 200 && reply.reason.empty()) {
    out += "HTTP/1.1 200 OK\r\n";
    return;
  }
  out += "HTTP/1.1 ";
  append_number(out, std::clamp(reply.status, 100u, 999u));
  out += ' ';
  append_value(out, reply.reason.empty() ? standard_reason(reply.status) : reply.reason);
  out += "\r\n";
}

bool says_close(std::string_view connection) { return same_name(connection, "close"); }

}  // namespace

Framing framing_of(const Reply& reply, const Asked& asked, bool streamed) {
  Framing framing;
  framing.body = !asked.head_only && !bodyless(reply.status);
  framing.close = !asked.keep_alive;
  if (const auto connection = reply.headers.get(kConnection)) {
    framing.close = framing.close || says_close(*connection);
  }
  if (streamed) {
    framing.chunked = !reply.sized && asked.http11 && !bodyless(reply.status);
    framing.close = framing.close || (framing.body && !framing.chunked && !reply.sized);
  } else if (const auto stated = reply.headers.get(kLength); stated && framing.body) {
    std::uint64_t length = 0;
    const char* const end = stated->data() + stated->size();
    const auto parsed = std::from_chars(stated->data(), end, length);
    const bool true_length =
        parsed.ec == std::errc() && parsed.ptr == end && length == reply.body.size();
    framing.close = framing.close || !true_length;
  }
  return framing;
}

void append_head(std::string& out, const Reply& reply, const Asked& asked, const Framing& framing,
                 bool streamed) {
  append_status_line(out, reply);
  bool length_stated = false;
  bool connection_stated = false;
  for (const auto& [name, value] : reply.headers) {
    if (same_name(name, kEncoding)) continue;  // framing is ours alone
    if (same_name(name, kLength)) {
      if (streamed && !reply.sized) continue;
      length_stated = true;
    }
    connection_stated = connection_stated || same_name(name, kConnection);
    append_value(out, name);
    out += ": ";
    append_value(out, value);
    out += "\r\n";
  }
  if (framing.chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (!streamed && !length_stated) {
    // A status without a body has a length only when the handler left a body to measure.
    const bool announced = !bodyless(reply.status) || (reply.status == 304 && !reply.body.empty());
    if (announced) {
      out += "Content-Length: ";
      append_number(out, reply.body.size());
      out += "\r\n";
    }
  }
  if (!connection_stated) {
    if (framing.close) {
      out += "Connection: close\r\n";
    } else if (!asked.http11) {
      out += "Connection: keep-alive\r\n";
    }
  }
  out += "\r\n";
}

}  // namespace emulator::http
