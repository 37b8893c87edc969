#include <algorithm>

#include "emulator/scenario/keys.h"
#include "emulator/scenario/span.h"
#include "emulator/scenario/then_parts.h"

// Reads `webhook`: what goes wrong with a webhook.
namespace emulator::scenario {

namespace {

void read_webhook_key(Reader& reader, const yaml::Node& key, const yaml::Node& value,
                      WebhookTrouble& trouble) {
  if (key.scalar == "times") {
    if (const auto times = reader.whole(value, "times", 1, kMostDeliveries)) {
      trouble.times = static_cast<int>(*times);
    }
    return;
  }
  if (key.scalar == "delay") {
    trouble.delay = read_span(reader, value, "delay");
    return;
  }
  std::vector<std::string> known{"times", "delay"};
  for (const WebhookFlag& row : kWebhookFlags) {
    if (row.name == key.scalar) {
      if (const auto set = reader.truth(value, row.name)) trouble.*row.flag = *set;
      return;
    }
    known.emplace_back(row.name);
  }
  reader.unknown_key(key, "webhook", known);
}

}  // namespace

void read_webhook(Reader& reader, const yaml::Node& node, Then& then) {
  std::vector<std::string> flags;
  flags.reserve(std::size(kWebhookFlags));
  for (const WebhookFlag& row : kWebhookFlags) flags.emplace_back(row.name);
  WebhookTrouble trouble;
  if (node.is_scalar()) {
    const auto row =
        std::find_if(kWebhookFlags.begin(), kWebhookFlags.end(),
                     [&](const WebhookFlag& flag) { return flag.name == node.scalar; });
    if (row == kWebhookFlags.end()) return reader.unknown_word(node, "webhook", flags);
    trouble.*row->flag = true;
  } else if (node.is_mapping() && !node.entries.empty()) {
    for (const auto& [key, value] : node.entries) read_webhook_key(reader, key, value, trouble);
    if (trouble.drop && node.entries.size() > 1) {
      reader.problem(node.at, "\"webhook\": what is dropped is not sent: leave out the rest");
    }
  } else {
    return reader.expected(node, "webhook",
                           "one of " + listed(flags) + ", or {times: 2} or {delay: 3s}");
  }
  if (const ProviderWords* words = reader.words(); words && !words->webhooks) {
    reader.problem(node.at, words->provider + " sends no webhooks");
  }
  then.webhook = trouble;
}

Json webhook_schema() {
  std::vector<std::string> flags;
  Json properties = {{"times", whole_schema(1, kMostDeliveries)}, {"delay", reference("span")}};
  for (const WebhookFlag& row : kWebhookFlags) {
    flags.emplace_back(row.name);
    properties[std::string(row.name)] = {{"type", "boolean"}};
  }
  Json parts = object_schema(std::move(properties));
  parts["minProperties"] = 1;
  return {{"anyOf", Json::array({one_of_texts(flags), std::move(parts)})}};
}

}  // namespace emulator::scenario
