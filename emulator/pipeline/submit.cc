// From a body to a task, and how its submitter is answered: at once, when the task has ended, or by
// a stream that follows it.
#include <algorithm>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/contract/packed_input.h"
#include "emulator/pipeline/admission.h"
#include "emulator/pipeline/fate.h"
#include "emulator/pipeline/flow.h"
#include "emulator/pipeline/occasion.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/progress.h"

namespace emulator {

Pipeline::Outcome Pipeline::submit(Flow& flow) {
  auto read = flow.dialect->read(flow.call);
  if (!read) {
    // What is not emulated is no refusal of the provider's.
    const Refusal& why = read.error();
    if (why.reply && why.reply->headers.has("x-emulator-error"))
      return flow.dialect->refused(flow.call, why);
    return refused(flow, why);
  }
  Outcome outcome = take(flow, *read);
  if (flow.exchange->task.empty()) keep_refused(flow, *read);
  return outcome;
}

Pipeline::Outcome Pipeline::take(Flow& flow, Submission& submission) {
  Call& call = flow.call;
  Sandbox& box = *flow.box;
  Exchange& exchange = *flow.exchange;
  exchange.endpoint = submission.endpoint;
  tell_remark(flow, submission);
  if (auto reply = decide(flow, subject_of(submission))) return std::move(*reply);

  const Allowance allowance =
      allowance_of(flow.dialect->contract(), submission, credits(box, call.provider),
                   keys_.limited(flow.dialect->limits(submission), exchange.provider, box.name()));
  const Admission admission = admit(submission, allowance, box, call.provider, call.now,
                                    [&](const std::string& id) { return own_task(flow, id); });
  if (const auto* refusal = std::get_if<Refusal>(&admission)) return refused(flow, *refusal);
  if (const auto* before = std::get_if<Repeated>(&admission)) return repeated(flow, *before->task);

  Task made = task_of(flow, submission);
  if (const auto refusal = flow.dialect->declined(call, made)) {
    submission.prompt = std::move(made.prompt);  // for whoever asks what was refused
    return refused(flow, *refusal);
  }
  Task& task = parts_.sandboxes.accept(box, std::move(made));
  enter(box, task, submission, allowance);
  flow.made = true;
  exchange.task = flow.task_header = task.id;
  judge_body(flow, submission);
  box.feed.tell({Happening::Kind::kTask, call.now, nullptr, task.id, "accepted"});
  return accepted(flow, submission, task);
}

// The sandbox's own task of that id; null where there is none.
Task* Pipeline::own_task(const Flow& flow, const std::string& id) {
  const Sandboxes::Found found = parts_.sandboxes.find_task(flow.call.provider, id);
  return found && found.box->name() == flow.box_name ? found.task : nullptr;
}

// What the submission says of itself goes into the journal each time, and to whoever listens once.
void Pipeline::tell_remark(const Flow& flow, const Submission& submission) {
  if (submission.remark.empty()) return;
  remark(flow.exchange->note, submission.remark);
  if (!parts_.remarked) return;
  if (remarked_.size() >= options_.max_names) remarked_.clear();
  if (remarked_.insert(flow.exchange->provider + " " + submission.endpoint).second)
    parts_.remarked(flow.exchange->provider, submission);
}

// No task tells what was asked for, so the exchange does, where somebody may look at it.
void Pipeline::keep_refused(const Flow& flow, const Submission& submission) const {
  const Sandbox& box = *flow.box;
  if (!box.journal.keeps() && box.scenario->expect.empty() && !flow.then.reply) return;
  flow.exchange->submitted = std::make_shared<const Submitted>(Submitted{
      submission.prompt, shortened(compact_json(submission.input), options_.kept_request)});
}

// Most tasks of an application carry the same facts; one after another share them.
std::shared_ptr<const std::string> Pipeline::shared_note(std::string note) {
  if (!last_note_ || *last_note_ != note) {
    note.shrink_to_fit();
    last_note_ = std::make_shared<const std::string>(std::move(note));
  }
  return last_note_;
}

// The task that an admitted submission becomes. Takes over its prompt and its webhook.
Task Pipeline::task_of(Flow& flow, Submission& submission) {
  const Call& call = flow.call;
  Sandbox& box = *flow.box;
  const contract::Contract& contract = flow.dialect->contract();
  const PictureWording* const pictures = flow.dialect->pictures();
  Task task;
  task.provider = call.provider;
  task.accepted = call.now;
  task.endpoint = submission.endpoint;
  task.plan = submission.plan;
  task.plan.caption = options_.captions;
  task.cost = submission.cost;
  task.prompt = std::move(submission.prompt);
  task.packed_input =
      contract::packed_input(submission.input, fields_of(contract, task.endpoint), task.prompt);
  auto [fate, trace] =
      fate_of(flow.then, box.scenario->defaults, submission, contract,
              pictures != nullptr ? pictures->link_life() : Duration::zero(), flow.draw);
  task.fate = std::move(fate);
  explain(*flow.exchange, std::move(trace));
  if (!submission.note.is_null()) task.note = shared_note(compact_json(submission.note));
  if (submission.webhook) {
    submission.webhook->page = options_.visitors.foreign_page(*call.request).value_or("");
    task.webhook = std::make_shared<const WebhookAsk>(std::move(*submission.webhook));
  }
  Draw draw = box.draw("task " + flow.exchange->provider, box.tasks.next_serial());
  task.id = flow.dialect->task_id(call, draw);
  task.seed = submission.seed ? std::move(*submission.seed)
                              : Seed(draw.next() >> (submission.wide_seed ? 0 : 32));
  return task;
}

// The answer to a submission whose key was used before.
http::Reply Pipeline::repeated(Flow& flow, Task& task) {
  flow.exchange->task = flow.task_header = task.id;
  remark(flow.exchange->note, "the key was used before, so this is the task of that time");
  return shown_accepted(flow, task);
}

http::Reply Pipeline::shown_accepted(Flow& flow, Task& task) {
  const TaskView view = state_at(task, flow.call.now);
  know_pictures(*flow.box, task, view);
  flow.exchange->task_after = phase_word(view);
  return flow.dialect->accepted(flow.call, task, view);
}

Pipeline::Outcome Pipeline::accepted(Flow& flow, const Submission& submission, Task& task) {
  Sandbox& box = *flow.box;
  const std::optional<Instant> end = due_end(task);
  const bool waits = submission.wait && !(end && *end <= flow.call.now);
  const bool early = !submission.follow && !waits && task.fate.script &&
                     task.fate.script->webhook && task.fate.script->webhook->early;
  const bool told = task.webhook && parts_.courier != nullptr;
  if (told && !early) parts_.courier->expect(box, task, voices_.of(flow.call));
  if (submission.follow)
    if (auto head = follow(flow, task)) return std::move(*head);
  if (waits) return wait_for(flow, submission, task);
  http::Reply reply = shown_accepted(flow, task);
  if (!told || !early) return reply;
  const auto held = std::make_shared<http::Reply>(std::move(reply));
  parts_.courier->expect(
      box, task, voices_.of(flow.call),
      [this, kept = flow.shared_from_this(), held] { answer(*kept, std::move(*held)); });
  return Later{};
}

// Synchronous: the reply waits for the end, on the sandbox's clock.
Pipeline::Outcome Pipeline::wait_for(Flow& flow, const Submission& submission, const Task& task) {
  watch_caller(flow);
  const Instant now = flow.call.now;
  Instant until = now + *submission.wait;
  const bool gives_up = submission.start_by && task.fate.queued_for > *submission.start_by;
  if (gives_up) until = std::min(until, now + *submission.start_by);
  const std::optional<Instant> end = due_end(task);
  const auto at_last = [this, kept = flow.shared_from_this(), id = task.id,
                        gives_up](const std::function<void()>& finished) {
    answer(*kept, after_wait(*kept, id, gives_up));
    finished();
  };
  parts_.sandboxes.put(*flow.box, end && *end < until ? *end : until,
                       {"reply", task.id, at_last, /*awaited=*/true});
  return Later{};
}

http::Reply Pipeline::after_wait(Flow& flow, const std::string& id, bool gives_up) {
  Call& call = flow.call;
  const Sandboxes::Found found = parts_.sandboxes.find_task(call.provider, id);
  if (!found) return flow.dialect->unknown_task(call);
  flow.set_box(*found.box);
  if (gives_up && !state_at(*found.task, call.now).done())
    cancel(*found.box, *found.task, call.now);
  return shown_accepted(flow, *found.task);
}

}  // namespace emulator
