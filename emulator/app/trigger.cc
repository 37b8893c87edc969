// `trigger`: one webhook of a provider, worded and signed as it does, without an app.
#include <chrono>
#include <thread>
#include <utility>

#include "emulator/app/ask.h"
#include "emulator/app/commands.h"
#include "emulator/app/contracts.h"
#include "emulator/app/log_sink.h"
#include "emulator/app/sdk_environment.h"
#include "emulator/base/did_you_mean.h"
#include "emulator/base/json_text.h"

namespace emulator {
namespace {

using Words = std::vector<std::pair<std::string_view, std::string>>;

constexpr int kTriggerFailed = 2;
constexpr int kRefusedByReceiver = 1;  // the receiver did not acknowledge it
constexpr auto kLookAgain = std::chrono::milliseconds(20);
constexpr auto kLongestWait = std::chrono::seconds(60);

// What receivers call it, and what a scenario calls the end of the task that it tells of.
struct Event {
  std::string_view name;
  std::string_view end;
};
constexpr Event kEvents[] = {{"completed", "succeed"},
                             {"failed", "failed"},
                             {"moderated", "output_moderated"},
                             {"nsfw", "nsfw"}};

// A body of the contract with its words filled in. A member that is nothing but a word for which
// there is nothing to say is left out.
Json filled(const Json& body, const Words& words) {
  if (body.is_string()) return with_words(body.get_ref<const std::string&>(), words);
  if (!body.is_structured()) return body;
  Json out = body.is_object() ? Json::object() : Json::array();
  for (auto it = body.begin(); it != body.end(); ++it) {
    Json value = filled(*it, words);
    if (body.is_array()) {
      out.push_back(std::move(value));
    } else if (value != "" || *it == "") {
      out[it.key()] = std::move(value);
    }
  }
  return out;
}

// The submission that asks for a webhook, as an app would send it to that provider.
Question submission(const contract::Trigger& trigger, const Config& config) {
  Words words = key_words(config.key);
  words.emplace_back("prompt", config.prompt);
  words.emplace_back("secret", config.secret);
  words.emplace_back("to", http::percent_encoded(config.to));
  Question out;
  out.method = "POST";
  out.url = with_words(trigger.post, words);
  words.back().second = config.to;
  for (const auto& [name, value] : trigger.headers) out.headers.add(name, with_words(value, words));
  out.headers.add("content-type", "application/json");
  out.body = compact_json(filled(trigger.body, words));
  return out;
}

// The provider's `trigger`; else one line.
Result<contract::Trigger, std::string> trigger_of(const Config& config) {
  Registry registry(built_in_providers());
  if (std::string problem = lay_over(registry, config.serve.contracts); !problem.empty())
    return Failure{std::move(problem)};
  std::vector<std::string> names;
  std::string all;
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    const auto& trigger = registry.doors(p).trigger;
    if (!trigger) continue;
    if (registry.name(p) == config.what) return *trigger;
    names.push_back(registry.name(p));
    all += (all.empty() ? "" : ", ") + registry.name(p);
  }
  std::string problem = registry.find(config.what) ? config.what + " sends no webhooks"
                                                   : "there is no provider \"" + config.what + "\"";
  const std::string meant = did_you_mean(config.what, names);
  problem += meant.empty() ? "; those that send some are " + all : meant;
  return Failure{std::move(problem)};
}

// What the emulator is told to do with it, at once and at its end.
std::string then_of(const Config& config, std::string_view end) {
  std::string out = "queue: 0s, run: 0s, end: " + std::string(end);
  if (!config.then.empty()) out += ", " + config.then;
  return out;
}

std::string one_line_of(const Json& webhook) {
  std::string out = text_in(webhook, "provider") + " " + text_in(webhook, "event") + " to " +
                    text_in(webhook, "url") + ": " + text_in(webhook, "state");
  if (const std::string why = text_in(webhook, "reason"); !why.empty()) out += ", " + why;
  const Json attempts = webhook.value("attempts", Json::array());
  if (attempts.empty()) return out;
  const Json& last = attempts.back();
  if (last.contains("status")) out += ", status " + last["status"].dump();
  if (const std::string error = text_in(last, "error"); !error.empty()) out += ", " + error;
  if (last.contains("ms")) out += " in " + last["ms"].dump() + " ms";
  return out;
}

// Submits, waits for the first attempt to be over, tells of it.
class Trigger {
 public:
  Trigger(const Config& config, contract::Trigger submitted, std::string at, std::string token,
          const Surroundings& surroundings)
      : config_(config),
        submitted_(std::move(submitted)),
        at_(std::move(at)),
        token_(std::move(token)),
        surroundings_(surroundings) {}

