#include "emulator/app/webhooks.h"

#include <algorithm>
#include <utility>

namespace emulator {
namespace {

constexpr std::size_t kListed = 50;  // of what is left at the end

}  // namespace

http::ClientOptions client_options(const ServeConfig& config) {
  http::ClientOptions out;
  const webhook::Policy policy = webhook::policy_of(config.webhooks);
  out.barred = [policy](const http::Address& address) { return webhook::barred(policy, address); };
  out.ca_file = config.webhook_ca;
  out.remedy = "--webhook-ca FILE names further certificates to trust";
  out.body_bytes = config.max_webhook_reply;
  out.kept_bytes = std::min<std::size_t>(out.kept_bytes, out.body_bytes);
  return out;
}

std::unique_ptr<webhook::Courier> make_courier(const ServeConfig& config, Sandboxes& sandboxes,
                                               http::Client& client, Loop& loop) {
  webhook::Courier::Options options;
  options.policy = webhook::policy_of(config.webhooks);
  options.limits.waiting = config.max_webhooks;
  options.limits.records = config.max_webhook_records;
  options.limits.record_bytes = config.max_webhook_bytes;
  options.limits.pool = {config.max_webhook_connections, config.max_webhook_share};
  return std::make_unique<webhook::Courier>(
      options,
      webhook::Courier::Parts{sandboxes,
                              [&client](http::Post post, std::function<void(http::Receipt)> done) {
                                return client.send(std::move(post), std::move(done));
                              },
                              [&loop](Duration wait, std::function<void()> work) {
                                return loop.after(wait, std::move(work));
                              }});
}

void ask_courier(Sandboxes::Options& boxes, const std::unique_ptr<webhook::Courier>& courier) {
  boxes.ends_moved = [&courier](Sandbox& box, const Task& task, bool others) {
    if (courier) courier->end_changed(box, task, others);
  };
  boxes.settle = [&courier](const Sandbox& box, std::function<void()> finished) {
    if (!courier) return finished();
    courier->settle(box, std::move(finished));
  };
  boxes.under_way = [&courier](const Sandbox& box) {
    return courier ? courier->under_way(box) : std::vector<Agenda::Entry>();
  };
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
