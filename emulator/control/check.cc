#include "emulator/control/check.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/control/views.h"
#include "emulator/pipeline/expect.h"

namespace emulator::control {
namespace {

constexpr std::size_t kShownIds = 100;
constexpr std::size_t kShownNear = 5;
constexpr std::size_t kMostProblems = 10;
constexpr std::size_t kMostSteps = 100;
constexpr Duration kLongestWait = std::chrono::hours(1);
constexpr Duration kLongestGap = std::chrono::hours(24 * 365);

std::shared_ptr<const scenario::When> read_when(Members& body, const std::string& key,
                                                const Json& value,
                                                const scenario::Vocabulary& vocabulary) {
  auto when = scenario::load_when(value, vocabulary);
  if (when) return *when;
  body.fail(key, when.error());
  return nullptr;
}

void read_times(Members& body, Question& question) {
  const Json* times = body.find("times");
  if (times == nullptr) return;
  if (!times->is_object()) {
    if (const auto exact = body.whole("times", 0, UINT64_MAX))
      question.at_least = question.at_most = *exact;
    return;
  }
  Members bounds(*times, body.place("times"), {"at_least", "at_most"});
  question.at_least = bounds.whole("at_least", 0, UINT64_MAX).value_or(0);
  question.at_most = bounds.whole("at_most", 0, UINT64_MAX).value_or(UINT64_MAX);
  if (question.at_least > question.at_most)
    bounds.fail("", "\"at_least\" is more than \"at_most\"");
  body.take(bounds);
}

void read_spacing(Members& body, Question& question) {
  const Json* spacing = body.object("spacing");
  if (spacing == nullptr) return;
  Members bounds(*spacing, body.place("spacing"), {"at_least", "at_most"});
  question.least_gap = bounds.duration("at_least", kLongestGap);
  question.most_gap = bounds.duration("at_most", kLongestGap);
  if (!bounds.failed() && !question.least_gap && !question.most_gap)
    bounds.fail("", "says nothing", {"at_least", "at_most"});
  body.take(bounds);
}

// `me-17`, `17`, or a time.
void read_since(Members& body, const Sandbox& box, Question& question) {
  const auto text = body.text("since");
  if (!text) return;
  std::string_view id = *text;
  if (id.starts_with(box.name() + "-")) id.remove_prefix(box.name().size() + 1);
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), question.after);
  if (!id.empty() && error == std::errc() && end == id.data() + id.size()) return;
  const auto at = parse_instant(*text);
  if (at)
    question.since = *at;
  else
    body.fail("since", "expects a request's id such as \"" + box.name() +
                           "-17\", or a time such as \"2026-01-01T00:00:00Z\"");
}

std::string bounds_words(std::uint64_t least, std::uint64_t most) {
  if (least == most) return std::to_string(least);
  if (most == UINT64_MAX) return "at least " + std::to_string(least);
  return (least > 0 ? std::to_string(least) + " to " : "at most ") + std::to_string(most);
}

}  // namespace

Question read_question(Members& body, const Sandbox& box, const scenario::Vocabulary& vocabulary) {
  Question question;
  if (const Json* order = body.list("order")) {
    question.ordered = true;
    if (order->empty() || order->size() > kMostSteps)
      body.fail("order", "expects 1 to " + std::to_string(kMostSteps) + " conditions");
    for (std::size_t i = 0; i < order->size() && !body.failed(); ++i)
      question.whens.push_back(
          read_when(body, "order[" + std::to_string(i) + "]", (*order)[i], vocabulary));
    if (body.has("when") || body.has("times"))
      body.fail("", "give \"order\", or \"when\" with \"times\"", {"order", "when"});
  } else if (const Json* when = body.find("when")) {
    question.whens.push_back(read_when(body, "when", *when, vocabulary));
  } else {
    body.fail("",
              "needs \"when\": which requests to count; or \"order\": a list of such conditions",
              {"when", "order"});
  }
  read_times(body, question);
  read_spacing(body, question);
  read_since(body, box, question);
  question.within = body.duration("within", kLongestWait).value_or(Duration::zero());
  return question;
}

