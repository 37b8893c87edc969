// What a task comes to is chosen here, once, when it is accepted. The scenario wishes, the provider
// can or cannot, the submission may have asked for something itself; chance fills in what is left
// open, in a fixed order of draws: another order would give every task of a story another fate.
#include "emulator/pipeline/fate.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace emulator {
namespace {

using scenario::Then;

bool can_end(const contract::Contract& contract, End end) {
  return std::find(contract.ends.begin(), contract.ends.end(), end) != contract.ends.end();
}

// True when any of the parts that act after acceptance was scripted.
bool acts_later(const Then& then) {
  return then.error || !then.nsfw.empty() || then.links || then.image || then.webhook;
}

// How a task ends that is to end so.
End ending(End wanted, const contract::Contract& contract, Trace& trace) {
  if (can_end(contract, wanted)) return wanted;
  // Such a provider has no flag, and holds the picture back instead.
  if (wanted == End::kNsfw && can_end(contract, End::kOutputModerated))
    return End::kOutputModerated;
  remark(trace.note,
         "this provider has no " + std::string(to_string(wanted)) + ", so it was left out");
  return Fate{}.end;
}

// Notes what the provider's words have no place for.
void note_left_out(const Then& then, const contract::Contract& contract, Trace& trace) {
  if (then.error)
    if (const std::string_view beyond = then.error->part_beyond(contract.common.error_parts);
        !beyond.empty())
      remark(trace.note,
             "this provider's errors have no " + std::string(beyond) + ", so it was left out");
  if (!then.nsfw.empty() && !can_end(contract, End::kNsfw))
    remark(trace.note, "this provider flags no pictures, so nsfw was left out");
}

}  // namespace

FateAndTrace fate_of(Then then, const Then& defaults, const Submission& submission,
                     const contract::Contract& contract, Duration link_life, Draw draw) {
  const bool lifetime_ruled = then.links_live.has_value();
  then.fill_from(defaults);

  FateAndTrace out;
  Fate& fate = out.fate;
  Trace& trace = out.trace;
  if (then.queue) fate.queued_for = drawn_as("queue", *then.queue, draw, trace);
  if (then.run) fate.running_for = drawn_as("run", *then.run, draw, trace);
  fate.links_live_for =
      then.links_live ? drawn_as("links_live", *then.links_live, draw, trace) : link_life;
  if (submission.links_live && !lifetime_ruled) fate.links_live_for = *submission.links_live;
  // Nobody polls a task whose submitter is waiting for it.
  if (then.polls && !submission.wait) fate.polls = *then.polls;
  if (then.end) fate.end = ending(*then.end, contract, trace);
  note_left_out(then, contract, trace);
  // A webhook that comes before the answer tells of a task that has ended before the answer.
  if (submission.webhook && then.webhook && then.webhook->early) {
    fate.queued_for = fate.running_for = Duration::zero();
    fate.polls = 0;
  }
  if (submission.doomed) {
    fate.end = *submission.doomed;
    fate.running_for = Duration::zero();
  }
  if (acts_later(then)) fate.script = std::make_shared<const Then>(std::move(then));
  return out;
}

}  // namespace emulator