  int run(std::string_view end) {
    Question question = submission(submitted_, config_);
    question.url = at_ + question.url;
    question.headers.add("x-emulator-then", then_of(config_, end));
    const auto submitted = asked(std::move(question));
    if (!submitted) return failed(at_ + ": " + submitted.error());
    if (submitted->status >= 300) return failed("the submission was refused: " + submitted->body);
    const auto json = decode_json(submitted->body);
    const std::string task = json ? task_in(*json) : "";
    return watched(task);
  }

 private:
  static std::string task_in(const Json& answer) {
    if (!answer.is_object()) return "";
    for (const char* name : {"id", "request_id", "jobId", "task_id"})
      if (std::string id = text_in(answer, name); !id.empty()) return id;
    const auto data = answer.find("data");
    return data != answer.end() && data->is_object() ? text_in(*data, "id") : "";
  }

  int watched(const std::string& task) {
    const std::string box = config_.key.substr(0, config_.key.find(':'));
    const std::string path = "/sandboxes/" + http::percent_encoded(box) +
                             "/webhooks?task=" + http::percent_encoded(task);
    for (auto waited = std::chrono::milliseconds(0); waited < kLongestWait; waited += kLookAgain) {
      const auto json = asked_control(at_, token_, path);
      if (!json) return failed(json.error());
      const Json& all = json->at("webhooks");
      if (!all.empty() && is_over(all.front())) return told(all.front(), path);
      std::this_thread::sleep_for(kLookAgain);
    }
    return failed("no attempt was over within " + std::to_string(kLongestWait.count()) + " s");
  }

  // Retries belong to an app's patience, not to a look.
  static bool is_over(const Json& webhook) {
    const Json attempts = webhook.value("attempts", Json::array());
    if (text_in(webhook, "state") != "pending") return true;
    return !attempts.empty() && !attempts.front().contains("under_way");
  }

  int told(const Json& webhook, const std::string& path) {
    const bool taken = text_in(webhook, "state") == "delivered";
    if (config_.format == "json") {
      surroundings_.out(compact_json(webhook) + "\n");
      return taken ? 0 : kRefusedByReceiver;
    }
    const std::string details = path.substr(0, path.find('?')) + "/" + text_in(webhook, "id");
    const auto whole = asked_control(at_, token_, details);
    std::string out = one_line_of(webhook) + "\n";
    if (whole) {
      out += "\n";
      const Json headers = whole->value("headers", Json());
      if (headers.is_array())
        for (const Json& pair : headers)
          if (pair.is_array() && pair.size() == 2)
            out += pair[0].get<std::string>() + ": " + pair[1].get<std::string>() + "\n";
      out += "\n" + text_in(*whole, "body") + "\n";
    }
    surroundings_.out(printable(out));
    return taken ? 0 : kRefusedByReceiver;
  }

  int failed(const std::string& why) const {
    surroundings_.err("provider-emulator: " + why + "\n");
    return kTriggerFailed;
  }

  const Config& config_;
  const contract::Trigger submitted_;
  const std::string at_;
  const std::string token_;
  const Surroundings& surroundings_;
};

}  // namespace

int trigger_command(const Config& config, const Surroundings& surroundings) {
  const auto failed = [&](const std::string& why) {
    surroundings.err("provider-emulator: " + why + "\n");
    return kTriggerFailed;
  };
  std::string_view end;
  for (const Event& event : kEvents)
    if (event.name == config.event) end = event.end;
  if (end.empty()) return failed("no event is called \"" + config.event + "\"");
  auto submitted = trigger_of(config);
  if (!submitted) return failed(submitted.error());
  if (!config.url.empty())
    return Trigger(config, std::move(*submitted), config.url, config.serve.control_token,
                   surroundings)
        .run(end);

  // An emulator of its own, for as long as this takes; links in the webhook die with it.
  ServeConfig serve = config.serve;
  serve.server.port = 0;
  serve.log = "off";
  serve.announce = false;
  Surroundings quiet = surroundings;
  quiet.out = quiet.err = [](const std::string&) {};
  auto app = App::make(std::move(serve), std::move(quiet));
  if (!app) return failed(app.error());
  if (const auto port = (*app)->start(App::Signals::kLeftAlone); !port) return failed(port.error());
  std::thread serving([&app] { (*app)->run(); });
  const int code =
      Trigger(config, std::move(*submitted), (*app)->url(), (*app)->control_token(), surroundings)
          .run(end);
  (*app)->stop();
  serving.join();
  return code;
}

}  // namespace emulator
