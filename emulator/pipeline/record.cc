// Entries are many and are seldom looked at, so what is kept of each is small: bulk becomes its
// beginning and its length, and bytes that are no text nothing at all.
#include "emulator/pipeline/record.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

constexpr std::size_t kSmallBody = 1'024;
constexpr std::size_t kLongRun = 1'024;  // of base64
constexpr std::size_t kRunShown = 48;
constexpr std::size_t kLookedAt = 4'096;  // bytes that tell text from others

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '-' || c == '_' || c == '=';
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f';
}

// Looks at many bytes at a time, since every reply is asked about.
bool is_text(std::string_view body) {
  body = body.substr(0, kLookedAt);
  // A high bit where a byte is below 0x20, and none at all where no byte is.
  const auto low = [&body](std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, body.data() + at, 8);
    return (word - 0x2020202020202020u) & ~word & 0x8080808080808080u;
  };
  for (; body.size() >= 32; body.remove_prefix(32))
    if ((low(0) | low(8) | low(16) | low(24)) != 0 &&
        std::any_of(body.begin(), body.begin() + 32, is_control))
      return false;
  return std::none_of(body.begin(), body.end(), is_control);
}

void replace_all(std::string& text, const Mask& mask) {
  if (mask.key.empty()) return;
  for (auto at = text.find(mask.key); at != std::string::npos;
       at = text.find(mask.key, at + mask.shown.size()))
    text.replace(at, mask.key.size(), mask.shown);
}

bool is_secret_name(std::string_view name) {
  const std::string lower = lower_case(name);
  constexpr std::array<std::string_view, 4> kWords = {"key", "token", "secret", "password"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

http::Headers masked(const http::Headers& headers, const Mask& mask) {
  http::Headers out;
  out.reserve(headers.size());
  for (const auto& [name, value] : headers) {
    std::string shown = value;
    replace_all(shown, mask);
    out.add(name, std::move(shown));
  }
  return out;
}

}  // namespace

std::string shortened(std::string_view body, std::size_t limit) {
  if (body.size() <= kSmallBody && is_text(body)) return std::string(body.substr(0, limit));
  if (!is_text(body)) return {};
  std::string out;
  std::size_t at = 0;
  while (at < body.size() && out.size() < limit) {
    const char* const begin = body.data() + at;
    const char* const end = body.data() + body.size();
    const char* run = std::find_if(begin, end, is_base64);
    out.append(begin, run);
    const char* const over = std::find_if_not(run, end, is_base64);
    const auto length = static_cast<std::size_t>(over - run);
    if (length < kLongRun) {
      out.append(run, over);
    } else {
      out.append(run, kRunShown);
      out += "...[" + std::to_string(length) + " characters]";
    }
    at = static_cast<std::size_t>(over - body.data());
  }
  if (out.size() > limit) out.resize(limit);
  return out;
}

std::string masked_query(std::string_view query) {
  std::string out;
  for (const std::string_view pair : split(query, '&')) {
    if (!out.empty()) out += '&';
    const auto equals = pair.find('=');
    out += pair.substr(0, equals);
    if (equals == std::string_view::npos) continue;
    out += '=';
    const std::string_view value = pair.substr(equals + 1);
    if (value.empty() || !is_secret_name(http::percent_decoded(pair.substr(0, equals)))) {
      out += value;
    } else {
      out += value.substr(0, 4);
      out += '~';
      out += to_hex(sha256(value)).substr(0, 8);
    }
  }
  return out;
}

std::shared_ptr<const http::Request> recorded(const std::shared_ptr<const http::Request>& request,
                                              std::size_t body_limit, const Mask& mask) {
  const bool secret_query = !request->query.empty() && is_secret_name(request->query);
  const bool bulky = request->body.size() > std::min(kSmallBody, body_limit);
  if (!bulky && !secret_query && mask.key.empty() && is_text(request->body)) return request;
  auto kept = std::make_shared<http::Request>();
  kept->method = request->method;
  kept->path = request->path;
  kept->query = masked_query(request->query);
  replace_all(kept->path, mask);
  replace_all(kept->query, mask);
  kept->target = kept->query.empty() ? kept->path : kept->path + '?' + kept->query;
  kept->headers = masked(request->headers, mask);
  kept->secure = request->secure;
  kept->peer = request->peer;
  kept->body = shortened(request->body, body_limit);
  replace_all(kept->body, mask);
  return kept;
}

bool kept_whole(const http::Reply& reply, std::size_t body_limit, const Mask& mask) {
  return mask.key.empty() && reply.body.size() <= std::min(kSmallBody, body_limit) &&
         is_text(reply.body);
}

void record_reply(Exchange& exchange, const http::Reply& reply, std::size_t body_limit,
                  const Mask& mask) {
  exchange.reply_bytes = reply.body.size();
  exchange.reply_head = head_text(reply.headers);
  replace_all(exchange.reply_head, mask);
  exchange.reply_body = shortened(reply.body, body_limit);
  replace_all(exchange.reply_body, mask);
}

}  // namespace emulator
