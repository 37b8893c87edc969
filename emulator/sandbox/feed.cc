#include "emulator/sandbox/feed.h"

#include <utility>

namespace emulator {

std::shared_ptr<void> Feed::listen(Listener listener) {
  auto kept = std::make_shared<Listener>(std::move(listener));
  listeners_.push_back(kept);
  return kept;
}

void Feed::pass_on(Feed& wider, Sandbox& box) {
  wider_ = &wider;
  box_ = &box;
}

void Feed::tell(const Happening& happening) {
  // First, as a listener here may drop the sandbox.
  if (wider_ != nullptr && !wider_->listeners_.empty()) {
    Happening there = happening;
    there.box = box_;
    wider_->tell(there);
  }
  if (listeners_.empty()) return;
  std::erase_if(listeners_, [](const auto& listener) { return listener.expired(); });
  // A listener may come, leave, or drop the sandbox and this with it.
  const auto listeners = listeners_;
  for (const std::weak_ptr<Listener>& listener : listeners)
    if (const auto call = listener.lock()) (*call)(happening);
}

}  // namespace emulator
