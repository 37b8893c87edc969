#include "emulator/fleet/hop.h"

#include <charconv>
#include <utility>

#include "emulator/base/crypto.h"

namespace emulator::fleet {
namespace {

// SECRET SECURE NTH PEER, separated by blanks.
constexpr std::string_view kHop = "x-emulator-hop";
constexpr std::string_view kElsewhere = "x-emulator-elsewhere";

std::string_view next_word(std::string_view& text) {
  const auto blank = text.find(' ');
  const std::string_view word = text.substr(0, blank);
  text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
  return word;
}

std::uint64_t whole_number(std::string_view text) {
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

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
  out->nth = whole_number(next_word(words));
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
