// Requests for tasks that go on, on a clock that skips.
#include "emulator/base/text.h"
#include "emulator/pipeline/flow.h"
#include "emulator/pipeline/pipeline.h"

namespace emulator {

// On a clock that skips, whoever asks for a task that goes on is answered as of its next event.
bool Pipeline::skip_for(const FlowPtr& flow) {
  const Call& call = flow->call;
  if (!call.box->skips || !due_next(*flow->found.task, call.now)) return false;
  const auto target = [this, provider = call.provider,
                       id = flow->found.task->id](const Sandbox& box) -> std::optional<Instant> {
    const Sandboxes::Found found = parts_.sandboxes.find_task(provider, id);
    return found.box == &box ? due_next(*found.task, box.now()) : std::nullopt;
  };
  parts_.sandboxes.skip(*call.box, target, [this, flow, id = flow->found.task->id] {
    Call& asked = flow->call;
    flow->found = parts_.sandboxes.find_task(asked.provider, id);
    asked.box = &parts_.sandboxes.named(flow->box_name);
    const Duration went = asked.box->now() - asked.now;
    asked.now = asked.box->now();
    if (!flow->found) return answer(flow, flow->dialect->unknown_task(asked));
    remark(flow->exchange->note, "the clock went " + worded(std::chrono::floor<Millis>(went)) +
                                     " on, to what the task did next");
    show(flow);
  });
  return true;
}

}  // namespace emulator
