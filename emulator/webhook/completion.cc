#include "emulator/webhook/completion.h"

namespace emulator::webhook {

void Completion::Teller::tell() {
  const auto kept = std::move(timer);  // which may be what calls this
  if (const auto call = std::exchange(told, nullptr)) call();
}

void Completion::at_most(Duration wait, Loop& loop) const {
  if (!teller_ || teller_->timer || !teller_->told) return;
  teller_->timer = loop.after(wait, [weak = std::weak_ptr(teller_)] {
    if (const auto teller = weak.lock()) teller->tell();
  });
}

void Completion::silence() const {
  if (!teller_) return;
  teller_->told = nullptr;
  teller_->timer.reset();
}

}  // namespace emulator::webhook
