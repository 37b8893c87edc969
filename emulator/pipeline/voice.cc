#include "emulator/pipeline/voice.h"

#include <utility>

#include "emulator/base/text.h"
#include "emulator/scenario/decide.h"
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
  TaskVoice(const Call& call, const Dialect& dialect, std::shared_ptr<const VoiceParts> parts)
      : asked_{call.door, call.path, call.origin}, dialect_(dialect), parts_(std::move(parts)) {}

  std::vector<double> progress(const Task& task) const override {
    return dialect_.webhook_progress(task);
  }

  std::optional<webhook::Message> word(Sandbox& box, Task& task, const TaskView& view,
                                       Instant at) const override {
    parts_->know_pictures(box, task, view);
    return dialect_.webhook(call(box, task.provider, at), task, view);
  }

  webhook::Sealed seal(const webhook::Sealing& sealing) const override {
    http::Headers out{{"content-type", "application/json"}};
    if (const Json& agent = dialect_.contract().value("webhook_user_agent");
        agent.is_string() && !agent.get_ref<const std::string&>().empty())
      out.add("user-agent", agent.get<std::string>());
    auto sealed = dialect_.webhook_headers(sealing);
    for (const auto& [name, value] : sealed.headers) out.add(name, value);
    return {std::move(out), std::move(sealed.late)};
  }

  webhook::Rules rules(std::size_t body_size) const override {
    return webhook::rules_of(dialect_.contract(), body_size);
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
    if (parts_->told) parts_->told(box, *exchange);
  }

 private:
  Call call(Sandbox& box, std::uint16_t provider, Instant at) const {
    static const auto kNothing = std::make_shared<const http::Request>();
    Call out;
    out.request = kNothing;
    out.provider = provider;
    out.door = asked_.door;
    out.path = asked_.path;
    out.origin = asked_.origin;
    out.box = &box;
    out.key_box = box.name();
    out.now = at;
    out.files = parts_->files;
    return out;
  }

  const AskedAt asked_;
  const Dialect& dialect_;
  const std::shared_ptr<const VoiceParts> parts_;
};

}  // namespace

std::shared_ptr<const webhook::Voice> make_voice(const Call& call, const Dialect& dialect,
                                                 std::shared_ptr<const VoiceParts> parts) {
  return std::make_shared<TaskVoice>(call, dialect, std::move(parts));
}

}  // namespace emulator
