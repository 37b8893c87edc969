#include "emulator/providers/apiframe/legacy.h"

#include <cmath>
#include <utility>

#include "emulator/contract/validate.h"
#include "emulator/contract/wording.h"
#include "emulator/pipeline/body.h"
#include "emulator/pipeline/incoming.h"
#include "emulator/pipeline/sizes.h"
#include "emulator/providers/apiframe/facts.h"
#include "emulator/providers/apiframe/jobs.h"
#include "emulator/providers/apiframe/submission.h"

namespace emulator::apiframe {
namespace {

using contract::Contract;
using contract::Endpoint;
using contract::Violation;

constexpr std::string_view kByRatio = "flux-pro-1.1-ultra";  // the others go by width and height

// "prompt: Required", for the first thing that is wrong.
std::string violation_text(const Violation& violation, const Contract& contract) {
  const Json details = contract::zod_details({violation}, facts_of(contract).messages);
  const auto first = details.begin();
  const std::string text = first->front().get<std::string>();
  return first.key().empty() ? text : first.key() + ": " + text;
}

// A ratio that the page of the model rules out.
bool ratio_fits(const Json& input, const Contract& contract) {
  const std::string_view text = text_in(input, "aspect_ratio");
  if (text.empty() || text_in(input, "model") != kByRatio) return true;
  const auto ratio = ratio_of(text);
  return ratio && facts_of(contract).v1_ratio_limits.allow(*ratio);
}

// Sides count for every model but the one that goes by ratio.
Json parameters_of(const Json& input) {
  Json parameters = input;
  if (text_in(input, "model") == kByRatio) {
    parameters.erase("width");
    parameters.erase("height");
    if (!parameters.contains("aspect_ratio")) parameters["aspect_ratio"] = "16:9";
  }
  return parameters;
}

}  // namespace

bool is_legacy(const Call& call) {
  return call.route != nullptr && call.route->name.starts_with("v1_");
}

Refusal legacy_refusal(std::string message) {
  Refusal refusal;
  refusal.error = "v1_refused";
  refusal.args["message"] = std::move(message);
  return refusal;
}

Result<Submission, Refusal> read_legacy(const Call& call, const Contract& contract) {
  const auto& body = call.json();
  if (!body || !body->is_object()) return Failure{legacy_refusal("Invalid JSON")};
  const Endpoint& endpoint =
      *contract.endpoint(call.route->name == "v1_imagine" ? "imagine" : "flux-imagine");
  contract::Rules rules;
  rules.all = false;
  const auto input = contract::validate(*body, endpoint.fields, false, rules);
  if (!input) return Failure{legacy_refusal(violation_text(input.error().front(), contract))};
  if (!ratio_fits(*input, contract)) return Failure{legacy_refusal("aspect_ratio: Invalid")};
  const auto pictures = pictures_in(*input, endpoint.fields, contract, call);
  const auto bad = bad_picture(pictures, contract);
  if (bad && bad->at_once)
    return Failure{legacy_refusal(
        place_of(*bad->picture) + ": " +
        std::string(contract::text_named(facts_of(contract).messages, bad->name, bad->name)))};

  Submission out;
  out.endpoint = endpoint.id;
  out.prompt = prompt_in(*input, endpoint.fields);
  out.model = text_in(*input, "model");
  out.plan = plan_of(endpoint, parameters_of(*input), first_size(pictures));
  out.seed = seed_in(*input, endpoint.fields);
  out.cost = endpoint.price;
  if (const std::string url(text_in(*input, "webhook_url")); !url.empty())
    out.webhook = WebhookAsk{url, std::string(text_in(*input, "webhook_secret")),
                             kProgressEvent | kCompletedEvent | kFailedEvent | kLegacyAsk};
  out.note = {{"api", 1}, {"grid", facts_of(endpoint).grid}};
  if (bad) {
    out.doomed = End::kFailed;
    out.note["trouble"] = bad->name;
  }
  out.input = *input;
  for (const char* name : {"image_prompt", "webhook_url", "webhook_secret"}) out.input.erase(name);
  return out;
}

Json legacy_body(const Contract& contract, const Task& task, const TaskView& view,
                 const std::vector<std::string>& links) {
  const bool failed = view.done() && !view.made();
  const char* const state = view.made()                    ? "v1_succeed"
                            : failed                       ? "v1_failed"
                            : view.phase == Phase::kQueued ? "v1_queued"
                                                           : "v1_running";
  Json body;
  body["task_id"] = task.id;
  body["task_type"] = task.endpoint;
  if (!view.made() || facts_of(contract).v1_finished_status)
    body["status"] = contract.statuses.find(state)->second;
  if (!view.done()) {
    const auto percentage = std::lround(view.progress * 100);
    body["percentage"] = percentage;
    if (facts_of(contract).v1_percentage == "text") body["percentage"] = std::to_string(percentage);
  }
  if (failed) body["message"] = reason_of(contract, task, view);
  if (!view.made()) return body;
  body["original_image_url"] = links.back();
  if (!has_grid(task)) {
    body["image_url"] = links.front();
    return body;
  }
  const auto count = static_cast<std::ptrdiff_t>(pictures_of(task));
  body["image_urls"] = std::vector<std::string>(links.begin(), links.begin() + count);
  body["actions"] = facts_of(contract).v1_actions;
  return body;
}

Result<std::vector<std::string>, Refusal> many_ids(const Call& call, const Contract& contract) {
  const auto& body = call.json();
  if (!body || !body->is_object()) return Failure{legacy_refusal("Invalid JSON")};
  const auto ids = body->find("task_ids");
  if (ids == body->end() || !ids->is_array())
    return Failure{legacy_refusal("task_ids: Expected array")};
  const Count& limits = facts_of(contract).v1_fetch_many;
  if (ids->size() < limits.least || ids->size() > limits.most)
    return Failure{legacy_refusal("task_ids: Must have " + std::to_string(limits.least) + " to " +
                                  std::to_string(limits.most) + " elements")};
  std::vector<std::string> out;
  for (const Json& id : *ids) {
    if (!id.is_string()) return Failure{legacy_refusal("task_ids: Expected string")};
    out.push_back(id.get<std::string>());
  }
  return out;
}

}  // namespace emulator::apiframe
