// BFL's webhooks: other words than a poll's, and the caller's secret sent as it is. Nothing is
// signed and nothing carries a time (README.md).
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/providers/bfl/dialect.h"
#include "emulator/providers/bfl/facts.h"
#include "emulator/providers/bfl/wording.h"

namespace emulator::bfl {

std::optional<webhook::Message> Dialect::webhook_message(const Call& call, const Task& task,
                                                         const TaskView& view) const {
  if (!view.done() || view.end == End::kVanished) return std::nullopt;
  const contract::Texts& words = facts_of(contract_).webhook_statuses;
  Json body;
  body["task_id"] = task.id;
  if (view.made()) {
    const double start = recorded_seconds(view.started);
    const double end = recorded_seconds(view.ended);
    body["status"] = contract::text_named(words, "succeed", "SUCCESS");
    body["result"] = {{"sample", picture_link(call.origin, *call.box, task, 0, call.now)},
                      {"seed", task.seed.json()},
                      {"start_time", start},
                      {"end_time", end},
                      {"duration", end - start},
                      {"pre_filtered", false}};
    return webhook::Message{"completed", compact_json(body)};
  }
  body["status"] = contract::text_named(words, "failed", "FAILED");
  // The status a poll shows says why: "Request Moderated".
  const auto word_of_end = contract_.statuses.find(to_string(view.end));
  const std::string shown = word_of_end == contract_.statuses.end() ? "" : word_of_end->second;
  const bool moderated = view.end == End::kInputModerated || view.end == End::kOutputModerated;
  body["error"] = moderated ? shown : scripted_message(contract_, task, shown);
  return webhook::Message{"failed", compact_json(body)};
}

webhook::Sealed Dialect::webhook_seal(const webhook::Sealing& sealing) const {
  std::string secret = sealing.ask.secret;
  if (secret.empty()) return {};
  if (sealing.wrong_key) {
    Draw draw = sealing.box.draw("bfl webhook secret of somebody else");
    secret = hex_id(draw, 32);
  }
  if (sealing.bad_signature) secret = webhook::spoiled(std::move(secret));
  return {{{"X-Webhook-Secret", std::move(secret)}}};
}

std::optional<webhook::Verdict> Dialect::webhook_verdict(const http::Request& request,
                                                         const Sandboxes& sandboxes) const {
  const auto body = decode_json(request.body, kStrangersJson);
  if (!body || !body->is_object() || !body->contains("status")) return std::nullopt;
  const auto id = body->find("task_id");
  if (id == body->end() || !id->is_string()) return std::nullopt;
  const auto found = sandboxes.find_task(provider_, id->get_ref<const std::string&>());
  if (!found || !found.task->webhook) return std::nullopt;
  webhook::Verdict out;
  out.sandbox = found.box->name();
  out.task = found.task->id;
  const std::string& secret = found.task->webhook->secret;
  if (secret.empty()) {
    out.how = "the submission gave no webhook_secret";
    return out;
  }
  out.how = "x-webhook-secret against webhook_secret of the submission";
  out.signature = request.headers.get("x-webhook-secret").value_or("") == secret
                      ? webhook::Verdict::Signature::kGood
                      : webhook::Verdict::Signature::kBad;
  return out;
}

}  // namespace emulator::bfl
