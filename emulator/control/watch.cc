#include "emulator/control/watch.h"

#include <utility>

#include "emulator/control/input.h"

namespace emulator::control {

struct Watch::Wait {
  std::string sandbox;
  Check check;
  http::Respond respond;
  Instant began{};  // wall time
  std::shared_ptr<void> listening, timer;
};

Watch::Watch(Limits limits, const Parts& parts) : limits_(limits), parts_(parts) {}

Watch::~Watch() = default;

void Watch::wait(const std::string& sandbox, Check check, const std::weak_ptr<http::Caller>& caller,
                 http::Respond respond) {
  Sandbox& box = parts_.sandboxes.named(sandbox);
  const bool over =
      check.holds() || check.hopeless() || check.question().within <= Duration::zero() || stopped_;
  if (!over && waits_.size() >= limits_.waits)
    return respond(our_error(429, "too_many_waits",
                             std::to_string(limits_.waits) +
                                 " calls are waiting already; that is the limit (--max-waits)"));
  const auto wait = std::make_shared<Wait>(Wait{sandbox, std::move(check), std::move(respond),
                                                parts_.sandboxes.wall().now(), nullptr, nullptr});
  waits_.insert(wait);
  if (over) return answer(wait, &box);
  wait->listening = box.feed.listen([this, wait = std::weak_ptr(wait)](const Happening& happening) {
    if (const auto still = wait.lock()) woken(still, happening);
  });
  if (const auto waiting = caller.lock())
    waiting->on_left([this, wait = std::weak_ptr(wait)] {
      if (const auto still = wait.lock()) waits_.erase(still);
    });
  wait->timer =
      parts_.loop.after(wait->check.question().within, [this, wait = std::weak_ptr(wait)] {
        if (const auto still = wait.lock()) answer(still, parts_.sandboxes.find(still->sandbox));
      });
}

void Watch::woken(const WaitPtr& wait, const Happening& happening) {
  Sandbox* box = parts_.sandboxes.find(wait->sandbox);
  switch (happening.kind) {
    case Happening::Kind::kRequest:
      if (box == nullptr) return;
      wait->check.look(*happening.exchange, *box, parts_);
      if (wait->check.holds() || wait->check.hopeless()) answer(wait, box);
      return;
    case Happening::Kind::kReset:
      if (happening.what.find("journal") != std::string_view::npos) wait->check.forget();
      return;
    case Happening::Kind::kGone:
      return answer(wait, nullptr);
    default:
      return;
  }
}

// Has a hold of its own, since what is handed on may be the hold of the set, which lets go of it.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void Watch::answer(WaitPtr wait, const Sandbox* box) {
  if (waits_.erase(wait) == 0) return;
  wait->listening.reset();
  wait->timer.reset();
  Json report = wait->check.report(box);
  const Duration waited = parts_.sandboxes.wall().now() - wait->began;
  report["waited_ms"] = std::chrono::duration_cast<Millis>(waited).count();
  wait->respond(json_reply(200, report));
}

void Watch::stop() {
  stopped_ = true;
  while (!waits_.empty())
    answer(*waits_.begin(), parts_.sandboxes.find((*waits_.begin())->sandbox));
  while (!streams_.empty()) end(*streams_.begin());
}

}  // namespace emulator::control
