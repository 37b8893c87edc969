#include "emulator/base/manual_loop.h"

#include <utility>

namespace emulator {
namespace {

void perform(const BackgroundWork& work) {
  Unhindered pace;
  work.work(pace);
  work.done();
}

}  // namespace

void ManualLoop::post(std::function<void()> work) {
  const std::lock_guard<std::mutex> lock(mutex_);
  posted_.push_back(std::move(work));
}

std::shared_ptr<void> ManualLoop::after(Duration wait, std::function<void()> work) {
  auto timer = std::make_shared<Timer>(Timer{wall_.now() + wait, std::move(work)});
  timers_.push_back(timer);
  return timer;
}

std::shared_ptr<void> ManualLoop::offload(BackgroundWork work) {
  ++offloaded_;
  if (!holds_) {
    perform(work);
    return nullptr;
  }
  auto held = std::make_shared<BackgroundWork>(std::move(work));
  held_.push_back(held);
  return held;
}

bool ManualLoop::do_offloaded() {
  while (!held_.empty()) {
    const auto work = held_.front().lock();
    held_.pop_front();
    if (!work) continue;
    perform(*work);
    return true;
  }
  return false;
}

std::function<void()> ManualLoop::next_posted() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (posted_.empty()) return nullptr;
  auto work = std::move(posted_.front());
  posted_.pop_front();
  return work;
}

std::shared_ptr<ManualLoop::Timer> ManualLoop::next_due() {
  std::shared_ptr<Timer> next;
  const Instant now = wall_.now();
  for (const auto& weak : timers_)
    if (auto timer = weak.lock(); timer && timer->work && timer->due <= now)
      if (!next || timer->due < next->due) next = std::move(timer);
  return next;
}

void ManualLoop::turn(std::size_t most) {
  for (std::size_t calls = 0; calls < most; ++calls) {
    if (const auto work = next_posted()) {
      work();
    } else if (const auto timer = next_due()) {
      std::exchange(timer->work, nullptr)();
    } else {
      break;
    }
  }
  std::erase_if(timers_, [](const auto& weak) { return weak.expired(); });
}

std::vector<Instant> ManualLoop::due() const {
  std::vector<Instant> out;
  for (const auto& weak : timers_)
    if (const auto timer = weak.lock(); timer && timer->work) out.push_back(timer->due);
  return out;
}

}  // namespace emulator
