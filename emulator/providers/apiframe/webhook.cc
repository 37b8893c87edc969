// Apiframe's webhooks: three events, signed with a secret made of the API key; of the legacy API
// the body of a fetch and the caller's secret as it is (README.md).
#include "emulator/providers/apiframe/webhook.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/providers/apiframe/dialect.h"
#include "emulator/providers/apiframe/facts.h"
#include "emulator/providers/apiframe/jobs.h"
#include "emulator/providers/apiframe/legacy.h"
#include "emulator/providers/apiframe/submission.h"

namespace emulator::apiframe {
namespace {

using webhook::Message;
using webhook::Verdict;

Message message_of(const char* event, const Json& body) { return {event, compact_json(body)}; }

}  // namespace

std::string webhook_signature(std::string_view secret, std::string_view encoding,
                              std::string_view body) {
  if (encoding == "none") return "";
  const std::string key = encoding == "hex" ? std::string(secret) : bytes_of_hex(secret);
  return "sha256=" + to_hex(hmac_sha256(key, body));
}

std::vector<double> Dialect::webhook_progress(const Task& task) const {
  std::vector<double> out;
  if ((task.webhook->events & kProgressEvent) == 0) return out;
  for (const double share : facts_of(contract_).webhook_progress)
    if (share > 0 && share < 1) out.push_back(share);
  return out;
}

std::optional<Message> Dialect::webhook_message(const Call& call, const Task& task,
                                                const TaskView& view) const {
  if (view.done() && (view.end == End::kVanished || view.end == End::kCancelled))
    return std::nullopt;
  const auto links = links_of(call, task, view);
  if (!is_job(task))
    return message_of(!view.done()  ? "progress"
                      : view.made() ? "completed"
                                    : "failed",
                      legacy_body(contract_, task, view, links));
  const std::uint32_t events = task.webhook->events;
  const Json job = job_body(contract_, task, view, links);
  Json body;
  if (!view.done()) {
    if ((events & kProgressEvent) == 0) return std::nullopt;
    body = {{"event", "progress"}, {"jobId", task.id}};
    for (const char* name : {"status", "progress", "model"}) body[name] = job.at(name);
    return message_of("progress", body);
  }
  if ((events & (view.made() ? kCompletedEvent : kFailedEvent)) == 0) return std::nullopt;
  const char* const event = view.made() ? "completed" : "failed";
  body = {{"event", event}, {"jobId", task.id}};
  if (view.made())
    for (const char* name : {"status", "progress", "result", "model", "creditCost", "completedAt"})
      body[name] = job.at(name);
  else
    for (const char* name : {"status", "error", "model"}) body[name] = job.at(name);
  return message_of(event, body);
}

webhook::Sealed Dialect::webhook_seal(const webhook::Sealing& sealing) const {
  if ((sealing.ask.events & kLegacyAsk) != 0) {
    std::string secret = sealing.ask.secret;
    if (secret.empty()) return {};
    Draw draw = sealing.box.draw("apiframe webhook secret of somebody else");
    if (sealing.wrong_key) secret = hex_id(draw, 32);
    if (sealing.bad_signature) secret = webhook::spoiled(std::move(secret));
    return {{{"x-webhook-secret", std::move(secret)}}};
  }
  http::Headers out{{"X-Webhook-Event", std::string(sealing.event)}};
  const std::string secret =
      sealing.wrong_key ? webhook_secret("afk_of_somebody_else") : sealing.ask.secret;
  std::string signature =
      webhook_signature(secret, facts_of(contract_).webhook_hmac_key, *sealing.body);
  if (signature.empty()) return {out};
  if (sealing.bad_signature) signature = webhook::spoiled(std::move(signature));
  out.add("X-Webhook-Signature", std::move(signature));
  return {std::move(out)};
}

std::optional<Verdict> Dialect::webhook_verdict(const http::Request& request,
                                                const Sandboxes& sandboxes) const {
  const auto body = decode_json(request.body, kStrangersJson);
  if (!body || !body->is_object()) return std::nullopt;
  const bool job = body->contains("jobId");
  const auto id = body->find(job ? "jobId" : "task_id");
  if (id == body->end() || !id->is_string()) return std::nullopt;
  const auto found = sandboxes.find_task(provider_, id->get_ref<const std::string&>());
  Verdict out;
  if (!found || !found.task->webhook) {
    if (!job || !request.headers.has("x-webhook-event")) return std::nullopt;
    out.how = "no job of that id asked for a webhook, so the secret is not known";
    return out;
  }
  out.sandbox = found.box->name();
  out.task = found.task->id;
  const std::string& secret = found.task->webhook->secret;
  const std::string_view given =
      request.headers.get(job ? "x-webhook-signature" : "x-webhook-secret").value_or("");
  const std::string wanted =
      job ? webhook_signature(secret, facts_of(contract_).webhook_hmac_key, request.body) : secret;
  out.how = job ? "HMAC-SHA256 of the body, the key made of the API key's SHA-256"
                : "x-webhook-secret against webhook_secret of the submission";
  if (wanted.empty())
    out.how = job ? "webhooks are unsigned (webhook_hmac_key: none)"
                  : "the submission gave no webhook_secret";
  else
    out.signature = given == wanted ? Verdict::Signature::kGood : Verdict::Signature::kBad;
  return out;
}

}  // namespace emulator::apiframe
