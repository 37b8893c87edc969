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

struct Docket::Missing {
  void add(const Terms& theirs, FindingCode code, Finding finding) {
    if (scenario::allows(*box.scenario, code, theirs.provider, finding.endpoint)) return;
    complete(finding, theirs, code);
    finding.sandbox = box.name();
    finding.at = now;
    found.push_back(std::move(finding));
  }

  const Sandbox& box;
  const std::vector<const Terms*>& terms;
  const bool over;     // nothing follows
  const bool settled;  // nobody is about to do anything: nothing follows, or the clock stands
  const Instant now;
  std::vector<Finding> found = {};
};

std::vector<Finding> Docket::missing(const Sandbox& box, const std::vector<const Terms*>& terms,
                                     bool over) const {
  Missing missing{box, terms, over, over || box.clock.frozen(), box.now()};
  for (const TaskNotes& notes : tasks_) add_missing(notes, missing);
  add_broken(missing);
  add_hanging(missing);
  return std::move(missing.found);
}

// A task whose end nobody came for, or whose picture.
void Docket::add_missing(const TaskNotes& notes, Missing& missing) const {
  const Task* const kept = notes.serial == 0 ? nullptr : missing.box.tasks.at(notes.serial);
  const Terms* const theirs = terms_for(missing.terms, notes.provider);
  if (kept == nullptr || theirs == nullptr || kept->deleted || kept->cancelled || notes.cancelled)
    return;
  const Task& task = *kept;
  const TaskView view = state_at(task, missing.now);
  Finding finding;
  finding.endpoint = task.endpoint;
  finding.task = task.id;
  const Duration grace = missing.settled
                             ? Duration::zero()
                             : std::max(kBetweenLooks, kLooksMissed * theirs->poll_floor);
  const auto end = view.done() ? std::optional(view.ended) : due_end(task);
  const bool well = ends_well(view.done() ? view.end : task.fate.end);
  const bool ended =
      end && (missing.over || missing.now >= *end + grace) && (view.done() || missing.over);
  const bool listed = end && listed_at_ >= *end;
  if (well && ended && notes.heard && !notes.looked && !notes.missed && !listed &&
      task.webhook == nullptr) {
    finding.requests = {notes.submitted};
    if (notes.polled != 0) finding.requests.push_back(notes.polled);
    finding.what =
        "the task was accepted and " +
        std::string(view.done() ? "ended well" : "would have ended well") + " " +
        in_words(*end - task.accepted) + " later; " +
        (notes.polls == 0 ? "nobody looked at it"
                          : "the last of " + std::to_string(notes.polls) + " polls came after " +
                                in_words(notes.poll_at - task.accepted));
    missing.add(*theirs, FindingCode::kGaveUpEarly, std::move(finding));
    return;
  }
  const Duration life = task.fate.links_live_for;
  if (view.made() && notes.shown != 0 && !notes.fetched && !notes.inlined &&
      life > Duration::zero() && life < kForGood && missing.now >= notes.shown_at + life) {
    finding.requests = {notes.submitted, notes.shown};
    finding.what = "the end was shown, and no picture was downloaded in the " + in_words(life) +
                   " that its links live";
    missing.add(*theirs, FindingCode::kPictureNotFetched, std::move(finding));
  }
}

// A picture that came broken, and was taken for good.
void Docket::add_broken(Missing& missing) const {
  for (const auto& [picture, broken] : broken_) {
    const Terms* const theirs = terms_for(missing.terms, broken.provider);
    if (theirs == nullptr || broken.what.empty()) continue;
    if (!missing.settled && missing.now < broken.at + kBetweenLooks) continue;
    Finding finding;
    if (const Task* task = missing.box.tasks.at(broken.serial)) {
      finding.endpoint = task->endpoint;
      finding.task = task->id;
    }
    finding.requests = {broken.number};
    finding.what = "a picture " + std::string(broken.what) + " and was not asked for again";
    missing.add(*theirs, FindingCode::kBrokenPictureKept, std::move(finding));
  }
}

// A request that is never answered, and that somebody holds open.
void Docket::add_hanging(Missing& missing) const {
  for (const Hanging& one : hanging_) {
    const Terms* const theirs = terms_for(missing.terms, one.provider);
    if (theirs == nullptr || missing.now - one.since <= kOpenTooLong) continue;
    Finding finding;
    finding.requests = {one.number};
    finding.what = "a " + std::string(to_string(one.on)) +
                   " that is never answered is held open for " + in_words(missing.now - one.since);
    missing.add(*theirs, FindingCode::kNoTimeLimit, std::move(finding));
  }
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
  finding.what = "a " + std::string(to_string(was.on)) +
                 " that is never answered was held open for " + in_words(open);
  tell(box, terms, FindingCode::kNoTimeLimit, number, std::move(finding));
}

}  // namespace emulator::judge
