#include "emulator/fleet/hop.h"

#include <charconv>
#include <optional>
#include <utility>

namespace emulator::fleet {
namespace {

// SECRET SECURE NTH PEER, separated by blanks.
constexpr std::string_view kHop = "x-emulator-hop";
constexpr std::string_view kElsewhere = "x-emulator-elsewhere";

// Compares without telling by its time how far a guess was right.
bool same_secret(std::string_view given, std::string_view secret) {
  if (secret.empty() || given.size() != secret.size()) return false;
  unsigned differences = 0;
  for (std::size_t i = 0; i < secret.size(); ++i)
    differences |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(secret[i]);
  return differences == 0;
}

std::string_view next_word(std::string_view& text) {
  const auto blank = text.find(' ');
  const std::string_view word = text.substr(0, blank);
  text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
  return word;
}

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number out = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size())
    return std::nullopt;
  return out;
}

}  // namespace

std::string Place::text() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Place, std::string> parse_place(std::string_view text, std::uint16_t port) {
  const Failure<std::string> failure{"\"" + std::string(text.substr(0, 200)) +
                                     "\" is no HOST:PORT"};
  Place out;
  out.port = port;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return failure;
    out.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    out.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (!rest.empty()) {
    const auto number = whole<std::uint16_t>(rest.substr(1));
    if (!rest.starts_with(':') || !number) return failure;
    out.port = *number;
  }
  if (out.host.empty() || out.port == 0 ||
      out.host.find_first_of(" /@\\\"\r\n\t") != std::string::npos)
    return failure;
  return out;
}

http::Headers hop_fields(const http::Request& request, const std::string& secret) {
  return {{std::string(kHop), secret + (request.secure ? " 1 " : " 0 ") +
                                  std::to_string(request.nth) + " " + request.peer}};
}

std::shared_ptr<const http::Request> received(std::shared_ptr<const http::Request> request,
                                              const std::string& secret) {
  const auto field = request->headers.get(kHop);
  if (!field) return request;
  std::string_view words = *field;
  const bool ours = same_secret(next_word(words), secret);
  auto out = std::make_shared<http::Request>(*request);
  out->headers.remove(kHop);
  if (!ours) return out;
  out->passed_on = true;
  out->secure = next_word(words) == "1";
  out->nth = whole<std::uint64_t>(next_word(words)).value_or(0);
  out->peer = words;
  return out;
}

http::Reply not_here() {
  http::Reply reply;
  reply.status = 421;
  reply.headers.add(std::string(kElsewhere), "1");
  return reply;
}

bool says_not_here(const http::Reply& reply) { return reply.headers.has(kElsewhere); }

}  // namespace emulator::fleet
