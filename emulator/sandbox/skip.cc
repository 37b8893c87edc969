// Clocks that skip: whoever waits for something that is to come in a sandbox moves its clock there,
// one after the other, each by a settled move like any other.
#include <utility>

#include "emulator/sandbox/sandboxes.h"

namespace emulator {
namespace {

// How long, by the wall, a request waits for moves that others have begun. A receiver of webhooks
// may ask before it answers the one that the move waits for: it is then told what is true now.
constexpr Duration kPatience = std::chrono::milliseconds(250);

}  // namespace

void Sandboxes::set_skips(Sandbox& box, bool skips) {
  if (std::exchange(box.skips, skips) || !skips) return;
  for (const Agenda::Ticket ticket : box.agenda.awaited()) skip_to(box, ticket);
}

void Sandboxes::skip(Sandbox& box, SkipTarget target, std::function<void()> then) {
  auto waiting = std::make_shared<Skip>(Skip{std::move(target), std::move(then), nullptr});
  if (!box.moving && !box.skip_turn && box.skipping.empty()) return skip_now(box, waiting);
  waiting->patience =
      loop_.after(kPatience, [this, name = box.name(), weak = std::weak_ptr(waiting)] {
        const auto impatient = weak.lock();
        if (impatient == nullptr) return;
        if (Sandbox* still = find(name)) still->skipping.remove(impatient);
        if (const auto call = std::exchange(impatient->then, nullptr)) call();
      });
  box.skipping.push_back(std::move(waiting));
  take_turn(box);
}

// For what stands on the agenda. Nobody is to be told, so that it always waits for its turn: it may
// have been put there by something that is being fired.
void Sandboxes::skip_to(Sandbox& box, Agenda::Ticket ticket) {
  box.skipping.push_back(std::make_shared<Skip>(
      Skip{[ticket](const Sandbox& at) { return at.agenda.due(ticket); }, nullptr, nullptr}));
  take_turn(box);
}

// Sees to it that the first of those who wait has its turn; while the clock is moved, the end of
// that move does.
void Sandboxes::take_turn(Sandbox& box) {
  if (box.moving || box.skip_turn || box.skipping.empty()) return;
  box.skip_turn = loop_.after(Duration::zero(), [this, name = box.name()] {
    Sandbox* still = find(name);
    if (still == nullptr) return;
    const auto held = std::exchange(still->skip_turn, nullptr);  // it is what runs here
    if (still->moving || still->skipping.empty()) return;
    const auto next = std::move(still->skipping.front());
    still->skipping.pop_front();
    skip_now(*still, next);
  });
}

void Sandboxes::skip_now(Sandbox& box, const std::shared_ptr<Skip>& waiting) {
  const std::string name = box.name();
  waiting->patience.reset();
  const auto answered = [this, name, waiting] {
    if (const auto call = std::exchange(waiting->then, nullptr)) call();
    if (Sandbox* still = find(name)) take_turn(*still);
  };
  const std::optional<Instant> target = waiting->target(box);
  if (!target || *target <= box.now()) return answered();
  box.skip_moving = true;
  move(box, *target, [this, name, answered](const Moved& moved) {
    if (Sandbox* still = find(name))
      still->feed.tell({Happening::Kind::kClock, moved.now, nullptr, "", "moved"});
    answered();
  });
}

// Whoever waits is answered as things are, since there will be no other time.
void Sandboxes::stop_skipping(Sandbox& box) {
  box.skip_turn.reset();
  const auto waiting = std::exchange(box.skipping, {});
  for (const auto& one : waiting)
    if (const auto call = std::exchange(one->then, nullptr)) call();
}

}  // namespace emulator
