// `tail`: what happens in a sandbox of an emulator that runs, a line each, until one of both ends.
#include <algorithm>
#include <string>
#include <utility>

#include "emulator/app/ask.h"
#include "emulator/app/commands.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

constexpr std::size_t kMostHeld = 1u << 20;  // of one event

std::string short_task(const std::string& id) {
  return id.empty() ? "" : "task " + id.substr(0, 8);
}

// One event in the words of the log.
std::string event_line(const std::string& sandbox, const std::string& kind, const Json& data,
                       const LogLook& look, Instant wall) {
  LogLine line;
  line.wall = wall;
  const auto at = parse_instant(text_in(data, "at"));
  line.at = at ? *at : wall;
  line.sandbox = sandbox;
  line.what = kind;
  if (kind == "request" || kind == "held") {
    line.what = text_in(data, "method");
    line.target = text_in(data, "target");
    const auto status = data.find("status");
    if (kind == "request" && status != data.end() && status->is_number_integer())
      line.status = status->get<unsigned>();
    line.task = short_task(text_in(data, "task"));
    for (const std::string& word : {text_in(data, "refusal"), text_in(data, "wire")})
      if (!word.empty()) line.words += (line.words.empty() ? "" : ", ") + word;
    if (kind == "held") line.words = "waits for its answer";
    if (const std::string id = text_in(data, "id"); !id.empty()) line.place = "(" + id + ")";
  } else if (kind == "task") {
    line.task = text_in(data, "id").substr(0, 8);
    line.words = text_in(data, "state");
    if (const std::string end = text_in(data, "end"); !end.empty()) line.words += ": " + end;
  } else if (kind == "clock") {
    line.words = "stands at " + text_in(data, "at");
    if (const auto speed = data.find("speed"); speed != data.end() && *speed != 0)
      line.words = "is at " + text_in(data, "at") + " and runs";
  } else {
    line.task = text_in(data, "id");
    line.words = kind == "gone" ? "the sandbox was let go" : text_in(data, "what");
    if (kind == "dropped") line.words = text_in(data, "reason");
  }
  return human_line(line, look);
}

// Server-sent events, as they come in pieces.
class Events {
 public:
  Events(const Config& config, const Surroundings& surroundings)
      : config_(config), surroundings_(surroundings) {}

  void take(std::string_view piece) {
    if (held_.size() + piece.size() > kMostHeld) held_.clear();
    held_ += piece;
    for (auto end = held_.find("\n\n"); end != std::string::npos; end = held_.find("\n\n")) {
      tell(std::string_view(held_).substr(0, end));
      held_.erase(0, end + 2);
    }
  }

 private:
  void tell(std::string_view event) {
    std::string kind, data;
    for (const std::string_view line : split(event, '\n')) {
      if (line.starts_with("event: ")) kind = line.substr(7);
      if (line.starts_with("data: ")) data = line.substr(6);
    }
    const auto json = decode_json(data);
    if (kind.empty() || !json || !json->is_object()) return;
    if (config_.format == "json") {
      Json out = {{"sandbox", config_.sandbox}, {"event", kind}};
      out["data"] = *json;
      surroundings_.out(compact_json(out) + "\n");
      return;
    }
    const LogLook look = surroundings_.out_look ? surroundings_.out_look() : LogLook{};
    surroundings_.out(event_line(config_.sandbox, kind, *json, look, surroundings_.wall->now()));
  }

  const Config& config_;
  const Surroundings& surroundings_;
  std::string held_;
};

}  // namespace

int tail_command(const Config& config, const Surroundings& surroundings) {
  const auto failed = [&](const std::string& why) {
    surroundings.err("provider-emulator: " + why + "\n");
    return 2;
  };
  const std::string& token = config.serve.control_token;
  const std::string path = "/sandboxes/" + http::percent_encoded(config.sandbox);
  // Says what is wrong in one line: no emulator, another server, a token that is missing.
  if (const auto box = asked_control(config.at, token, path); !box) return failed(box.error());
  Events events(config, surroundings);
  Question question;
  question.url = config.at + "/_emulator" + path + "/events";
  if (!config.kinds.empty()) question.url += "?kind=" + http::percent_encoded(config.kinds);
  if (!token.empty()) question.headers.add("authorization", "Bearer " + token);
  std::string refused;
  question.hear = [&](std::string_view piece) {
    if (refused.size() < 4096) refused += piece;
    events.take(piece);
  };
  const auto reply = asked(std::move(question));
  if (!reply) return failed(config.at + ": " + reply.error());
  if (reply->status == 200) return 0;
  const auto json = decode_json(refused);
  const Json error = json && json->is_object() ? json->value("emulator_error", Json()) : Json();
  return failed(
      config.at + ": " +
      (error.is_object() ? text_in(error, "message") : "status " + std::to_string(reply->status)));
}

}  // namespace emulator
