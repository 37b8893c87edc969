// `list webhooks`: what an emulator that runs has delivered, from its control API.
#include <utility>

#include "emulator/app/commands.h"
#include "emulator/base/json_text.h"
#include "emulator/http/server.h"
#include "emulator/webhook/url.h"

namespace emulator {
namespace {

constexpr std::size_t kMostBytes = 256u << 20;

// Sends one request and waits for what becomes of it.
http::Receipt fetched(http::Post post) {
  http::Server loop({}, {});
  http::ClientOptions options;
  options.body_bytes = options.kept_bytes = kMostBytes;
  const auto client = loop.client(std::move(options));
  http::Receipt out;
  const auto handle = client->send(std::move(post), [&](http::Receipt receipt) {
    out = std::move(receipt);
    loop.stop();
  });
  loop.run();
  return out;
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string human(const Json& webhook) {
  std::string out = text_of(webhook, "id") + " " + text_of(webhook, "state") + " " +
                    text_of(webhook, "provider") + " " + text_of(webhook, "event") + " task " +
                    text_of(webhook, "task") + " to " + text_of(webhook, "url") + "\n";
  if (const std::string reason = text_of(webhook, "reason"); !reason.empty())
    out += "  " + reason + "\n";
  for (const Json& attempt : webhook.at("attempts")) {
    out += "  " + text_of(attempt, "at") + " ";
    const std::string error = text_of(attempt, "error");
    if (attempt.contains("status")) out += "status " + attempt.at("status").dump() + " ";
    out += error.empty() ? "" : error + " ";
    if (attempt.contains("ms")) out += "in " + attempt.at("ms").dump() + " ms";
    while (out.ends_with(' ')) out.pop_back();
    out += "\n";
  }
  if (const std::string next = text_of(webhook, "next"); !next.empty())
    out += "  next " + next + "\n";
  if (const std::string curl = text_of(webhook, "curl"); !curl.empty()) out += "  " + curl + "\n";
  return out;
}

}  // namespace

int list_webhooks(const Config& config, const Surroundings& surroundings) {
  const auto failed = [&](const std::string& why) {
    surroundings.err("provider-emulator: " + config.at + ": " + why +
                     "; --at names the address of an emulator that runs\n");
    return 2;
  };
  auto url = webhook::parse_url(config.at + "/_emulator/sandboxes/" +
                                http::percent_encoded(config.sandbox) + "/webhooks");
  if (!url) return failed(url.error());
  http::Post post;
  post.method = "GET";
  post.secure = url->secure;
  post.host = url->host;
  post.port = url->port;
  post.target = url->target;
  if (!config.serve.control_token.empty())
    post.headers.add("authorization", "Bearer " + config.serve.control_token);
  const http::Receipt receipt = fetched(std::move(post));
  if (!receipt.error.empty()) return failed(receipt.error);
  const auto json = decode_json(receipt.body);
  if (!json || !json->is_object()) return failed("the answer is not an emulator's");
  if (receipt.status != 200) {
    const auto error = json->find("emulator_error");
    return failed(error != json->end() ? text_of(*error, "message")
                                       : "status " + std::to_string(receipt.status));
  }
  if (config.format == "json") {
    surroundings.out(receipt.body + "\n");
    return 0;
  }
  for (const Json& webhook : json->at("webhooks")) surroundings.out(human(webhook));
  return 0;
}

}  // namespace emulator
