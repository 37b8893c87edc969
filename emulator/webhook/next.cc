#include "emulator/webhook/next.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace emulator::webhook {
namespace {

// How many acknowledgements `forced_retries` takes as lost.
constexpr std::size_t kForced = 2;

bool good(unsigned status) { return status >= 200 && status < 300; }

bool is_settled(const Rules& rules, unsigned status) {
  return std::any_of(rules.settled.begin(), rules.settled.end(), [&](const auto& range) {
    return status >= range.first && status <= range.second;
  });
}

// The request that follows the answer to where it leads, if the provider follows. As browsers and
// HTTP libraries do it, only 307 and 308 keep method and body, and no password goes to another
// host.
std::optional<http::Post> followed(const Delivery& delivery, const http::Receipt& receipt,
                                   const Rules& rules) {
  const auto location = receipt.headers.get("location");
  if (receipt.status < 300 || receipt.status > 399 || !location || !receipt.error.empty() ||
      delivery.followed >= rules.redirects)
    return std::nullopt;
  Url from;
  from.secure = delivery.post.secure;
  from.host = delivery.post.host;
  from.port = delivery.post.port;
  from.target = delivery.post.target;
  const auto to = redirected(from, *location);
  if (!to) return std::nullopt;
  http::Post out = delivery.post;
  if (to->host != from.host) out.headers.remove("authorization");
  aim(out, *to);
  if (receipt.status != 307 && receipt.status != 308) {
    out.method = "GET";
    out.body = nullptr;
  }
  return out;
}

}  // namespace

std::string fault_of(const Delivery& delivery, const http::Receipt& receipt) {
  if (receipt.error.empty() && good(receipt.status) && delivery.trouble.forced_retries &&
      delivery.tried < kForced)
    return "the acknowledgement is taken as lost (forced_retries)";
  return receipt.error;
}

Step next(const Delivery& delivery, const http::Receipt& receipt, const Rules& rules, Instant now) {
  if (auto post = followed(delivery, receipt, rules)) return Send{std::move(*post)};
  if (receipt.refused) return End{State::kRefused, receipt.error};
  const std::string fault = fault_of(delivery, receipt);
  if (fault.empty() && good(receipt.status)) return End{State::kDelivered, ""};
  const std::string outcome = fault.empty() ? "status " + std::to_string(receipt.status) : fault;
  if (fault.empty() && is_settled(rules, receipt.status))
    return End{State::kFailed, outcome + " is not tried again"};
  if (delivery.by_hand || delivery.tried >= rules.waits.size())
    return End{State::kFailed, "given up, the last attempt with: " + outcome};
  return WaitUntil{now + rules.waits[delivery.tried]};
}

void aim(http::Post& post, const Url& url) {
  post.secure = url.secure;
  post.host = url.host;
  post.port = url.port;
  post.target = url.target;
}

}  // namespace emulator::webhook
