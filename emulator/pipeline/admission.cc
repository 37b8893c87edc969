// The order is the provider's: a key that was used before is answered with the task of that time
// before anybody asks what the account has left, since nothing is charged for it.
#include "emulator/pipeline/admission.h"

#include <utility>

namespace emulator {
namespace {

Refusal rate_limited(std::optional<Duration> retry_after = std::nullopt) {
  Refusal out;
  out.kind = RefusalKind::kRateLimited;
  out.retry_after = retry_after;
  return out;
}

Refusal out_of_credit(double required, double available) {
  Refusal out;
  out.kind = RefusalKind::kOutOfCredit;
  out.args["required"] = required;
  out.args["available"] = available;
  return out;
}

std::string repeat_note(const RepeatKey& repeat) { return "repeat " + repeat.key; }

// What a repeat key stands for; nullopt when it is new, forgotten, or its task is gone.
std::optional<Admission> used_before(const RepeatKey& repeat, const Sandbox& box,
                                     std::uint16_t provider, Instant now, const OwnTask& own_task) {
  const Json* const note = box.find_note(provider, repeat_note(repeat));
  if (note == nullptr || now.time_since_epoch().count() >= note->at("until").get<std::int64_t>())
    return std::nullopt;
  Task* const task = own_task(note->at("task").get_ref<const std::string&>());
  if (task == nullptr) return std::nullopt;
  if (!repeat.must_match || note->at("print") == repeat.print) return Repeated{task};
  Refusal conflict;
  conflict.kind = RefusalKind::kConflict;
  return conflict;
}

bool over_unfinished(const Submission& submission, const Allowance& allowance, Sandbox& box,
                     std::uint16_t provider, Instant now) {
  const auto over = [&](const std::optional<std::size_t>& most, std::string_view endpoint) {
    return most && box.active(provider, endpoint, now) >= *most;
  };
  return over(submission.active_limit, "") || over(allowance.unfinished, "") ||
         over(allowance.of_endpoint, submission.endpoint);
}

}  // namespace

double credits_at_start(std::optional<double> of_key, const scenario::Scenario& scenario,
                        const contract::Contract& contract) {
  if (of_key) return *of_key;  // one key's account says more than a story for all
  if (scenario.credits) return *scenario.credits;
  return contract.common.credits;
}

Allowance allowance_of(const contract::Contract& contract, const Submission& submission,
                       double credits, AccountLimits limits) {
  const contract::CommonFacts& facts = contract.common;
  Allowance out;
  out.credits = credits;
  out.unfinished = facts.active_limit;
  if (const auto own = facts.active_limits.find(submission.endpoint);
      own != facts.active_limits.end())
    out.of_endpoint = own->second;
  out.counts = submission.active_limit || facts.active_limit || !facts.active_limits.empty();
  out.limits = limits;
  return out;
}

Admission admit(const Submission& submission, const Allowance& allowance, Sandbox& box,
                std::uint16_t provider, Instant now, const OwnTask& own_task) {
  if (submission.repeat)
    if (auto before = used_before(*submission.repeat, box, provider, now, own_task))
      return std::move(*before);
  if (submission.cost > allowance.credits) return out_of_credit(submission.cost, allowance.credits);
  if (over_unfinished(submission, allowance, box, provider, now)) return rate_limited();
  const AccountLimits& limits = allowance.limits;
  if (limits.submissions)
    if (const auto wait = box.rate_wait(provider, *limits.submissions, limits.window, now))
      return rate_limited(limits.announced ? wait : std::nullopt);
  return Admitted{};
}

void enter(Sandbox& box, Task& task, const Submission& submission, const Allowance& allowance) {
  const AccountLimits& limits = allowance.limits;
  if (limits.running) box.take_place(task, *limits.running);
  box.charge(task);
  if (limits.submissions) box.count_submission(task.provider, limits.window, task.accepted);
  if (allowance.counts) box.account(task.provider).active.add(task);
  if (!submission.repeat) return;
  const Instant until = task.accepted + submission.repeat->life;
  box.put_note(task.provider, repeat_note(*submission.repeat),
               {{"task", task.id},
                {"print", submission.repeat->print},
                {"until", until.time_since_epoch().count()}});
}

}  // namespace emulator
