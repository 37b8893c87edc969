// Rules about requests that come again: too early, too often, in vain, or at twice the price.
#include <algorithm>
#include <charconv>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/judge/docket.h"

namespace emulator::judge {
namespace {

using namespace std::chrono_literals;

// Who repeats a final refusal so soon does it by itself; later it is a person who tries again.
constexpr Duration kBySelf = 1min;
// Timers fire a little early, and clocks differ.
constexpr Duration kEarly = 50ms;
constexpr std::uint32_t kStorm = 5;
// Pauses that differ by less do not grow; shorter ones than this are none, longer ones than that
// are no storm.
constexpr double kGrowth = 1.5;
constexpr Duration kNoPause = 200ms;
constexpr Duration kCalm = 10s;
constexpr Duration kCalmPolls = 1s;
// Refusals for the limit this close are one attempt after the other.
constexpr Duration kPressing = 2s;
constexpr std::uint32_t kOverLimit = 5;

std::uint64_t print_of_body(std::string_view body) {
  constexpr std::size_t kLooked = 64u << 10;
  std::uint64_t out = body.size();
  // Eight bytes at a time: bodies carry pictures.
  const auto take = [&out](std::string_view part) {
    out = mixed(out ^ std::hash<std::string_view>{}(part));
  };
  take(body.substr(0, kLooked));
  if (body.size() > kLooked)
    take(body.substr(body.size() - std::min(kLooked, body.size() - kLooked)));
  return out;
}

// Equal for requests that are the same, key included.
std::uint64_t print_of(const Sight& sight) {
  const http::Request& request = sight.request;
  std::uint64_t out = mixed(static_cast<std::uint64_t>(sight.exchange.on) + 1);
  out = mixed(out ^ std::hash<std::string_view>{}(request.target));
  if (sight.exchange.on != On::kSubmit && request.body.empty()) return out;
  for (const char* name : {"authorization", "x-key", "x-api-key"})
    if (const auto key = request.headers.get(name))
      out = mixed(out ^ std::hash<std::string_view>{}(*key));
  return mixed(out ^ print_of_body(request.body));
}

// True when the client got no answer that it could use, through no fault of its own.
bool unusable(const Sight& sight) {
  const std::string& wire = sight.exchange.wire;
  if (!wire.empty() && wire != "slow" && wire != "wrong_type") return true;
  return sight.replaced && sight.reply.status >= 500;
}

bool failed(const Sight& sight) {
  return sight.exchange.status == 0 || sight.exchange.status >= 400 || unusable(sight);
}

// The name of a refusal that will not change; "" for any other.
std::string_view final_word(const Terms& terms, const Sight& sight, const Sandbox& box) {
  const std::string& refusal = sight.exchange.refusal;
  for (const std::string_view known :
       {"unauthenticated", "forbidden", "out_of_credit", "invalid_input"})
    if (refusal == known && !sight.replaced) return known;
  // Providers know a task a moment later than its submitter does.
  const On on = sight.exchange.on;
  const bool young = sight.task != nullptr
                         ? sight.exchange.answered - sight.task->accepted < terms.unknown_at_first
                         : box.age() < terms.unknown_at_first;
  if (on == On::kSubmit) return refusal == "not_found" ? "not_found" : "";
  if (on != On::kPoll && on != On::kResult) return "";
  const bool unknown = refusal == "not_found" || (refusal.empty() && sight.exchange.status == 404);
  return unknown && !young ? "not_found" : "";
}

// What Retry-After says, in whole seconds.
Duration retry_after(const http::Reply& reply) {
  const auto text = reply.headers.get("retry-after");
  if (!text) return Duration::zero();
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error != std::errc() || end != text->data() + text->size()) return Duration::zero();
  return std::chrono::seconds(seconds);
}

std::string about(const Sight& sight) {
  return "the " + std::string(to_string(sight.exchange.on)) + " " +
         valid_utf8(sight.request.method + " " + sight.request.path.substr(0, 200));
}

Finding on(const Sight& sight, std::vector<std::uint64_t> requests) {
  Finding out;
  out.endpoint = sight.exchange.endpoint;
  out.task = sight.task != nullptr ? sight.task->id : sight.exchange.task;
  out.requests = std::move(requests);
  out.requests.push_back(sight.exchange.number);
  out.at = sight.exchange.answered;
  return out;
}

}  // namespace

void Docket::told_early(Sandbox& box, const Terms& terms, const Sight& sight, const Chain& chain,
                        std::uint64_t print) {
  const Duration pause = pause_since(chain.answered, chain.wall, sight.exchange.at, sight.came);
  if (chain.wait == Duration::zero() || pause + std::max(kEarly, chain.wait / 20) >= chain.wait)
    return;
  Finding finding = on(sight, {chain.number});
  finding.what = about(sight) + " came again " + in_words(pause) + " after an answer that said " +
                 in_words(chain.wait) + " in Retry-After";
  tell(box, terms, FindingCode::kRetriedTooEarly, print, std::move(finding));
}

