// Rules about pictures: whether they were fetched in time, whole, and once more where they were
// not; and what never happened by the end.
#include <algorithm>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/judge/docket.h"
#include "emulator/scenario/allow.h"

namespace emulator::judge {
namespace {

using namespace std::chrono_literals;
using Trouble = scenario::ImageTrouble::Kind;

// While the clock runs, whoever polls is between two looks most of the time.
constexpr Duration kBetweenLooks = 5s;
constexpr int kLooksMissed = 10;
constexpr Duration kOpenTooLong = 10min;

// What is wrong with a picture that came, in words; "" for nothing a client must see. Black and
// rotated ones are good pictures.
std::string_view broken_how(const Sight& sight) {
  const std::string& wire = sight.exchange.wire;
  if (wire == "cut" || wire == "wrong_length") return "was cut off";
  if (wire == "wrong_type") return "came with the type of a web page";
  switch (sight.trouble) {
    case Trouble::kTruncated:
      return "was cut off";
    case Trouble::kZeroBytes:
      return "was empty";
    case Trouble::kWrongType:
      return "was of another type than announced";
    default:
      return "";
  }
}

const Terms* terms_for(const std::vector<const Terms*>& terms, std::uint16_t provider) {
  return provider < terms.size() ? terms[provider] : nullptr;
}

bool ends_well(End end) { return end == End::kSucceed || end == End::kNsfw; }

}  // namespace

void Docket::downloaded(Sandbox& box, const Terms& terms, const Sight& sight, TaskNotes* mine) {
  const Exchange& exchange = sight.exchange;
  if (sight.task == nullptr) return;
  const std::uint64_t picture =
      mixed(sight.task->serial * 64 + static_cast<std::uint64_t>(std::max(sight.picture, 0)));
  if (sight.aged && mine != nullptr && mine->shown != 0) {
    Finding finding;
    finding.endpoint = sight.task->endpoint;
    finding.task = sight.task->id;
    finding.requests = {mine->shown, exchange.number};
    finding.at = exchange.answered;
    finding.what = "a link was used " + in_words(exchange.answered - mine->shown_at) +
                   " after it was last handed out; links live for " +
                   in_words(sight.task->fate.links_live_for);
    tell(box, terms, FindingCode::kDeadLinkUsed, picture, std::move(finding));
  }
  if (exchange.status < 200 || exchange.status > 399) return;
  if (mine != nullptr) mine->fetched = mine->looked = true;
  const auto before = broken_.find(picture);
  // Asked for again: whatever came of it, nobody took the first for good.
  if (before != broken_.end()) {
    if (exchange.number > before->second.number) before->second.what = "";
    return;
  }
  const std::string_view how = broken_how(sight);
  if (how.empty() || sight.request.method != "GET") return;
  broken_[picture] = {exchange.number, sight.task->serial, sight.provider, exchange.answered, how};
  count();
}

std::vector<Finding> Docket::missing(const Sandbox& box, const std::vector<const Terms*>& terms,
                                     bool over) const {
  std::vector<Finding> out;
  const Instant now = box.now();
  const bool settled = over || box.clock.frozen();
  const auto add = [&](const Terms& theirs, FindingCode code, Finding finding) {
    if (scenario::allows(*box.scenario, code, theirs.provider, finding.endpoint)) return;
    complete(finding, theirs, code);
    finding.sandbox = box.name();
    finding.at = now;
    out.push_back(std::move(finding));
  };
  for (const TaskNotes& notes : tasks_) {
    const Task* const kept = notes.serial == 0 ? nullptr : box.tasks.at(notes.serial);
    const Terms* const theirs = terms_for(terms, notes.provider);
    if (kept == nullptr || theirs == nullptr || kept->deleted || kept->cancelled || notes.cancelled)
      continue;
    const Task& task = *kept;
    const TaskNotes* const mine = &notes;
    const TaskView view = state_at(task, now);
    Finding finding;
    finding.endpoint = task.endpoint;
    finding.task = task.id;
    const Duration grace =
        settled ? Duration::zero() : std::max(kBetweenLooks, kLooksMissed * theirs->poll_floor);
    const auto end = view.done() ? std::optional(view.ended) : due_end(task);
    const bool well = ends_well(view.done() ? view.end : task.fate.end);
    const bool ended = end && (over || now >= *end + grace) && (view.done() || over);
    const bool listed = end && listed_at_ >= *end;
    if (well && ended && mine->heard && !mine->looked && !mine->missed && !listed &&
        task.webhook == nullptr) {
      finding.requests = {mine->submitted};
      if (mine->polled != 0) finding.requests.push_back(mine->polled);
      finding.what =
          "the task was accepted and " +
          std::string(view.done() ? "ended well" : "would have ended well") + " " +
          in_words(*end - task.accepted) + " later; " +
          (mine->polls == 0 ? "nobody looked at it"
                            : "the last of " + std::to_string(mine->polls) + " polls came after " +
                                  in_words(mine->poll_at - task.accepted));
      add(*theirs, FindingCode::kGaveUpEarly, std::move(finding));
      continue;
    }
    const Duration life = task.fate.links_live_for;
    if (view.made() && mine->shown != 0 && !mine->fetched && !mine->inlined &&
        life > Duration::zero() && life < kForGood && now >= mine->shown_at + life) {
      finding.requests = {mine->submitted, mine->shown};
      finding.what = "the end was shown, and no picture was downloaded in the " + in_words(life) +
                     " that its links live";
      add(*theirs, FindingCode::kPictureNotFetched, std::move(finding));
    }
  }
  for (const auto& [picture, broken] : broken_) {
    const Terms* const theirs = terms_for(terms, broken.provider);
    if (theirs == nullptr || broken.what.empty()) continue;
    if (!settled && now < broken.at + kBetweenLooks) continue;
    Finding finding;
    if (const Task* task = box.tasks.at(broken.serial)) {
      finding.endpoint = task->endpoint;
      finding.task = task->id;
    }
    finding.requests = {broken.number};
    finding.what = "a picture " + std::string(broken.what) + " and was not asked for again";
    add(*theirs, FindingCode::kBrokenPictureKept, std::move(finding));
  }
  for (const Hanging& one : hanging_) {
    const Terms* const theirs = terms_for(terms, one.provider);
    if (theirs == nullptr || now - one.since <= kOpenTooLong) continue;
    Finding finding;
    finding.requests = {one.number};
    finding.what = "a " + std::string(word(one.on)) + " that is never answered is held open for " +
                   in_words(now - one.since);
    add(*theirs, FindingCode::kNoTimeLimit, std::move(finding));
  }
  return out;
}

void Docket::hung_up(Sandbox& box, const Terms& terms, std::uint64_t number) {
  const auto one = std::find_if(hanging_.begin(), hanging_.end(),
                                [&](const Hanging& open) { return open.number == number; });
  if (one == hanging_.end()) return;
  const Hanging was = *one;
  hanging_.erase(one);
  const Duration open = box.now() - was.since;
  if (open <= kOpenTooLong) return;
  Finding finding;
  finding.requests = {number};
  finding.at = box.now();
  finding.what = "a " + std::string(word(was.on)) + " that is never answered was held open for " +
                 in_words(open);
  tell(box, terms, FindingCode::kNoTimeLimit, number, std::move(finding));
}

}  // namespace emulator::judge
