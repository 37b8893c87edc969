// A webhook is worded long after its submission was answered, by another process maybe. So a voice
// keeps no more of the submission than links are made of, and can be written down as bytes.
#include "emulator/pipeline/voice.h"

#include <algorithm>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/scenario/decide.h"
#include "emulator/state/bytes.h"
#include "emulator/webhook/record.h"
#include "emulator/webhook/rules.h"
#include "emulator/webhook/url.h"

namespace emulator {
namespace {

// Dialects word messages with the functions that word replies, and those look at a call. Of the
// submission's only what links are made of is kept.
struct AskedAt {
  std::string door, path;
  Origin origin;
};

class TaskVoice final : public webhook::Voice {
 public:
  TaskVoice(AskedAt asked, const Dialect& dialect, std::shared_ptr<const VoiceParts> parts)
      : asked_(std::move(asked)), dialect_(dialect), parts_(std::move(parts)) {}

  std::string made_from() const override {
    std::string out;
    state::Packer to(out);
    to.text(asked_.door);
    to.text(asked_.path);
    to.word(asked_.origin.via);
    to.text(asked_.origin.scheme);
    to.text(asked_.origin.authority);
    to.text(asked_.origin.prefix);
    to.text(asked_.origin.here);
    return out;
  }

  std::vector<double> progress(const Task& task) const override {
    return words_ != nullptr ? words_->webhook_progress(task) : std::vector<double>();
  }

  std::optional<webhook::Message> compose(Sandbox& box, Task& task, const TaskView& view,
                                          Instant at) const override {
    if (words_ == nullptr) return std::nullopt;
    parts_->know_pictures(box, task, view);
    return words_->webhook_message(call(box, task.provider, at), task, view);
  }

  webhook::Sealed seal(const webhook::Sealing& sealing) const override {
    http::Headers out{{"content-type", "application/json"}};
    const std::string& agent = dialect_.contract().common.webhook_user_agent;
    if (!agent.empty()) out.add("user-agent", agent);
    if (words_ == nullptr) return {std::move(out), {}};
    auto sealed = words_->webhook_seal(sealing);
    for (const auto& [name, value] : sealed.headers) out.add(name, value);
    return {std::move(out), std::move(sealed.late)};
  }

  webhook::Rules rules(std::size_t body_size) const override {
    return webhook::rules_of(dialect_.contract().common, body_size);
  }

  std::optional<scenario::WebhookTrouble> trouble(Sandbox& box, const Task& task,
                                                  const webhook::Message& message) const override {
    std::optional<Json> body;
    if (scenario::looks_at_bodies(*box.scenario, parts_->provider, On::kWebhook))
      if (auto decoded = decode_json(message.body)) body = std::move(*decoded);
    scenario::Occasion occasion;
    occasion.provider = parts_->provider;
    occasion.on = On::kWebhook;
    occasion.endpoint = task.endpoint;
    occasion.prompt = task.prompt;
    occasion.body = body ? &*body : nullptr;
    occasion.sandbox = box.name();
    occasion.age = box.age();
    const scenario::Decision decision =
        scenario::decide(*box.scenario, box.counters, box.seed, occasion, false);
    if (decision.then.webhook) return decision.then.webhook;
    return task.fate.script ? task.fate.script->webhook : std::nullopt;
  }

  void attempted(Sandbox& box, const webhook::Record& record, const http::Post& post,
                 const http::Receipt& receipt, Instant began) const override {
    auto request = std::make_shared<http::Request>();
    request->method = post.method;
    request->target = webhook::bare_url(record.url);
    request->path = post.target.substr(0, post.target.find('?'));
    request->headers = record.headers;
    if (record.body) request->body = record.body->substr(0, parts_->kept_body);
    request->peer = receipt.address;

    auto exchange = std::make_shared<Exchange>();
    exchange->provider = parts_->provider;
    exchange->on = On::kWebhook;
    exchange->route = record.id();
    exchange->task = record.task;
    exchange->endpoint = record.endpoint;
    exchange->task_after = record.event;
    exchange->at = began;
    exchange->answered = box.now();
    exchange->request = std::move(request);
    exchange->status = receipt.status;
    exchange->reply_head = head_text(receipt.headers);
    exchange->reply_body = receipt.body;
    exchange->reply_bytes = receipt.body.size();
    exchange->scenario = box.scenario;
    exchange->note = receipt.error;
    box.journal.add(exchange);
    box.journal.completed(*exchange);
    judge(box, record, post, receipt, exchange->number);
    if (parts_->told) parts_->told(box, *exchange);
  }

