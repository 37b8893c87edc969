#include "emulator/app/webhooks.h"

#include <algorithm>
#include <utility>

namespace emulator {
namespace {

constexpr std::size_t kListed = 50;  // of what is left at the end

}  // namespace

http::ClientOptions client_options(const ServeConfig& config) {
  http::ClientOptions out = config.webhook_client;
  out.barred = [policy = config.webhooks.policy](const http::Address& address) {
    return webhook::barred(policy, address);
  };
  out.remedy = "--webhook-ca FILE names further certificates to trust";
  out.kept_bytes = std::min(out.kept_bytes, out.body_bytes);
  return out;
}

std::vector<std::string> undelivered(const webhook::Courier& courier) {
  std::vector<std::string> out;
  const std::size_t all = courier.waiting();
  if (all == 0) return out;
  out.push_back("webhooks not delivered: " + std::to_string(all));
  for (std::string& line : courier.undelivered(kListed)) out.push_back("  " + std::move(line));
  if (all > kListed) out.push_back("  and " + std::to_string(all - kListed) + " more");
  return out;
}

}  // namespace emulator
