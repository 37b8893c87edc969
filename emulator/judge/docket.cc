#include "emulator/judge/docket.h"

#include <algorithm>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/scenario/allow.h"

namespace emulator::judge {
namespace {

constexpr std::size_t kEvidence = 10;  // requests named by one finding
constexpr std::size_t kMapNode = 64;   // what a place in a map takes beside its value
constexpr std::size_t kBrokenKept = 1'000;

// What a finding is known by.
std::uint64_t key_of(const Terms& terms, FindingCode code, std::uint64_t key) {
  return mixed(key ^ mixed(static_cast<std::uint64_t>(code) + 1) ^ hash_of(terms.provider));
}

}  // namespace

Duration pause_since(Instant then, Instant then_wall, Instant now, Instant now_wall) {
  return std::max(now - then, now_wall - then_wall);
}

std::string in_words(Duration duration) {
  using std::chrono::milliseconds;
  const auto whole = std::chrono::duration_cast<milliseconds>(duration);
  return worded(std::max(whole, milliseconds(0)));
}

void Docket::count() {
  held_.set(sizeof(Docket) + found_bytes_ + known_.size() * (kMapNode + sizeof(std::size_t)) +
            tasks_.capacity() * sizeof(TaskNotes) +
            chains_.size() * (kMapNode + sizeof(Chain) + sizeof(std::uint64_t)) +
            broken_.size() * (kMapNode + sizeof(Broken)) + hanging_.capacity() * sizeof(Hanging));
}

// Keeps a finding, or adds to the one that is known of the same.
void Docket::tell(Sandbox& box, const Terms& terms, FindingCode code, std::uint64_t key,
                  Finding finding) {
  if (scenario::allows(*box.scenario, code, terms.provider, finding.endpoint)) {
    ++allowed_;
    return;
  }
  if (Finding* const same = known(terms, code, key)) {
    ++same->times;
    same->what = std::move(finding.what);
    for (const std::uint64_t number : finding.requests) add_evidence(*same, number);
    return;
  }
  if (found_.size() >= limits_.findings) {
    ++not_kept_;
    return;
  }
  complete(finding, terms, code);
  finding.sandbox = box.name();
  found_bytes_ += finding.bytes();
  known_.emplace(key_of(terms, code, key), found_.size());
  found_.push_back(std::move(finding));
  count();
  if (told) told(box, found_.back());
}

void Docket::tell_of_task(Sandbox& box, const Terms& terms, FindingCode code, const Sight& sight,
                          std::uint64_t earlier, std::string what) {
  const Task& task = *sight.task;
  Finding* const same = known(terms, code, task.serial);
  if (same != nullptr && !scenario::allows(*box.scenario, code, terms.provider, task.endpoint)) {
    ++same->times;
    same->what = std::move(what);
    if (earlier != 0) add_evidence(*same, earlier);
    return add_evidence(*same, sight.exchange.number);
  }
  Finding finding;
  finding.endpoint = task.endpoint;
  finding.task = task.id;
  if (earlier != 0 && earlier != sight.exchange.number) finding.requests.push_back(earlier);
  finding.requests.push_back(sight.exchange.number);
  finding.at = sight.exchange.answered;
  finding.what = std::move(what);
  tell(box, terms, code, task.serial, std::move(finding));
}

Finding* Docket::known(const Terms& terms, FindingCode code, std::uint64_t key) {
  const auto same = known_.find(key_of(terms, code, key));
  return same == known_.end() ? nullptr : &found_[same->second];
}

void Docket::add_evidence(Finding& finding, std::uint64_t number) {
  auto& requests = finding.requests;
  if (requests.size() < kEvidence &&
      std::find(requests.begin(), requests.end(), number) == requests.end())
    requests.push_back(number);
}

TaskNotes* Docket::notes(std::uint64_t serial) {
  if (tasks_.empty()) return nullptr;
  TaskNotes& place = tasks_[serial & (tasks_.size() - 1)];
  return place.serial == serial ? &place : nullptr;
}

// The place of a task, which may have been another's: the oldest are let go.
TaskNotes& Docket::notes_of(const Task& task) {
  constexpr std::size_t kFewest = 8;
  const auto taken = [&] {
    return tasks_.empty() || tasks_[task.serial & (tasks_.size() - 1)].serial != 0;
  };
  while (taken() && 2 * tasks_.size() <= std::max(limits_.watched, kFewest)) {
    std::vector<TaskNotes> larger(std::max(kFewest, 2 * tasks_.size()));
    for (const TaskNotes& one : tasks_)
      if (one.serial != 0) larger[one.serial & (larger.size() - 1)] = one;
    tasks_ = std::move(larger);
    count();
  }
  TaskNotes& place = tasks_[task.serial & (tasks_.size() - 1)];
  if (place.serial != 0) ++unwatched_;
  place = {};
  place.serial = task.serial;
  place.provider = task.provider;
  return place;
}

Chain* Docket::chain(std::uint64_t print) {
  const auto found = chains_.find(print);
  return found == chains_.end() ? nullptr : &found->second;
}

void Docket::drop_chain(std::uint64_t print) {
  const auto found = chains_.find(print);
  if (found == chains_.end()) return;
  if (!found->second.submits) --failing_;
  chains_.erase(found);
}

Chain& Docket::chain_of(std::uint64_t print, bool submits) {
  const auto [place, fresh] = chains_.try_emplace(print);
  if (!fresh) return place->second;
  place->second.submits = submits;
  if (!submits) ++failing_;
  chain_order_.push_back(print);
  while (chains_.size() > std::max<std::size_t>(limits_.watched, 1)) {
    drop_chain(chain_order_.front());
    chain_order_.pop_front();
  }
  count();
  return chains_.find(print)->second;
}

void Docket::answered(Sandbox& box, const Terms& terms, const Sight& sight) {
  const Exchange& exchange = sight.exchange;
  connections(box, terms, sight);
  if (sight.ours) return;
  if (met_.size() <= sight.provider) met_.resize(std::size_t{sight.provider} + 1);
  met_[sight.provider].see(sight);
  TaskNotes* mine = nullptr;
  if (sight.task != nullptr) mine = sight.made ? &notes_of(*sight.task) : notes(sight.task->serial);
  // The second poll of a task is made like the first.
  if (mine == nullptr || exchange.on != On::kPoll || mine->polls == 0)
    credentials(box, terms, sight);
  if (exchange.on == On::kSubmit) addresses(box, terms, sight);
  repeats(box, terms, sight, mine);
  switch (exchange.on) {
    case On::kSubmit:
      if (sight.made) made(box, terms, sight, *mine);
      break;
    case On::kPoll:
    case On::kResult:
    case On::kStream:
      if (mine != nullptr) looked(box, terms, sight, *mine);
      break;
    case On::kCancel:
      if (mine != nullptr) mine->cancelled = true;
      break;
    case On::kDownload:
      downloaded(box, terms, sight, mine);
      break;
    case On::kAccount:
      if (std::find(terms.listing_routes.begin(), terms.listing_routes.end(), exchange.route) !=
          terms.listing_routes.end()) {
        ++looks_;
        listed_at_ = exchange.answered;
      }
      break;
    default:
      break;
  }
  if (exchange.wire == "hang") {
    constexpr std::size_t kHanging = 1'000;
    if (hanging_.size() < kHanging)
      hanging_.push_back({exchange.number, sight.provider, exchange.on, exchange.answered});
  }
  if (broken_.size() > kBrokenKept) broken_.erase(broken_.begin());
}

// What the catalogue and the contract say of the code goes with every finding.
void Docket::complete(Finding& finding, const Terms& terms, FindingCode code) {
  const Entry& known = entry(code);
  finding.code = code;
  if (!finding.lenient) finding.severity = known.severity;
  finding.provider = terms.provider;
  finding.why = known.why;
  finding.remedy = known.remedy;
  const auto reason = terms.reasons.find(to_string(code));
  if (reason == terms.reasons.end()) return;
  if (!reason->second.why.empty()) finding.why = reason->second.why;
  if (finding.source.empty()) finding.source = reason->second.source;
}

}  // namespace emulator::judge
