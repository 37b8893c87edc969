#include "emulator/webhook/record.h"

#include <charconv>

#include "emulator/base/text.h"
#include "emulator/webhook/url.h"

namespace emulator::webhook {
namespace {

constexpr std::size_t kLongestInline = 16u << 10;

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::kPending:
      return "pending";
    case State::kDelivered:
      return "delivered";
    case State::kFailed:
      return "failed";
    case State::kRefused:
      return "refused";
    case State::kDropped:
      return "dropped";
  }
  return "";
}

std::string Record::id() const { return "wh-" + std::to_string(number); }

std::size_t Record::bytes() const {
  std::size_t sum = 400 + task.size() + url.size() + reason.size() + (body ? body->size() : 0);
  for (const auto& [name, value] : headers) sum += name.size() + value.size() + 64;
  for (const Attempt& attempt : attempts) sum += 100 + attempt.error.size() + attempt.reply.size();
  return sum;
}

http::Headers Record::sent_headers() const {
  http::Headers out = headers;
  if (late) out.add(late->name, late->value());
  return out;
}

std::optional<std::uint64_t> number_in(std::string_view id) {
  if (id.starts_with("wh-")) id.remove_prefix(3);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), value);
  if (id.empty() || error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  return value;
}

std::string curl_line(const Record& record, const std::string& body_url) {
  const bool has_body = record.body != nullptr;
  const bool piped = has_body && record.body->size() > kLongestInline;
  std::string out;
  if (piped) out += "curl -s " + shell_quoted(body_url) + " | ";
  out += "curl -i -X POST " + shell_quoted(bare_url(record.url));
  if (has_credentials(record.url)) out += " -u \"$WEBHOOK_USER\"";
  for (const auto& [name, value] : record.sent_headers())
    if (!http::same_name(name, "authorization"))
      out += " -H " + shell_quoted(std::string(name).append(": ").append(value));
  if (has_body) out += " --data-binary " + (piped ? std::string("@-") : shell_quoted(*record.body));
  return out;
}

}  // namespace emulator::webhook
