// fal's webhooks: keys sorted at every level, Python's spaces, and an Ed25519 signature over
// request id, user id, timestamp and digest of the body (README.md, sources 1 and 10).
#include "emulator/providers/fal/webhook.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/base/json_text.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/providers/fal/dialect.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/failure.h"
#include "emulator/providers/fal/names.h"
#include "emulator/providers/fal/output.h"
#include "emulator/providers/fal/submission.h"
#include "emulator/providers/fal/ticket.h"
#include "emulator/providers/fal/token.h"

namespace emulator::fal {
namespace {

constexpr std::string_view kRotations = "webhook key rotations";
constexpr std::string_view kIdAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct Pair {
  std::string kid;
  KeySeed seed{};
};

KeySeed drawn_seed(Draw& draw) {
  KeySeed seed{};
  for (unsigned char& byte : seed) byte = static_cast<unsigned char>(draw.next());
  return seed;
}

// Key `number` of a sandbox: those of the contract, then its own.
Pair pair_at(const contract::Contract& contract, const Sandbox& box, std::uint64_t number) {
  const std::vector<WebhookKey>& known = facts_of(contract).webhook_keys;
  if (number < known.size()) return {known[number].kid, known[number].seed.bytes};
  Draw draw = box.draw("fal webhook key", number);
  Pair out;
  out.kid = text_id(draw, 43, kIdAlphabet);
  out.seed = drawn_seed(draw);
  return out;
}

std::uint64_t rotations(const Sandbox& box, std::uint16_t provider) {
  const Json* const note = box.find_note(provider, kRotations);
  return note == nullptr ? 0 : note->get<std::uint64_t>();
}

std::string user_of(const contract::Contract& contract, const Sandbox& box) {
  std::string out = facts_of(contract).webhook_user;
  Draw draw = box.draw("fal webhook user");
  for (char& c : out)
    if (c == '#') c = static_cast<char>('1' + draw.below(9));
  return out;
}

std::string signed_text(std::string_view request_id, std::string_view user_id,
                        std::string_view timestamp, std::string_view body) {
  std::string out(request_id);
  out.append("\n").append(user_id).append("\n").append(timestamp).append("\n");
  return out + to_hex(sha256(body));
}

std::int64_t whole_seconds(Instant at) {
  return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
}

// What the app answered, as far as a webhook can say it.
void add_failure(const contract::Contract& contract, const Answer& answer, Json& body) {
  body["status"] = "ERROR";
  body["error"] = "Invalid status code: " + std::to_string(answer.status);
  const Facts& facts = facts_of(contract);
  const std::vector<unsigned>& without = facts.webhook_without_payload;
  if (std::find(without.begin(), without.end(), answer.status) == without.end()) {
    body["payload"] = answer.body;
    return;
  }
  body["payload"] = nullptr;
  body["payload_error"] = facts.webhook_payload_error;
}

}  // namespace

std::string webhook_signature(const KeySeed& seed, std::string_view request_id,
                              std::string_view user_id, std::int64_t timestamp,
                              std::string_view body) {
  return to_hex(
      ed25519_sign(seed, signed_text(request_id, user_id, std::to_string(timestamp), body)));
}

Json key_set(const contract::Contract& contract, const Sandbox& box) {
  std::uint64_t first = 0;
  for (const auto& [provider, account] : box.accounts)
    first = std::max(first, rotations(box, provider));
  Json keys = Json::array();
  for (std::uint64_t number = first; number < first + 2; ++number) {
    const Pair pair = pair_at(contract, box, number);
    keys.push_back({{"kty", "OKP"},
                    {"crv", "Ed25519"},
                    {"kid", pair.kid},
                    {"x", url_base64(ed25519_public(pair.seed), /*padded=*/true)},
                    {"use", "sig"}});
  }
  return {{"keys", std::move(keys)}};
}

Json Dialect::rotate_webhook_keys(const Sandbox& box, Notes notes) const {
  notes.put(std::string(kRotations), rotations(box, provider_) + 1);
  return key_set(contract_, box);
}

std::optional<webhook::Message> Dialect::webhook_message(const Call& call, const Task& task,
                                                         const TaskView& view) const {
  if (!view.done() || view.end == End::kVanished || !came_by_queue(task)) return std::nullopt;
  if (view.end == End::kCancelled && !facts_of(contract_).webhook_cancelled) return std::nullopt;
  Json body = object_with_room(6);
  body["request_id"] = task.id;
  body["gateway_request_id"] = task.id;
  if (view.made()) {
    body["status"] = "OK";
    body["error"] = nullptr;
    body["payload"] = output_of(*this, call, task, view);
  } else {
    add_failure(contract_, failure_of(contract_, task, view), body);
  }
  return webhook::Message{view.made() ? "completed" : "failed", sorted_python_json(body)};
}

webhook::Sealed Dialect::webhook_seal(const webhook::Sealing& sealing) const {
  const std::string user = user_of(contract_, sealing.box);
  const std::string at = std::to_string(whole_seconds(sealing.sent));
  Draw foreign = sealing.box.draw("fal webhook key of somebody else");
  const KeySeed seed =
      sealing.wrong_key ? drawn_seed(foreign)
                        : pair_at(contract_, sealing.box, rotations(sealing.box, provider_)).seed;
  // Digest and signature take longer than everything else the loop does for a webhook.
  auto signature = [seed, bad = sealing.bad_signature, task = std::string(sealing.task), user, at,
                    body = sealing.body] {
    std::string made = to_hex(ed25519_sign(seed, signed_text(task, user, at, *body)));
    return bad ? webhook::spoiled(std::move(made)) : made;
  };
  return {{{"X-Fal-Webhook-Request-Id", std::string(sealing.task)},
           {"X-Fal-Webhook-User-Id", user},
           {"X-Fal-Webhook-Timestamp", at}},
          http::LateHeader{"X-Fal-Webhook-Signature", std::move(signature)}};
}

std::optional<webhook::Verdict> Dialect::webhook_verdict(const http::Request& request,
                                                         const Sandboxes& sandboxes) const {
  const auto header = [&](const char* name) { return request.headers.get(name).value_or(""); };
  const std::string_view id = header("x-fal-webhook-request-id");
  if (id.empty() && header("x-fal-webhook-signature").empty()) return std::nullopt;
  webhook::Verdict out;
  const auto found = sandboxes.find_task(provider_, id);
  if (!found) {
    out.how = "no request of that id is known, so the keys are not";
    return out;
  }
  out.sandbox = found.box->name();
  out.task = found.task->id;
  const std::string_view timestamp = header("x-fal-webhook-timestamp");
  const std::string text =
      signed_text(id, header("x-fal-webhook-user-id"), timestamp, request.body);
  const std::string signature = bytes_of_hex(header("x-fal-webhook-signature"));
  out.signature = webhook::Verdict::Signature::kBad;
  out.how = "Ed25519 over request id, user id, timestamp and SHA-256 of the body, both keys";
  const Json keys = key_set(contract_, *found.box);
  for (const Json& key : keys.at("keys")) {
    const auto bytes = from_base64(key.at("x").get_ref<const std::string&>());
    if (bytes && signature.size() == 64 && ed25519_verify(*bytes, text, signature))
      out.signature = webhook::Verdict::Signature::kGood;
  }
  std::int64_t seconds = 0;
  const auto [end, error] =
      std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
  if (error == std::errc() && end == timestamp.data() + timestamp.size())
    out.age = std::chrono::seconds(whole_seconds(found.box->now()) - seconds);
  return out;
}

}  // namespace emulator::fal
