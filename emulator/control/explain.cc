// An exchange as a person reads it at once: what came, what was answered, and why.
#include <string>

#include "emulator/base/json_text.h"
#include "emulator/base/roughly.h"
#include "emulator/base/text.h"
#include "emulator/control/views.h"
#include "emulator/webhook/url.h"

namespace emulator {
namespace {

constexpr std::size_t kTextBody = 2'000;

std::string line(const std::string& text) { return "  " + text + "\n"; }

std::string headers_text(const http::Headers& headers, Pipeline& pipeline) {
  std::string out;
  for (const auto& [name, value] : shown_headers(headers, pipeline))
    out += line(valid_utf8(std::string(name).append(": ").append(value)));
  return out;
}

std::string body_text(const std::string& kept, std::size_t bytes) {
  const std::string_view kind = body_kind(kept, bytes);
  if (kind == "none") return line("(no body)");
  if (kind == "binary") return line("(" + std::to_string(bytes) + " bytes that are no text)");
  std::string out = line(valid_utf8(std::string_view(kept).substr(0, kTextBody)));
  if (bytes > kept.size() || kept.size() > kTextBody)
    out += line("(of " + std::to_string(bytes) + " bytes)");
  return out;
}

std::string came(const Sandbox& box, const Exchange& exchange, Pipeline& pipeline) {
  std::string what = exchange.provider + ", " + std::string(to_string(exchange.on));
  if (!exchange.endpoint.empty()) what += ", endpoint " + valid_utf8(exchange.endpoint);
  if (!exchange.route.empty()) what += ", path \"" + exchange.route + "\" of the contract";
  what += exchange.key.empty() ? ", no key" : ", key " + exchange.key;
  return "Came\n" +
         line(rfc3339(exchange.at, 3) + " on the clock of sandbox " + box.name() + ", " +
              roughly(exchange.at - box.born) + " after its start") +
         line(what) + headers_text(exchange.request->headers, pipeline) +
         body_text(exchange.request->body, exchange.request_bytes);
}

std::string answered(const Exchange& exchange, Pipeline& pipeline) {
  if (exchange.answered == Instant{}) return "Answered\n" + line("not yet");
  const Duration waited = exchange.answered - exchange.at;
  std::string out = "Answered\n";
  if (exchange.status == 0)
    out += line("with no HTTP reply at all");
  else
    out += line(std::to_string(exchange.status));
  out += line("after " + roughly(waited) + " on the sandbox's clock, " + roughly(exchange.took) +
              " by the wall");
  if (!exchange.wire.empty()) out += line("trouble on the wire, as scripted: " + exchange.wire);
  return out + headers_text(headers_in(exchange.reply_head), pipeline) +
         body_text(exchange.reply_body, exchange.reply_bytes);
}

std::string decided(const Exchange& exchange) {
  if (!exchange.scenario)
    return line("No scenario was asked: the request was answered before that.");
  const scenario::Scenario& scenario = *exchange.scenario;
  std::string out;
  if (exchange.rules.empty())
    out += line("By default: no rule of scenario " + scenario.name + " matched.");
  for (std::size_t i = 0; i < exchange.rules.size(); ++i) {
    std::string text = "Scenario " + scenario.name + ": " +
                       rule_words(scenario, exchange.rules[i]) +
                       (i == 0 ? " decided" : " added to it");
    if (i == 0) text += ", its match number " + std::to_string(exchange.nth);
    out += line(text + ".");
  }
  for (const scenario::Miss& miss : exchange.misses)
    out += line("Nearly: " + rule_words(scenario, miss.rule) + ", but not " +
                valid_utf8(miss.condition) + ".");
  return out;
}

std::string by_chance(const Sandbox& box, const Exchange& exchange) {
  if (!exchange.scenario) return "";
  std::string out;
  for (const Drawn& drawn : exchange.drawn)
    out += (out.empty() ? "" : ", ") + std::string(drawn.what) + " " + worded(drawn.value);
  if (exchange.chance >= 0)
    out += (out.empty() ? "" : ", ") + ("chance " + compact_json(exchange.chance) + "%");
  if (out.empty()) return line("Nothing of it was left to chance.");
  const std::string of = exchange.rules.empty()
                             ? "the default"
                             : rule_words(*exchange.scenario, exchange.rules.front());
  return line("By chance: " + out + ". Drawn from seed " + std::to_string(box.seed) + ", sandbox " +
              box.name() + ", " + of + ", match " + std::to_string(exchange.nth) +
              "; the same seed draws the same.");
}

std::string task_text(const Exchange& exchange) {
  if (exchange.task.empty()) return "";
  std::string out = "Task " + valid_utf8(exchange.task) + ": ";
  const bool known = !exchange.task_before.empty() || !exchange.task_after.empty();
  if (!known) return line(out + "not known here");
  out += exchange.task_before.empty() ? "made now" : exchange.task_before;
  if (exchange.task_after == exchange.task_before)
    out += ", as before";
  else if (!exchange.task_after.empty())
    out += ", then " + exchange.task_after;
  return line(out + ".");
}

}  // namespace

std::string exchange_text(const Sandbox& box, const Exchange& exchange, Pipeline& pipeline) {
  std::string out =
      exchange_id(box, exchange) + "  " +
      valid_utf8(exchange.request->method + " " + exchange.request->target.substr(0, 2'000)) +
      "  ->  " + (exchange.status == 0 ? "-" : std::to_string(exchange.status)) + "\n\n";
  out += came(box, exchange, pipeline) + "\n" + answered(exchange, pipeline) + "\nWhy\n";
  if (!exchange.refusal.empty()) out += line("Refused: " + exchange.refusal + ".");
  out += decided(exchange) + by_chance(box, exchange) + task_text(exchange);
  if (!exchange.note.empty()) out += line("Note: " + valid_utf8(exchange.note));
  return out;
}

}  // namespace emulator
