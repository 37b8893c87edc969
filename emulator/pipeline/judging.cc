// What the judge is shown of an exchange: the one place where requests and answers are held against
// the rules for clients.
#include "emulator/judge/judge.h"
#include "emulator/pipeline/flow.h"
#include "emulator/pipeline/pipeline.h"

namespace emulator {

// A submission has become a task.
void Pipeline::judge_body(const Flow& flow, const Submission& submission) {
  if (parts_.judge == nullptr) return;
  const contract::Contract& facts = flow.dialect->contract();
  const contract::Endpoint* const endpoint = facts.endpoint(submission.endpoint);
  const auto& body = flow.call.json();
  // Of models the contract does not list nobody knows which members they ignore.
  if (endpoint == nullptr || !body || !body->is_object()) return;
  parts_.judge->submitted(*flow.box, flow.call.provider, *flow.exchange, endpoint->fields, *body,
                          submission.input);
}

// The link was good when the task had just ended and is not now, so that only its age can have
// spoiled it.
bool Pipeline::died_of_age(const Flow& flow, const TaskView& view) const {
  if (flow.then.links || (flow.found.task->fate.script && flow.found.task->fate.script->links))
    return false;
  if (!dead_link(*flow.dialect, flow.call, *flow.found.task, view, std::nullopt)) return false;
  Call then = flow.call;
  then.now = view.ended;
  return !dead_link(*flow.dialect, then, *flow.found.task, view, std::nullopt);
}

// The answer is about to go out.
void Pipeline::judge_answer(const Flow& flow, Sandbox& box, const http::Reply& reply) {
  const Exchange& exchange = *flow.exchange;
  if (parts_.judge == nullptr || flow.call.route == nullptr) return;
  const Call& call = flow.call;
  judge::Sight sight{exchange, call.provider, *call.request, reply, call.route->door};
  sight.made = flow.made;
  if (flow.found) {
    sight.task = flow.found.task;
    sight.picture = exchange.on == On::kDownload ? flow.found.index : -1;
  } else if (exchange.on == On::kSubmit && !exchange.task.empty()) {
    if (const auto found = parts_.sandboxes.find_task(call.provider, exchange.task);
        found.box == &box)
      sight.task = found.task;
  }
  if (sight.task == nullptr) sight.made = false;
  if (sight.task != nullptr) sight.view = state_at(*sight.task, exchange.answered);
  sight.ours = reply.headers.has("x-emulator-error");
  sight.scripted = flow.then.refuse.has_value();
  sight.replaced =
      flow.then.reply && (flow.then.reply->status.has_value() || flow.then.reply->body);
  if (const auto caller = call.request->caller.lock()) sight.heard = caller->is_there();
  sight.let_in = call.standing == KeyStanding::kLetIn;
  if (exchange.on == On::kDownload && flow.found) {
    if (exchange.status >= 400) sight.aged = died_of_age(flow, sight.view);
    if (flow.then.image)
      sight.trouble = flow.then.image->kind;
    else if (const auto& script = flow.found.task->fate.script; script && script->image)
      sight.trouble = script->image->kind;
  }
  sight.came = flow.began;
  sight.went = flow.began + exchange.took;
  parts_.judge->answered(box, sight);
  if (reply.fault.kind == http::Fault::Kind::kHang) judge_hang(flow);
}

void Pipeline::judge_hang(const Flow& flow) {
  const auto caller = flow.call.request->caller.lock();
  if (!caller) return;
  caller->on_left(
      [this, name = flow.box_name, provider = flow.call.provider, number = flow.exchange->number] {
        if (Sandbox* const box = parts_.sandboxes.find(name); box != nullptr && box->judged)
          parts_.judge->hung_up(*box, provider, number);
      });
}

}  // namespace emulator
