// `list webhooks`: what an emulator that runs has delivered, from its control API.
#include <algorithm>
#include <vector>

#include "emulator/app/ask.h"
#include "emulator/app/commands.h"
#include "emulator/app/log_sink.h"
#include "emulator/base/did_you_mean.h"
#include "emulator/base/json_text.h"

namespace emulator {
namespace {

std::string human_webhook(const Json& webhook) {
  std::string out = text_in(webhook, "id") + " " + text_in(webhook, "state") + " " +
                    text_in(webhook, "provider") + " " + text_in(webhook, "event") + " task " +
                    text_in(webhook, "task") + " to " + text_in(webhook, "url") + "\n";
  if (const std::string reason = text_in(webhook, "reason"); !reason.empty())
    out += "  " + reason + "\n";
  for (const Json& attempt : webhook.at("attempts")) {
    out += "  " + text_in(attempt, "at") + " ";
    const std::string error = text_in(attempt, "error");
    if (attempt.contains("status")) out += "status " + attempt.at("status").dump() + " ";
    out += error.empty() ? "" : error + " ";
    if (attempt.contains("ms")) out += "in " + attempt.at("ms").dump() + " ms";
    while (out.ends_with(' ')) out.pop_back();
    out += "\n";
  }
  if (const std::string next = text_in(webhook, "next"); !next.empty())
    out += "  next " + next + "\n";
  if (const std::string curl = text_in(webhook, "curl"); !curl.empty()) out += "  " + curl + "\n";
  return out;
}

}  // namespace

int list_webhooks(const Config& config, const Surroundings& surroundings) {
  const std::string& token = config.serve.control_token;
  const std::string box = "/sandboxes/" + http::percent_encoded(config.sandbox);
  const auto failed = [&](const std::string& why) {
    surroundings.err("provider-emulator: " + why + "\n");
    return 2;
  };
  // Any call on a name makes it, which whoever misspells one does not want.
  const auto boxes = asked_control(config.at, token, "/sandboxes");
  if (!boxes) return failed(boxes.error());
  std::vector<std::string> names;
  for (const Json& one : boxes->at("sandboxes")) names.push_back(text_in(one, "name"));
  if (std::find(names.begin(), names.end(), config.sandbox) == names.end())
    return failed(config.at + ": there is no sandbox \"" + config.sandbox + "\"" +
                  did_you_mean(config.sandbox, names));
  const auto json = asked_control(config.at, token, box + "/webhooks");
  if (!json) return failed(json.error());
  if (config.format == "json") {
    surroundings.out(compact_json(*json) + "\n");
    return 0;
  }
  for (const Json& webhook : json->at("webhooks"))
    surroundings.out(printable(human_webhook(webhook)));
  return 0;
}

}  // namespace emulator
