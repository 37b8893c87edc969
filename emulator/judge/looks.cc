// Rules about a task and those who look at it: too often, too long, at the wrong place, not at all.
#include <algorithm>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/judge/docket.h"

namespace emulator::judge {
namespace {

using namespace std::chrono_literals;

// A poll may come early once or twice: a page is loaded anew, a timer is late.
constexpr std::uint32_t kClosePolls = 3;
constexpr std::uint32_t kPollsAfterEnd = 3;
// One poll that was on its way when patience ended is not one too many.
constexpr std::uint32_t kPollsBeyond = 2;

// The answer came through as the provider words it.
bool whole(const Sight& sight) {
  const std::string& wire = sight.exchange.wire;
  return (wire.empty() || wire == "slow" || wire == "wrong_type") && !sight.replaced &&
         sight.exchange.status != 0 && sight.exchange.refusal.empty();
}

std::uint64_t host_print(std::string_view authority) { return hash_of(lower_case(authority)) | 1; }

// The host and port of the address in member `name` of a JSON body; "" where there is none. The
// body is the provider's own wording, so that its text can be searched.
std::string_view authority_in(std::string_view body, const std::string& name) {
  const auto at = body.find('"' + name + "\":\"");
  if (at == std::string_view::npos) return "";
  body.remove_prefix(at + name.size() + 4);
  const auto host = body.find("://");
  if (host == std::string_view::npos) return "";
  body.remove_prefix(host + 3);
  return body.substr(0, body.find_first_of("/?\""));
}

}  // namespace

void Docket::made(Sandbox& box, const Terms& terms, const Sight& sight, TaskNotes& mine) {
  mine.submitted = sight.exchange.number;
  mine.heard = whole(sight) && sight.heard;
  if (!terms.poll_address.empty() && mine.heard)
    if (const auto host = authority_in(sight.reply.body, terms.poll_address); !host.empty())
      mine.poll_host = host_print(host);
  if (sight.view.done() && mine.heard) end_shown(box, sight, mine);
}

// Whoever sees the end now needs no further look; what was moderated needs no further submission.
void Docket::end_shown(Sandbox& box, const Sight& sight, TaskNotes& mine) {
  mine.looked = true;
  mine.shown = sight.exchange.number;
  mine.shown_at = sight.exchange.answered;
  mine.inlined = sight.reply.body.find("data:image/") != std::string::npos;
  const End end = sight.view.end;
  if (end != End::kInputModerated && end != End::kOutputModerated) return;
  Chain* const submission = mine.print == 0 ? nullptr : chain(mine.print);
  if (submission == nullptr) return;
  submission->final = to_string(end);
  submission->number = sight.exchange.number;
  submission->seen = box.journal.seen();
  submission->answered = sight.exchange.answered;
  submission->wall = sight.went;
}

void Docket::paced(Sandbox& box, const Terms& terms, const Sight& sight, TaskNotes& mine) {
  const Exchange& exchange = sight.exchange;
  if (mine.polls++ == 0) return;
  const Duration pause = pause_since(mine.poll_at, mine.poll_wall, exchange.at, sight.came);
  // Nobody can tell how somebody waits while the clock stands.
  if (box.clock.frozen() && exchange.at == mine.poll_at) return;
  if (pause >= terms.poll_floor - terms.poll_floor / 5) {
    mine.close_polls = 0;
    return;
  }
  mine.closest = mine.close_polls == 0 ? pause : std::min(mine.closest, pause);
  if (mine.close_polls++ == 0) mine.first_close = mine.polled;
  if (mine.close_polls < kClosePolls) return;
  const std::string floor = in_words(terms.poll_floor);
  tell_of_task(box, terms, FindingCode::kPolledTooFast, sight, mine.first_close,
               joined({std::to_string(mine.close_polls + 1), " polls of one task came ",
                       in_words(mine.closest), " to ", floor,
                       " apart; the provider advises no less than ", floor}));
}

void Docket::looked(Sandbox& box, const Terms& terms, const Sight& sight, TaskNotes& mine) {
  const Exchange& exchange = sight.exchange;
  const bool poll = exchange.on == On::kPoll;
  if (poll) {
    if (terms.poll_floor > Duration::zero()) paced(box, terms, sight, mine);
    if (mine.poll_host != 0 && host_print(sight.request.host()) != mine.poll_host) {
      tell_of_task(
          box, terms, FindingCode::kOwnPollAddress, sight, mine.submitted,
          joined({"the task was polled at ", valid_utf8(sight.request.host().substr(0, 200)),
                  ", which is not the address that was handed out"}));
    }
    if (mine.shown != 0 && exchange.number > mine.shown &&
        ++mine.polls_after_end >= kPollsAfterEnd) {
      tell_of_task(
          box, terms, FindingCode::kPolledAfterEnd, sight, mine.shown,
          joined({"the task was polled ", std::to_string(mine.polls_after_end),
                  " times after its end (", to_string(sight.view.end), ") had been shown"}));
    }
    mine.polled = exchange.number;
    mine.poll_at = exchange.answered;
    mine.poll_wall = sight.went;
  }
  // A task that the provider does not know any more has no end to be shown.
  mine.missed = !whole(sight) || exchange.status == 404;
  if (sight.view.done()) {
    if (!mine.missed && mine.shown == 0) end_shown(box, sight, mine);
    if (!mine.missed) mine.shown_at = exchange.answered;
    mine.looked = mine.looked || !mine.missed;
    return;
  }
  const Duration age = exchange.at - sight.task->accepted;
  if (age <= terms.poll_patience || ++mine.polls_beyond < kPollsBeyond) return;
  tell_of_task(box, terms, FindingCode::kNeverGaveUp, sight, mine.submitted,
               joined({"the task was still polled ", in_words(age), " after it was accepted, ",
                       std::to_string(mine.polls), " times in all, and shows no end; ",
                       in_words(terms.poll_patience), " are enough"}));
}

}  // namespace emulator::judge
