// The account's predictions as lists and sums. All of it is worked out from the tasks when asked.
#include "emulator/providers/wavespeed/history.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/providers/wavespeed/facts.h"
#include "emulator/providers/wavespeed/prediction.h"
#include "emulator/providers/wavespeed/submission.h"
#include "emulator/providers/wavespeed/window.h"
#include "emulator/providers/wavespeed/wording.h"

namespace emulator::wavespeed {
namespace {

// Tasks of the provider that the account still shows, newest first. `visit` returns false to stop.
template <class Visit>
void newest_first(const Sandbox& box, std::uint16_t provider, const Visit& visit) {
  const auto& tasks = box.tasks.all();
  for (auto task = tasks.rbegin(); task != tasks.rend(); ++task)
    if (task->provider == provider && !visit(*task)) return;
}

bool known_status(const contract::Contract& contract, const std::string& word) {
  return std::any_of(contract.statuses.begin(), contract.statuses.end(),
                     [&](const auto& status) { return status.second == word; });
}

std::string options_of(const contract::Contract& contract) {
  std::set<std::string> words;
  for (const auto& status : contract.statuses) words.insert(status.second);
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "[\"" : ", \"") + word + "\"";
  return out + "]";
}

std::string day_of(Instant at) { return rfc3339(at, 0).substr(0, 10); }

// An id of ours for something that belongs to a task or to the key.
std::string derived_id(const Sandbox& box, std::string_view purpose, std::uint64_t nth) {
  Draw draw = box.draw(purpose, nth);
  return uuid_v4(draw);
}

}  // namespace

