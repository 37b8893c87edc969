#include "emulator/control/views.h"

#include <string>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/webhook/url.h"

namespace emulator {
namespace {

constexpr std::size_t kShownBody = 16'384;

std::string_view phase_word(const TaskView& view) {
  switch (view.phase) {
    case Phase::kQueued:
      return "queued";
    case Phase::kRunning:
      return "running";
    case Phase::kEnded:
      return "ended";
  }
  return "";
}

Json shown_text(const std::string& text, std::size_t whole) {
  std::string out = valid_utf8(std::string_view(text).substr(0, kShownBody));
  if (whole > text.size() || text.size() > kShownBody)
    out += "... (" + std::to_string(whole) + " bytes)";
  return out;
}

bool is_credential(std::string_view name) {
  return http::same_name(name, "x-key") || http::same_name(name, "authorization") ||
         http::same_name(name, "x-api-key");
}

Json headers_view(const http::Headers& headers, Pipeline& pipeline) {
  Json out = Json::array();
  for (const auto& [name, value] : headers) {
    std::string shown = value;
    if (is_credential(name)) {
      const auto blank = value.find(' ');
      const std::string scheme = blank == std::string::npos ? "" : value.substr(0, blank + 1);
      shown = scheme + pipeline.sandbox_name(std::string_view(value).substr(scheme.size()));
    }
    out.push_back({name, valid_utf8(shown)});
  }
  return out;
}

Json rule_view(const scenario::Scenario& scenario, std::size_t number) {
  const scenario::Rule& rule = scenario.rules[number];
  return {{"name", rule.name}, {"place", scenario.file + ":" + std::to_string(rule.at.line)}};
}

}  // namespace

std::string exchange_id(const Sandbox& box, const Exchange& exchange) {
  return box.name() + "-" + std::to_string(exchange.number);
}

Json task_view(Registry& registry, const Task& task, Instant now) {
  const TaskView view = state_at(task, now);
  Json out = {{"id", task.id},
              {"provider", registry.name(task.provider)},
              {"endpoint", task.endpoint},
              {"state", phase_word(view)},
              {"end", view.done() ? Json(word(view.end)) : Json(nullptr)},
              {"progress", view.progress},
              {"accepted", rfc3339(task.accepted, 3)},
              {"starts", rfc3339(view.started, 3)},
              {"ends", nullptr},
              {"links_expire", nullptr},
              {"prompt", valid_utf8(task.prompt)},
              {"seed", task.seed},
              {"width", task.plan.width},
              {"height", task.plan.height},
              {"pictures", task.plan.count},
              {"cost", task.cost},
              {"input", nullptr}};
  if (const auto end = due_end(task)) {
    out["ends"] = rfc3339(*end, 3);
    if (state_at(task, *end).made())
      out["links_expire"] = rfc3339(*end + task.fate.links_live_for, 3);
  }
  out["input"] = input_of(registry.contract(task.provider), task);
  return out;
}

Json exchange_line(const Sandbox& box, const Exchange& exchange) {
  return {{"id", exchange_id(box, exchange)},
          {"at", rfc3339(exchange.at, 3)},
          {"provider", exchange.provider},
          {"on", word(exchange.on)},
          {"method", exchange.request->method},
          {"target",
           valid_utf8(webhook::without_credentials(exchange.request->target).substr(0, 2'000))},
          {"status", exchange.status},
          {"endpoint", exchange.endpoint},
          {"task", exchange.task},
          {"wire", exchange.wire},
          {"refusal", exchange.refusal}};
}

Json exchange_view(const Sandbox& box, const Exchange& exchange, Pipeline& pipeline) {
  Json out = exchange_line(box, exchange);
  out["answered"] =
      exchange.answered == Instant{} ? Json(nullptr) : Json(rfc3339(exchange.answered, 3));
  out["key"] = exchange.key;
  out["route"] = exchange.route;
  const http::Request& request = *exchange.request;
  out["request"] = {{"headers", headers_view(request.headers, pipeline)},
                    {"body", shown_text(request.body, request.body.size())}};
  out["reply"] = {{"status", exchange.status},
                  {"headers", headers_view(exchange.reply_headers, pipeline)},
                  {"body", shown_text(exchange.reply_body, exchange.reply_bytes)},
                  {"bytes", exchange.reply_bytes}};
  Json rules = Json::array();
  Json misses = Json::array();
  if (exchange.scenario) {
    for (const std::size_t rule : exchange.rules)
      rules.push_back(rule_view(*exchange.scenario, rule));
    for (const scenario::Miss& miss : exchange.misses) {
      Json view = rule_view(*exchange.scenario, miss.rule);
      view["failed"] = miss.condition;
      misses.push_back(std::move(view));
    }
  }
  out["why"] = {{"scenario", exchange.scenario ? exchange.scenario->name : ""},
                {"rules", std::move(rules)},
                {"nth", exchange.nth},
                {"nearly", std::move(misses)},
                {"refusal", exchange.refusal},
                {"task_before", exchange.task_before},
                {"task_after", exchange.task_after},
                {"note", exchange.note}};
  return out;
}

}  // namespace emulator