 private:
  void judge(Sandbox& box, const webhook::Record& record, const http::Post& post,
             const http::Receipt& receipt, std::uint64_t number) const {
    if (parts_->judge == nullptr || receipt.refused) return;
    judge::Trial trial;
    const std::string id = record.id();
    trial.provider = parts_->provider;
    trial.delivery = id;
    trial.task = record.task;
    trial.endpoint = record.endpoint;
    trial.spoiled = record.spoiled;
    for (const auto& [name, value] : record.headers) {
      const std::string lower = lower_case(name);
      // A secret that is sent along says nothing of the body.
      const bool secret = lower.find("secret") != std::string::npos;
      trial.is_signed = trial.is_signed || lower.find("signature") != std::string::npos ||
                        (secret && record.spoiled != "changed_body");
      trial.is_dated = trial.is_dated || lower.find("timestamp") != std::string::npos;
    }
    trial.status = receipt.status;
    trial.took = std::chrono::duration_cast<Duration>(receipt.took);
    trial.time_limit = std::chrono::duration_cast<Duration>(post.time_limit);
    trial.late = !receipt.error.empty() && receipt.took >= post.time_limit;
    const webhook::Rules rules = this->rules(record.body ? record.body->size() : 0);
    trial.attempt = record.attempts.size();
    trial.last = trial.attempt > rules.waits.size() ||
                 std::any_of(rules.settled.begin(), rules.settled.end(), [&](const auto& range) {
                   return receipt.status >= range.first && receipt.status <= range.second;
                 });
    trial.number = number;
    parts_->judge->tried(box, record.provider, trial);
  }

  Call call(Sandbox& box, std::uint16_t provider, Instant at) const {
    static const auto kNothing = std::make_shared<const http::Request>();
    Call out;
    out.request = kNothing;
    out.provider = provider;
    out.door = asked_.door;
    out.path = asked_.path;
    out.origin = asked_.origin;
    out.set_sandbox(box);
    out.now = at;
    out.files = parts_->files;
    return out;
  }

  const AskedAt asked_;
  const Dialect& dialect_;
  const WebhookWording* const words_ = dialect_.webhooks();  // null: the provider sends none
  const std::shared_ptr<const VoiceParts> parts_;
};

}  // namespace

const std::shared_ptr<const VoiceParts>& Voices::parts_of(std::uint16_t provider) {
  auto& parts = by_provider_[provider];
  if (!parts) {
    VoiceParts own = parts_;
    own.provider = registry_.name(provider);
    parts = std::make_shared<const VoiceParts>(std::move(own));
  }
  return parts;
}

std::shared_ptr<const webhook::Voice> Voices::of(const Call& call) {
  return std::make_shared<TaskVoice>(AskedAt{call.door, call.path, call.origin},
                                     registry_.dialect(call.provider), parts_of(call.provider));
}

std::shared_ptr<const webhook::Voice> Voices::again(std::uint16_t provider,
                                                    std::string_view bytes) {
  if (provider >= registry_.size()) return nullptr;
  state::Unpacker from(bytes);
  AskedAt asked;
  asked.door = from.text();
  asked.path = from.text();
  asked.origin.via = from.word(Origin::Via::kPath);
  asked.origin.scheme = from.text();
  asked.origin.authority = from.text();
  asked.origin.prefix = from.text();
  asked.origin.here = from.text();
  asked.origin.doors = &registry_.doors(provider);
  if (!from.whole_and_good()) return nullptr;
  return std::make_shared<TaskVoice>(std::move(asked), registry_.dialect(provider),
                                     parts_of(provider));
}

}  // namespace emulator