Result<Json, Refusal> history_page(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  const contract::Contract& contract = dialect.contract();
  auto body = object_of(call);
  if (!body) return Failure{body.error()};
  const auto window = window_of(*body, {"model", "created_after", "created_before", true});
  if (!window) return Failure{window.error()};
  std::string status;
  if (const auto asked = body->find("status"); asked != body->end() && !asked->is_null()) {
    const bool known = asked->is_string() && (asked->get_ref<const std::string&>().empty() ||
                                              known_status(contract, asked->get<std::string>()));
    if (!known && facts_of(contract).bad_status_filter == "refuse")
      return Failure{
          about_field("not_an_option", "status",
                      {{"options", options_of(contract)}, {"got", shown_value(*asked)}})};
    status = asked->is_string() ? asked->get<std::string>() : "?";
  }
  const bool with_inputs = body->value("include_inputs", Json(false)) == Json(true);

  Json items = Json::array();
  const Duration kept = contract.common.kept_for.value_or(Duration::max() / 4);
  // A page beyond all pages is empty; the product cannot overflow below that bound.
  std::int64_t skip = std::min<std::int64_t>(window->page - 1, 1'000'000'000) * window->page_size;
  newest_first(*call.box, call.provider, [&](const Task& task) {
    if (task.accepted + kept < call.now) return false;
    if (task.deleted || !window->holds(task)) return true;
    const TaskView view = state_at(task, call.now);
    if (view.done() && view.end == End::kVanished) return true;
    if (!status.empty() && status_of(contract, task, view) != status) return true;
    if (skip > 0) {
      --skip;
      return true;
    }
    desk.know_pictures(call, task, view);
    Json item = prediction(dialect, call, *call.box, task, view, Form::kHistory);
    if (with_inputs) item["inputs"] = input_of(contract, task);
    items.push_back(std::move(item));
    return static_cast<std::int64_t>(items.size()) < window->page_size;
  });
  return Json{{"page", window->page}, {"items", std::move(items)}};
}

Result<Json, Refusal> delete_predictions(const Call& call, Desk& desk) {
  auto body = object_of(call);
  if (!body) return Failure{body.error()};
  const auto ids = body->find("ids");
  if (ids == body->end() || ids->is_null()) return Failure{about_field("missing", "ids")};
  const bool texts = ids->is_array() && std::all_of(ids->begin(), ids->end(),
                                                    [](const Json& id) { return id.is_string(); });
  if (!texts)
    return Failure{about_field("wrong_type", "ids",
                               {{"kind", "array of strings"}, {"got", shown_value(*ids)}})};
  for (const Json& id : *ids) {
    const Task* const task = desk.find_task(call, id.get_ref<const std::string&>());
    if (task != nullptr) desk.remove_task(call, *task);
  }
  return Json(nullptr);
}

Result<Json, Refusal> usage_stats(const Call& call, const contract::Contract& contract,
                                  std::uint16_t provider) {
  auto body = object_of(call);
  if (!body) return Failure{body.error()};
  const auto window = window_of(*body, {"model_uuid", "start_time", "end_time", false});
  if (!window) return Failure{window.error()};
  struct Model {
    double cost = 0;
    std::int64_t count = 0;
    Instant last{};
  };
  std::map<std::string, Model> models;
  std::map<std::string, std::pair<double, std::int64_t>> days;
  double cost = 0;
  std::int64_t requests = 0;
  std::int64_t good = 0;
  newest_first(*call.box, provider, [&](const Task& task) {
    if (!window->holds(task)) return true;
    const TaskView view = state_at(task, call.now);
    const double paid = view.done() && !view.made() ? 0 : task.cost;
    Model& model = models[task.endpoint];
    model.cost += paid;
    model.last = std::max(model.last, task.accepted);
    ++model.count;
    auto& day = days[day_of(task.accepted)];
    day.first += paid;
    ++day.second;
    cost += paid;
    ++requests;
    if (view.made()) ++good;
    return true;
  });
  Json per_model = Json::array();
  for (const auto& [id, model] : models) {
    const contract::Endpoint* endpoint = contract.endpoint(id);
    const EndpointFacts facts = endpoint != nullptr ? facts_of(*endpoint) : EndpointFacts();
    per_model.push_back({{"model_uuid", id},
                         {"model_type", facts.type},
                         {"unit_price", amount(endpoint != nullptr ? endpoint->price : 0)},
                         {"total_cost", amount(model.cost)},
                         {"total_count", model.count},
                         {"last_used_date", day_of(model.last)}});
  }
  Json daily = Json::array();
  for (const auto& [day, sums] : days)
    daily.push_back({{"date", day}, {"amount", amount(sums.first)}, {"count", sums.second}});
  return Json{
      {"per_model_usage", std::move(per_model)},
      {"daily_usage", std::move(daily)},
      {"summary",
       {{"total_cost", amount(cost)}, {"total_requests", requests}, {"success_requests", good}}}};
}

Result<Json, Refusal> billing_search(const Call& call, const contract::Contract& contract,
                                     std::uint16_t provider) {
  auto body = object_of(call);
  if (!body) return Failure{body.error()};
  const auto window = window_of(*body, {"model_uuid", "start_time", "end_time", true});
  if (!window) return Failure{window.error()};
  const Json kind = body->value("billing_type", Json());
  const bool deductions = !kind.is_string() || kind == "" || kind == "deduct";
  const std::string key = derived_id(*call.box, "wavespeed key", 0);
  const Json asked_key = body->value("access_key_uuid", Json());
  const bool own_key = !asked_key.is_string() || asked_key == "" || asked_key == key;
  Json items = Json::array();
  bool more = false;
  std::int64_t skip = std::min<std::int64_t>(window->page - 1, 1'000'000'000) * window->page_size;
  newest_first(*call.box, provider, [&](const Task& task) {
    if (!deductions || !own_key) return false;
    if (!window->holds(task)) return true;
    const TaskView view = state_at(task, call.now);
    if (view.done() && !view.made()) return true;  // nothing was taken, or it was given back
    if (skip > 0) {
      --skip;
      return true;
    }
    if (static_cast<std::int64_t>(items.size()) == window->page_size) {
      more = true;
      return false;
    }
    items.push_back({{"uuid", derived_id(*call.box, "wavespeed billing", task.serial)},
                     {"billing_type", "deduct"},
                     {"price", amount(task.cost)},
                     {"created_at", rfc3339_trimmed(task.accepted)},
                     {"access_key_name", "default"},
                     {"access_key_uuid", key},
                     {"order", Json::object()},
                     {"prediction",
                      {{"uuid", task.id},
                       {"model_uuid", task.endpoint},
                       {"status", status_of(contract, task, view)}}},
                     {"consumption", Json::object()}});
    return true;
  });
  return Json{{"page", window->page}, {"has_more", more}, {"items", std::move(items)}};
}

Json account_usage(const Call& call, std::uint16_t provider) {
  Window window;
  window.model = call.parameter("model").value_or("");
  if (const auto from = time_in(call.parameter("start_date").value_or(""))) window.from = *from;
  if (const auto to = time_in(call.parameter("end_date").value_or("")))
    window.to = *to + std::chrono::hours(24) - std::chrono::nanoseconds(1);
  std::map<std::string, std::pair<std::int64_t, double>> models;
  double cost = 0;
  std::int64_t requests = 0;
  newest_first(*call.box, provider, [&](const Task& task) {
    if (!window.holds(task)) return true;
    const TaskView view = state_at(task, call.now);
    const double paid = view.done() && !view.made() ? 0 : task.cost;
    auto& model = models[task.endpoint];
    ++model.first;
    model.second += paid;
    ++requests;
    cost += paid;
    return true;
  });
  Json by_model = Json::array();
  for (const auto& [id, sums] : models)
    by_model.push_back({{"model", id}, {"requests", sums.first}, {"cost", amount(sums.second)}});
  return {{"period", rfc3339(call.now, 0).substr(0, 7)},
          {"total_requests", requests},
          {"total_cost", amount(cost)},
          {"by_model", std::move(by_model)}};
}

// The account was topped up once, when it was made.
Json account_billings(const Call& call, const contract::Contract& contract) {
  const std::string kind = call.parameter("type").value_or("");
  const auto number = [&](const char* name, std::int64_t otherwise) {
    const std::string text = call.parameter(name).value_or("");
    const bool digits = !text.empty() && text.size() < 6 &&
                        text.find_first_not_of("0123456789") == std::string::npos;
    return digits && std::stoll(text) > 0 ? std::int64_t{std::stoll(text)} : otherwise;
  };
  const std::int64_t page = number("page", 1);
  const std::int64_t size = number("page_size", 20);
  Json items = Json::array();
  const bool fits = kind.empty() || kind == "topup";
  if (fits && page == 1) {
    Draw draw = call.box->draw("wavespeed topup");
    items.push_back(
        {{"id", "txn_" + hex_id(draw, 12)},
         {"type", "topup"},
         {"amount", amount(call.box->scenario->credits.value_or(contract.common.credits))},
         {"currency", "USD"},
         {"status", "completed"},
         {"payment_method", "stripe"},
         {"created_at", rfc3339_trimmed(call.box->born)}});
  }
  return {{"items", std::move(items)},
          {"pagination", {{"page", page}, {"page_size", size}, {"total", fits ? 1 : 0}}}};
}

}  // namespace emulator::wavespeed
