// The answer to a request for a file follows from the file's size and tag alone, as a plan: status,
// headers, the part that is asked for. Only who has the bytes can carry it out.
#include "emulator/pipeline/file_reply.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "emulator/base/text.h"

namespace emulator {
namespace {

struct Range {
  std::size_t first = 0;
  std::size_t last = 0;  // inclusive
};
enum class Asked { kWhole, kPart, kImpossible };

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// One range only; several, or anything malformed, are ignored as RFC 9110 allows.
std::pair<Asked, Range> asked_range(std::string_view header, std::size_t size) {
  if (!starts_with_name(header, "bytes=")) return {Asked::kWhole, {}};
  header.remove_prefix(6);
  const auto dash = header.find('-');
  if (dash == std::string_view::npos || header.find(',') != std::string_view::npos)
    return {Asked::kWhole, {}};
  const std::string_view from = trimmed(header.substr(0, dash));
  const std::string_view to = trimmed(header.substr(dash + 1));
  if (from.empty()) {
    const auto tail = number(to);
    if (!tail) return {Asked::kWhole, {}};
    if (*tail == 0 || size == 0) return {Asked::kImpossible, {}};
    return {Asked::kPart, {*tail < size ? size - *tail : 0, size - 1}};
  }
  const auto first = number(from);
  if (!first) return {Asked::kWhole, {}};
  std::size_t last = size == 0 ? 0 : size - 1;
  if (!to.empty()) {
    const auto asked = number(to);
    if (!asked || *asked < *first) return {Asked::kWhole, {}};
    if (*asked < last) last = *asked;
  }
  if (*first >= size) return {Asked::kImpossible, {}};
  return {Asked::kPart, {*first, last}};
}

bool names_etag(std::string_view header, std::string_view etag) {
  for (std::string_view part : split(header, ',')) {
    part = trimmed(part);
    if (part.starts_with("W/")) part.remove_prefix(2);
    if (part == "*" || part == etag) return true;
  }
  return false;
}

// A reply whose head is complete; of the body, the part to send.
struct Planned {
  http::Reply reply;
  std::optional<Range> part;  // nullopt: nothing, or the whole
  bool body = true;
};

http::Reply head_of(http::Headers headers, std::string_view content_type, std::string_view etag) {
  http::Reply reply;
  reply.headers = std::move(headers);
  reply.headers.set("content-type", std::string(content_type));
  reply.headers.set("etag", std::string(etag));
  reply.headers.set("accept-ranges", "bytes");
  return reply;
}

Planned planned(const http::Request& request, http::Headers headers, std::size_t size,
                std::string_view content_type, std::string_view etag) {
  Planned out;
  if (auto known = not_modified(request, headers, content_type, etag)) {
    out.reply = std::move(*known);
    out.body = false;
    return out;
  }
  out.reply = head_of(std::move(headers), content_type, etag);
  const auto if_range = request.headers.get("if-range");
  const auto range = request.headers.get("range");
  if (!range || (if_range && *if_range != etag)) return out;
  const auto [asked, part] = asked_range(*range, size);
  const std::string whole = std::to_string(size);
  if (asked == Asked::kImpossible) {
    out.reply.status = 416;
    out.reply.headers.set("content-range", "bytes */" + whole);
    out.reply.headers.remove("content-md5");
    out.body = false;
  } else if (asked == Asked::kPart) {
    out.reply.status = 206;
    out.reply.headers.set("content-range", "bytes " + std::to_string(part.first) + "-" +
                                               std::to_string(part.last) + "/" + whole);
    out.part = part;
  }
  return out;
}

}  // namespace

std::optional<http::Reply> not_modified(const http::Request& request, http::Headers headers,
                                        std::string_view content_type, std::string_view etag) {
  const auto known = request.headers.get("if-none-match");
  if (!known || !names_etag(*known, etag)) return std::nullopt;
  http::Reply reply = head_of(std::move(headers), content_type, etag);
  reply.status = 304;
  return reply;
}

std::optional<http::Reply> reply_without_bytes(const http::Request& request, http::Headers headers,
                                               std::uint64_t size, std::string_view content_type,
                                               std::string_view etag) {
  Planned plan =
      planned(request, std::move(headers), static_cast<std::size_t>(size), content_type, etag);
  if (!plan.body) return std::move(plan.reply);
  if (request.method != "HEAD") return std::nullopt;
  const std::uint64_t length = plan.part ? plan.part->last - plan.part->first + 1 : size;
  plan.reply.headers.set("Content-Length", std::to_string(length));
  return std::move(plan.reply);
}

http::Reply file_reply(const http::Request& request, http::Headers headers, std::string bytes,
                       std::string_view content_type, std::string_view etag) {
  Planned plan = planned(request, std::move(headers), bytes.size(), content_type, etag);
  if (!plan.body) return std::move(plan.reply);
  if (plan.part) {
    bytes.resize(plan.part->last + 1);
    bytes.erase(0, plan.part->first);
  }
  plan.reply.body = std::move(bytes);
  return std::move(plan.reply);
}

}  // namespace emulator