void Docket::told_final(Sandbox& box, const Terms& terms, const Sight& sight, Chain& chain,
                        std::uint64_t print) {
  const Duration pause = pause_since(chain.answered, chain.wall, sight.exchange.at, sight.came);
  if (chain.final.empty() || pause >= kBySelf) return;
  ++chain.finals;
  // A poll or two in vain may have been under way already, or come from somewhere else.
  if (sight.exchange.on != On::kSubmit && chain.finals < 2) return;
  Finding finding = on(sight, {chain.number});
  finding.what = about(sight) + " came again, unchanged, " + in_words(pause) +
                 " after it was answered with " + std::string(chain.final);
  tell(box, terms, FindingCode::kRetriedFinal, print, std::move(finding));
}

void Docket::told_twice(Sandbox& box, const Terms& terms, const Sight& sight, Chain& chain,
                        std::uint64_t print) {
  if (chain.lost == 0 || !sight.made || chain.looks != looks_) return;
  const std::uint64_t lost = std::exchange(chain.lost, 0);
  Finding finding = on(sight, {lost});
  finding.what = about(sight) +
                 " was accepted and charged although the same had been accepted and charged "
                 "before, and its answer lost";
  tell(box, terms, FindingCode::kPaidTwice, print, std::move(finding));
}

void Docket::told_storm(Sandbox& box, const Terms& terms, const Sight& sight, Chain& chain,
                        std::uint64_t print, Duration pause) {
  chain.shortest = chain.failures == 1 ? pause : std::min(chain.shortest, pause);
  chain.longest = chain.failures == 1 ? pause : std::max(chain.longest, pause);
  ++chain.failures;
  if (chain.failures < kStorm || !chain.final.empty()) return;
  const bool still = box.clock.frozen() && chain.longest < kEarly;  // nobody can tell how it waits
  const bool polls = sight.exchange.on == On::kPoll || sight.exchange.on == On::kResult;
  const bool grows = static_cast<double>(chain.longest.count()) >=
                         kGrowth * static_cast<double>(chain.shortest.count()) &&
                     chain.longest >= kNoPause;
  const bool obeys = chain.wait > Duration::zero() && chain.shortest + kEarly >= chain.wait;
  if (still || grows || obeys || chain.longest >= (polls ? kCalmPolls : kCalm)) return;
  Finding finding = on(sight, {chain.first, chain.number});
  finding.what = about(sight) + " failed " + std::to_string(chain.failures) +
                 " times in a row, the pauses between " + in_words(chain.shortest) + " and " +
                 in_words(chain.longest);
  tell(box, terms, FindingCode::kRetryStorm, print, std::move(finding));
}

// Submissions that are refused because too many tasks are unfinished.
void Docket::limited(Sandbox& box, const Terms& terms, const Sight& sight) {
  if (sight.made) {
    over_.erase(sight.provider);
    return;
  }
  if (sight.exchange.refusal != "rate_limited" || sight.scripted) return;
  Over& over = over_[sight.provider];
  const Duration pause = pause_since(over.at, over.wall, sight.exchange.at, sight.came);
  const bool behind = over.seen != 0 && sight.exchange.number > over.seen;
  if (over.seen != 0 && !behind) return;  // was under way when the first was refused
  over.count = behind && pause < kPressing ? over.count + 1 : 1;
  if (over.count == 1) over.first = sight.exchange.number;
  over.seen = box.journal.seen();
  over.at = sight.exchange.answered;
  over.wall = sight.went;
  if (over.count < kOverLimit) return;
  Finding finding = on(sight, {over.first});
  finding.what = std::to_string(over.count) +
                 " submissions in a row came while the account was at its limit, less than " +
                 in_words(kPressing) + " apart";
  tell(box, terms, FindingCode::kOverLimit, sight.provider, std::move(finding));
}

void Docket::repeats(Sandbox& box, const Terms& terms, const Sight& sight, TaskNotes* mine) {
  const Exchange& exchange = sight.exchange;
  const bool submits = exchange.on == On::kSubmit;
  const bool fails = failed(sight);
  // Nearly every poll ends here.
  if (!submits && !fails && failing_ == 0) return;
  if (submits) limited(box, terms, sight);
  const std::uint64_t print = print_of(sight);
  if (mine != nullptr && submits) mine->print = print;
  Chain* before = chain(print);
  const bool again = before != nullptr && exchange.number > before->seen;
  if (before != nullptr && !again && !sight.made) return;  // side by side with the other
  Duration pause{0};
  if (again) {
    pause = pause_since(before->answered, before->wall, exchange.at, sight.came);
    told_early(box, terms, sight, *before, print);
    told_final(box, terms, sight, *before, print);
    told_twice(box, terms, sight, *before, print);
  }
  if (!submits && !fails) {
    if (before != nullptr) {
      drop_chain(print);
      std::erase(chain_order_, print);
    }
    return;
  }
  Chain& now = chain_of(print, submits);
  const std::string_view final = final_word(terms, sight, box);
  if (fails && final.empty() && again && now.failures > 0) {
    told_storm(box, terms, sight, now, print, pause);
  } else {
    now.failures = fails ? 1 : 0;
    now.first = exchange.number;
  }
  if (final.empty()) now.finals = 0;
  now.final = final;
  now.number = exchange.number;
  now.seen = box.journal.seen();
  now.answered = exchange.answered;
  now.wall = sight.went;
  now.wait = retry_after(sight.reply);
  if (submits && sight.made && (unusable(sight) || !sight.heard)) {
    now.lost = exchange.number;
    now.looks = looks_;
  }
}

}  // namespace emulator::judge
