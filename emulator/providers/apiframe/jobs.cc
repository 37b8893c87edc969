#include "emulator/providers/apiframe/jobs.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/providers/apiframe/facts.h"
#include "emulator/providers/apiframe/submission.h"
#include "emulator/scenario/scenario.h"

namespace emulator::apiframe {
namespace {

using contract::Contract;
using contract::Violation;
using Kind = contract::Violation::Kind;

constexpr std::array<std::string_view, 5> kStates = {"queued", "running", "succeed", "failed",
                                                     "cancelled"};

std::string_view state_of(const TaskView& view) {
  if (view.phase == Phase::kQueued) return "queued";
  if (view.phase == Phase::kRunning) return "running";
  if (view.made()) return "succeed";
  return view.end == End::kCancelled ? "cancelled" : "failed";
}

Json result_of(const Contract& contract, const Task& task, const std::vector<std::string>& links) {
  if (links.empty()) return nullptr;
  if (facts_of(contract).result_form == "string") return links.front();
  const auto count = static_cast<std::ptrdiff_t>(pictures_of(task));
  Json result;
  result["images"] = std::vector<std::string>(links.begin(), links.begin() + count);
  if (has_grid(task)) result["gridUrl"] = links.back();
  return result;
}

Json webhook_status(const Contract& contract, const Task& task) {
  if (!task.webhook) return nullptr;
  if (task.told == Told::kDelivered) return facts_of(contract).webhook_status;
  return task.told == Told::kFailed ? "failed" : "pending";
}

// --- The query of a list -----------------------------------------------------------------------

class Query {
 public:
  explicit Query(const Call& call) : call_(call) {}

  std::string text(const char* name) { return call_.parameter(name).value_or(""); }

  // One of `known`; "" when it is not given.
  std::string option(const char* name, const Json& known) {
    const auto given = call_.parameter(name);
    if (!given) return "";
    for (const Json& word : known)
      if (word == *given) return *given;
    Violation& violation = add(Kind::kEnum, name);
    violation.input = valid_utf8(*given);
    violation.limit = known;
    return "";
  }

  std::size_t limit() {
    const auto given = call_.parameter("limit");
    if (!given) return 20;
    double number = 0;
    const char* const end = given->data() + given->size();
    const auto [stop, error] = std::from_chars(given->data(), end, number);
    if (error != std::errc() || stop != end || !std::isfinite(number)) {
      add(Kind::kIntType, "limit").input = std::nan("");
    } else if (number != std::trunc(number)) {
      add(Kind::kIntFromFloat, "limit").input = number;
    } else if (number < 1) {
      add(Kind::kGreaterThanEqual, "limit").limit = 1;
    } else if (number > 100) {
      add(Kind::kLessThanEqual, "limit").limit = 100;
    } else {
      return static_cast<std::size_t>(number);
    }
    return 20;
  }

  void say(const char* name, std::string text) { add(Kind::kValue, name).text = std::move(text); }

  std::vector<Violation> violations;

 private:
  Violation& add(Kind kind, const char* name) {
    violations.push_back({});
    violations.back().kind = kind;
    violations.back().where.emplace_back(std::string(name));
    return violations.back();
  }

  const Call& call_;
};

// The id in a cursor; nullopt when it is none of ours.
std::optional<std::string> id_in(std::string_view cursor) {
  const auto text = from_base64(cursor);
  if (!text) return std::nullopt;
  const auto json = decode_json(*text);
  if (!json || !json->is_object() || json->size() != 1) return std::nullopt;
  const auto id = json->find("id");
  if (id == json->end() || !id->is_string() || !is_uuid(id->get_ref<const std::string&>()))
    return std::nullopt;
  return id->get<std::string>();
}

}  // namespace

bool is_job(const Task& task) { return Json::parse(*task.note).at("api") == 2; }

bool has_grid(const Task& task) { return Json::parse(*task.note).at("grid").get<bool>(); }

int pictures_of(const Task& task) { return task.plan.count - (has_grid(task) ? 1 : 0); }

std::string status_of(const Contract& contract, const TaskView& view) {
  return contract.statuses.find(state_of(view))->second;
}

std::string reason_of(const Contract& contract, const Task& task, const TaskView& view) {
  const auto known = [&contract](std::string_view name) -> std::optional<std::string> {
    const auto* text = contract.task_error<std::string>(name);
    return text == nullptr ? std::nullopt : std::optional(*text);
  };
  // What was wrong from the start goes before what a scenario says.
  if (view.end == End::kFailed && task.note)
    if (const auto own = known(Json::parse(*task.note).value("trouble", ""))) return *own;
  if (task.fate.script && task.fate.script->error) {
    const scenario::TaskError& error = *task.fate.script->error;
    if (const auto named = known(error.name)) return *named;
    if (!error.message.empty()) return error.message;
  }
  return known(to_string(view.end)).value_or(known("failed").value_or(""));
}

bool is_expired(const Task& task, const TaskView& view) {
  if (!view.made()) return false;
  if (task.fate.script && task.fate.script->links == scenario::LinkState::kExpired) return true;
  return view.now >= view.ended + task.fate.links_live_for;
}

Json job_body(const Contract& contract, const Task& task, const TaskView& view,
              const std::vector<std::string>& links) {
  const bool failed = view.done() && !view.made();
  const int progress = view.made() ? 100
                       : failed    ? 0
                                   : static_cast<int>(std::lround(view.progress * 100));
  Json body;
  body["id"] = task.id;
  body["status"] = status_of(contract, view);
  body["model"] = task.endpoint;
  body["progress"] = progress;
  body["result"] = result_of(contract, task, links);
  body["error"] = failed ? Json(reason_of(contract, task, view)) : Json();
  body["creditCost"] = failed ? 0 : std::llround(task.cost);
  body["webhookStatus"] = webhook_status(contract, task);
  body["createdAt"] = rfc3339(task.accepted, 3);
  body["completedAt"] = view.done() ? Json(rfc3339(view.ended, 3)) : Json();
  if (failed && view.end == End::kCancelled) body.update(facts_of(contract).cancelled_job);
  return body;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

std::string cursor_of(std::string_view id) { return base64(compact_json({{"id", id}})); }

Refusal bad_cursor(const Contract& contract) {
  Violation violation{};
  violation.kind = Kind::kValue;
  violation.where.emplace_back(std::string("cursor"));
  violation.text = facts_of(contract).cursor_text;
  return invalid(contract, {std::move(violation)});
}

Result<JobQuery, Refusal> read_query(const Call& call, const Contract& contract) {
  Query query(call);
  Json states = Json::array();
  for (const std::string_view state : kStates)
    states.push_back(contract.statuses.find(state)->second);
  JobQuery out;
  out.status = query.option("status", states);
  out.model = query.text("model");
  out.limit = query.limit();
  if (const auto cursor = call.parameter("cursor"); cursor && !cursor->empty()) {
    if (const auto id = id_in(*cursor))
      out.after = *id;
    else
      query.say("cursor", facts_of(contract).cursor_text);
  }
  const std::string scope = query.option("scope", {"user", "team"});
  out.search = query.text("search");
  if (!out.search.empty() && !is_uuid(out.search))
    query.say("search", facts_of(contract).search_text);
  out.models = query.option("include_models", {"true", "false"}) == "true";
  if (!query.violations.empty()) return Failure{invalid(contract, std::move(query.violations))};
  if (scope == "team" && !facts_of(contract).team_admin) {
    Refusal refusal;
    refusal.kind = RefusalKind::kForbidden;
    refusal.error = "team_scope";
    return Failure{std::move(refusal)};
  }
  return out;
}

}  // namespace emulator::apiframe
