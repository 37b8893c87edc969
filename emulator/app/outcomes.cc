#include "emulator/app/outcomes.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "emulator/app/table.h"
#include "emulator/base/json_text.h"
#include "emulator/judge/outcomes.h"
#include "emulator/task/words.h"

namespace emulator {
namespace {

using contract::Contract;

template <class Value>
bool has(const std::vector<Value>& all, Value one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::string status(const Contract& facts, std::string_view name) {
  const auto found = facts.statuses.find(name);
  return found == facts.statuses.end() ? "" : found->second;
}

bool is_good(End end) { return end == End::kSucceed || end == End::kNsfw; }

// What a poll shows of a task that has ended so; "" where the provider has no such end.
std::string shown_end(const Contract& facts, End end) {
  if (end == End::kNsfw && !has(facts.ends, end) && has(facts.ends, End::kOutputModerated))
    return "as " + std::string(to_string(End::kOutputModerated));
  if (!has(facts.ends, end)) return "";
  if (end == End::kStuck) return status(facts, "running");
  if (end == End::kVanished) return "unknown task";
  for (const std::string_view name :
       {to_string(end), std::string_view("ended"),
        is_good(end) ? to_string(End::kSucceed) : to_string(End::kFailed)})
    if (std::string text = status(facts, name); !text.empty()) return text;
  return "";
}

// A submission of nothing, as far as wording a refusal looks at one.
Call submission(const Contract& facts, std::uint16_t provider, Sandbox& box) {
  Call call;
  auto request = std::make_shared<http::Request>();
  request->method = "POST";
  request->path = request->target = "/";
  call.request = std::move(request);
  call.provider = provider;
  const auto route = std::find_if(facts.routes.begin(), facts.routes.end(),
                                  [](const contract::Route& r) { return r.on == On::kSubmit; });
  if (route != facts.routes.end()) {
    call.route = &*route;
    call.door = route->door;
  }
  call.set_sandbox(box);
  return call;
}

Json shown_refusal(const Dialect& dialect, const Call& call, RefusalKind kind) {
  Refusal refusal;
  refusal.kind = kind;
  const http::Reply reply = dialect.refused(call, refusal);
  const auto body = decode_json(reply.body);
  return {{"status", reply.status}, {"body", body ? *body : Json(reply.body)}};
}

std::string cell(const Json& by_provider, const std::string& provider) {
  if (!by_provider.contains(provider)) return "-";
  const Json& value = by_provider[provider];
  return value.is_string() ? value.get<std::string>() : std::to_string(value["status"].get<int>());
}

std::string section(const std::string& title, const Json& outcomes,
                    const std::vector<std::string>& providers) {
  std::vector<std::vector<std::string>> rows{{title}};
  rows.front().insert(rows.front().end(), providers.begin(), providers.end());
  for (const auto& [name, by_provider] : outcomes.items()) {
    rows.push_back({name});
    for (const std::string& provider : providers)
      rows.back().push_back(cell(by_provider, provider));
  }
  return table_text(rows);
}

}  // namespace

Json outcomes(Registry& registry, const WallClock& wall) {
  Sandbox box("list", wall, Instant{}, 0);
  Json ends = Json::object(), refusals = Json::object(), errors = Json::object();
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    const Contract& facts = registry.contract(p);
    const std::string& name = registry.name(p);
    const Call call = submission(facts, p, box);
    for (const auto& row : kEndWords)
      if (std::string text = shown_end(facts, row.value); !text.empty())
        ends[std::string(row.text)][name] = std::move(text);
    for (const auto& row : kRefusalWords)
      if (has(facts.refusals, row.value))
        refusals[std::string(row.text)][name] = shown_refusal(registry.dialect(p), call, row.value);
    errors[name] = Json::array();
    for (const auto& [error, unused] : facts.task_errors) errors[name].push_back(error);
  }
  return {{"ends", ends}, {"refusals", refusals}, {"errors", errors}};
}

Json outcome_marks(Registry& registry) {
  Json out = Json::array();
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    for (const judge::Outcome& one : judge::outcomes_of(registry.contract(p)))
      out.push_back({{"outcome", one.name},
                     {"kind", judge::to_string(one.kind)},
                     {"provider", registry.name(p)},
                     {"on", to_string(one.on)},
                     {"transient", one.transient},
                     {"then", one.then}});
  return out;
}

namespace {

// One row an outcome and kind of request; a cell says what a good client makes of it.
std::string marks_page(const Json& marks, const std::vector<std::string>& providers,
                       std::size_t columns) {
  std::map<std::pair<std::string, std::string>, std::map<std::string, bool>> rows;
  std::vector<std::pair<std::string, std::string>> order;
  for (const Json& one : marks) {
    const std::pair key(one["on"].get<std::string>(), one["outcome"].get<std::string>());
    if (!rows.contains(key)) order.push_back(key);
    rows[key][one["provider"].get<std::string>()] = one["transient"].get<bool>();
  }
  std::vector<std::vector<std::string>> lines{{"on", "outcome"}};
  lines.front().insert(lines.front().end(), providers.begin(), providers.end());
  for (const auto& key : order) {
    lines.push_back({key.first, key.second});
    for (const std::string& provider : providers) {
      const auto mark = rows[key].find(provider);
      lines.back().push_back(mark == rows[key].end() ? "-" : mark->second ? "transient" : "final");
    }
  }
  return table_text(lines, columns);
}

}  // namespace

std::string outcomes_page(const Json& outcomes, const std::vector<std::string>& providers,
                          std::size_t columns) {
  std::string out = section("end", outcomes["ends"], providers) + '\n' +
                    section("refuse", outcomes["refusals"], providers) + "\nerror\n";
  std::vector<std::vector<std::string>> rows;
  for (const std::string& provider : providers) {
    std::string names;
    for (const Json& name : outcomes["errors"][provider])
      names += (names.empty() ? "" : ", ") + name.get<std::string>();
    rows.push_back({"  " + provider, names.empty() ? "none by name" : names});
  }
  out += table_text(rows, columns);
  if (outcomes.contains("outcomes"))
    out += "\n" + marks_page(outcomes["outcomes"], providers, columns);
  return out;
}

}  // namespace emulator
