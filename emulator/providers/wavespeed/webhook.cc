// WaveSpeed's callbacks: the bare prediction, and an HMAC over id, timestamp and body. The key is
// the text of the secret behind "whsec_", not what it would be as base64 (README.md,
// verify-webhooks).
#include "emulator/providers/wavespeed/webhook.h"

#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/pipeline/body.h"
#include "emulator/providers/wavespeed/dialect.h"
#include "emulator/providers/wavespeed/facts.h"
#include "emulator/providers/wavespeed/prediction.h"
#include "emulator/providers/wavespeed/submission.h"
#include "emulator/webhook/signatures.h"

namespace emulator::wavespeed {
namespace {

constexpr std::string_view kMark = "whsec_";

}  // namespace

std::string webhook_signature(std::string_view secret, std::string_view id,
                              std::string_view timestamp, std::string_view body) {
  if (secret.starts_with(kMark)) secret.remove_prefix(kMark.size());
  return "v3," + to_hex(hmac_sha256(secret, webhook::signed_text(id, timestamp, body)));
}

std::optional<webhook::Message> Dialect::webhook_message(const Call& call, const Task& task,
                                                         const TaskView& view) const {
  if (!view.done() || view.end == End::kVanished || task.deleted) return std::nullopt;
  if (view.end == End::kCancelled && !facts_of(contract_).webhook_cancelled) return std::nullopt;
  return webhook::Message{
      view.made() ? "completed" : "failed",
      compact_json(prediction(*this, call, *call.box, task, view, Form::kWebhook))};
}

webhook::Sealed Dialect::webhook_seal(const webhook::Sealing& sealing) const {
  const bool by_event = facts_of(contract_).webhook_timestamp != "attempt";
  const std::string at =
      std::to_string(webhook::unix_seconds(by_event ? sealing.happened : sealing.sent));
  const std::string secret = sealing.wrong_key
                                 ? webhook_secret(sealing.box, "wavespeed secret of another key")
                                 : sealing.ask.secret;
  std::string signature = webhook_signature(secret, sealing.task, at, *sealing.body);
  if (sealing.bad_signature) signature = webhook::spoiled(std::move(signature));
  return {webhook::standard_headers(sealing.task, at, std::move(signature))};
}

std::optional<webhook::Verdict> Dialect::webhook_verdict(const http::Request& request,
                                                         const Sandboxes& sandboxes) const {
  const auto header = [&](const char* name) { return request.headers.get(name).value_or(""); };
  const std::string_view id = header("webhook-id");
  if (id.empty() || header("webhook-timestamp").empty()) return std::nullopt;
  webhook::Verdict out;
  const auto found = sandboxes.find_task(provider_, id);
  if (!found || !found.task->webhook) {
    out.how = "no task of that id asked for a webhook, so the secret is not known";
    return out;
  }
  out.sandbox = found.box->name();
  out.task = found.task->id;
  const std::string_view at = header("webhook-timestamp");
  const std::string_view given = header("webhook-signature");
  out.how = "HMAC-SHA256 over id, timestamp and body";
  if (!given.empty())
    out.signature = given == webhook_signature(found.task->webhook->secret, id, at, request.body)
                        ? webhook::Verdict::Signature::kGood
                        : webhook::Verdict::Signature::kBad;
  out.age = webhook::age_of(at, found.box->now());
  return out;
}

}  // namespace emulator::wavespeed
