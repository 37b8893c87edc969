#include "emulator/control/views.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/webhook/url.h"

namespace emulator {
namespace {

constexpr std::size_t kBriefPrompt = 500;  // bytes

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

bool is_credential(std::string_view name) {
  for (const std::string_view known :
       {"x-key", "authorization", "x-api-key", "proxy-authorization", "cookie", "set-cookie"})
    if (http::same_name(name, known)) return true;
  return false;
}

Json body_view(const std::string& kept, std::size_t bytes) {
  const std::string_view kind = body_kind(kept, bytes);
  return {{"body", kind == "binary" ? Json(nullptr) : Json(valid_utf8(kept))},
          {"bytes", bytes},
          {"kind", kind}};
}

Json headers_view(const http::Headers& headers, Pipeline& pipeline) {
  Json out = Json::array();
  for (const auto& [name, value] : shown_headers(headers, pipeline))
    out.push_back({name, valid_utf8(value)});
  return out;
}

std::string to_hex_number(std::uint64_t number) {
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return text.data();
}

double in_ms(Duration duration) {
  return std::round(std::chrono::duration<double, std::micro>(duration).count()) / 1'000;
}

Json rule_view(const scenario::Scenario& scenario, std::size_t number) {
  const scenario::Rule& rule = scenario.rules[number];
  return {{"name", rule.name}, {"place", scenario.file + ":" + std::to_string(rule.at.line)}};
}

}  // namespace

std::string exchange_id(const Sandbox& box, const Exchange& exchange) {
  return box.name() + "-" + std::to_string(exchange.number);
}

Json task_view(Registry& registry, const Task& task, Instant now, bool brief) {
  const TaskView view = state_at(task, now);
  Json out = {
      {"id", task.id},
      {"provider", registry.name(task.provider)},
      {"endpoint", task.endpoint},
      {"state", phase_word(view)},
      {"end", view.done() ? Json(to_string(view.end)) : Json(nullptr)},
      {"progress", view.progress},
      {"accepted", rfc3339(task.accepted, 3)},
      {"starts", rfc3339(view.started, 3)},
      {"ends", nullptr},
      {"links_expire", nullptr},
      {"prompt",
       valid_utf8(std::string_view(task.prompt).substr(0, brief ? kBriefPrompt : SIZE_MAX))},
      {"seed", task.seed.json()},
      {"width", task.plan.width},
      {"height", task.plan.height},
      {"pictures", task.plan.count},
      {"cost", task.cost},
      {"input", nullptr}};
  if (const auto end = due_end(task)) {
    out["ends"] = rfc3339(*end, 3);
    // Without a span they live for good.
    if (state_at(task, *end).made() && task.fate.links_live_for > Duration::zero())
      out["links_expire"] = rfc3339(*end + task.fate.links_live_for, 3);
  }
  if (!brief) out["input"] = input_of(registry.contract(task.provider), task);
  return out;
}

Json exchange_line(const Sandbox& box, const Exchange& exchange) {
  return {{"id", exchange_id(box, exchange)},
          {"at", rfc3339(exchange.at, 3)},
          {"provider", exchange.provider},
          {"on", to_string(exchange.on)},
          {"method", valid_utf8(exchange.request->method)},
          {"target",
           valid_utf8(webhook::without_credentials(exchange.request->target).substr(0, 2'000))},
          {"status", exchange.status},
          {"endpoint", valid_utf8(exchange.endpoint)},
          {"task", valid_utf8(exchange.task)},
          {"wire", exchange.wire},
          {"refusal", exchange.refusal}};
}

http::Headers shown_headers(const http::Headers& headers, Pipeline& pipeline) {
  http::Headers out;
  for (const auto& [name, value] : headers) {
    std::string shown = value;
    if (is_credential(name)) {
      const auto blank = value.find(' ');
      const std::string scheme = blank == std::string::npos ? "" : value.substr(0, blank + 1);
      shown = scheme + pipeline.sandbox_name(std::string_view(value).substr(scheme.size()));
    }
    out.add(name, std::move(shown));
  }
  return out;
}

std::string rule_words(const scenario::Scenario& scenario, std::size_t number) {
  const scenario::Rule& rule = scenario.rules[number];
  std::string out = "rule ";
  if (!rule.name.empty()) out += '"' + rule.name + "\" ";
  return out + "at " + scenario.file + ":" + std::to_string(rule.at.line);
}

std::string_view body_kind(const std::string& kept, std::size_t bytes) {
  if (bytes == 0) return "none";
  return kept.empty() ? "binary" : "text";
}

namespace {

// What was left to chance, and the draw it was taken from: seed, sandbox, rule and match make it.
Json draw_view(const Sandbox& box, const Exchange& exchange) {
  Json values = Json::object();
  for (const Drawn& drawn : exchange.drawn) values[drawn.what] = worded(drawn.value);
  Json out = {{"key", to_hex_number(exchange.draw_key)},
              {"seed", box.seed},
              {"match", exchange.nth},
              {"drawn", std::move(values)}};
  if (exchange.chance >= 0) out["chance"] = exchange.chance;
  return out;
}

Json why_view(const Sandbox& box, const Exchange& exchange) {
  Json rules = Json::array();
  Json misses = Json::array();
  if (exchange.scenario) {
    for (const std::size_t rule : exchange.rules)
      rules.push_back(rule_view(*exchange.scenario, rule));
    for (const scenario::Miss& miss : exchange.misses) {
      Json view = rule_view(*exchange.scenario, miss.rule);
      view["failed"] = valid_utf8(miss.condition);
      misses.push_back(std::move(view));
    }
  }
  return {{"scenario", exchange.scenario ? exchange.scenario->name : ""},
          {"rules", std::move(rules)},
          {"nth", exchange.nth},
          {"nearly", std::move(misses)},
          {"draw", exchange.scenario ? draw_view(box, exchange) : Json(nullptr)},
          {"refusal", exchange.refusal},
          {"task_before", exchange.task_before},
          {"task_after", exchange.task_after},
          {"note", valid_utf8(exchange.note)}};
}

}  // namespace

Json exchange_view(const Sandbox& box, const Exchange& exchange, Pipeline& pipeline) {
  const bool pending = exchange.answered == Instant{};
  Json out = exchange_line(box, exchange);
  out["age"] = worded(exchange.at - box.born);
  out["answered"] = pending ? Json(nullptr) : Json(rfc3339(exchange.answered, 3));
  out["took_ms"] = pending ? Json(nullptr) : Json(in_ms(exchange.took));
  out["key"] = exchange.key;
  out["route"] = exchange.route;
  const http::Request& request = *exchange.request;
  out["request"] = {{"headers", headers_view(request.headers, pipeline)}};
  out["request"].update(body_view(request.body, exchange.request_bytes));
  out["reply"] = {{"status", exchange.status},
                  {"headers", headers_view(headers_in(exchange.reply_head), pipeline)}};
  out["reply"].update(body_view(exchange.reply_body, exchange.reply_bytes));
  out["why"] = why_view(box, exchange);
  return out;
}

}  // namespace emulator