void Check::look(const Exchange& exchange, const Sandbox& box, const Parts& parts) {
  if (exchange.number <= question_.after) return;
  if (question_.since && exchange.at < *question_.since) return;
  if (question_.ordered && count_ == question_.whens.size()) return;
  const auto& when = question_.ordered ? question_.whens[count_] : question_.whens.front();
  Seen seen(exchange, box, parts.registry, parts.sandboxes);
  const scenario::Fit fit = seen.fit(*when);
  if (fit.met()) return count(exchange, box);
  keep_near(fit, exchange, box);
}

void Check::look_back(const Sandbox& box, const Parts& parts) {
  for (auto number = box.journal.first(); number <= box.journal.seen(); ++number)
    look(*box.journal.find(number), box, parts);
}

void Check::forget() {
  count_ = 0;
  last_.reset();
  ids_.clear();
  problems_.clear();
  near_.clear();
}

void Check::count(const Exchange& exchange, const Sandbox& box) {
  ++count_;
  const std::string id = exchange_id(box, exchange);
  if (last_ && (question_.least_gap || question_.most_gap)) {
    const Duration gap = exchange.at - *last_;
    const bool early = question_.least_gap && gap < *question_.least_gap;
    const bool late = question_.most_gap && gap > *question_.most_gap;
    if ((early || late) && problems_.size() < kMostProblems)
      problems_.push_back(id + " came " + worded(gap) + " after the one before; " +
                          (early ? "at least " + worded(*question_.least_gap)
                                 : "at most " + worded(*question_.most_gap)) +
                          " was asked for");
  }
  last_ = exchange.at;
  if (ids_.size() < kShownIds) ids_.push_back(id);
  // What was near to the step before is no news of the next one.
  if (question_.ordered) near_.clear();
}

void Check::keep_near(const scenario::Fit& fit, const Exchange& exchange, const Sandbox& box) {
  const auto place = std::find_if(near_.begin(), near_.end(),
                                  [&](const Near& other) { return other.held < fit.held; });
  if (place == near_.end() && near_.size() >= kShownNear) return;
  Json line = exchange_line(box, exchange);
  line["failed"] = fit.failed;
  near_.insert(place, {fit.held, std::move(line)});
  if (near_.size() > kShownNear) near_.pop_back();
}

bool Check::holds() const {
  if (!problems_.empty()) return false;
  if (question_.ordered) return count_ == question_.whens.size();
  return count_ >= question_.at_least && count_ <= question_.at_most;
}

bool Check::hopeless() const {
  return !problems_.empty() || (!question_.ordered && count_ > question_.at_most);
}

Json Check::report(const Sandbox* box) const {
  std::vector<std::string> problems = problems_;
  const bool ok = holds() && box != nullptr;
  const std::uint64_t forgotten = box != nullptr ? box->journal.forgotten() : 0;
  if (box == nullptr) problems.emplace_back("the sandbox was let go meanwhile");
  if (!holds() && question_.ordered && count_ < question_.whens.size())
    problems.push_back("step " + std::to_string(count_ + 1) + " of " +
                       std::to_string(question_.whens.size()) + " has not come");
  if (!question_.ordered && (count_ < question_.at_least || count_ > question_.at_most))
    problems.push_back(std::to_string(count_) + " counted, " +
                       bounds_words(question_.at_least, question_.at_most) + " asked for");
  if (forgotten > 0)
    problems.push_back("the journal has let " + std::to_string(forgotten) +
                       " older requests go, which are not counted here (--max-journal, "
                       "--max-journal-bytes)");
  Json closest = Json::array();
  if (!ok)
    for (const Near& near : near_) closest.push_back(near.line);
  return {{"ok", ok},
          {"count", count_},
          {"requests", ids_},
          {"problems", problems},
          {"closest", std::move(closest)},
          {"forgotten", forgotten}};
}

}  // namespace emulator::control
