#include "emulator/app/file_watch.h"

#include <utility>

namespace emulator {

FileWatch::FileWatch(Look look, Loop& loop, std::function<void()> changed, std::string seen,
                     Duration period)
    : look_(std::move(look)),
      loop_(loop),
      changed_(std::move(changed)),
      period_(period),
      told_(std::move(seen)),
      last_(told_) {
  wait();
}

void FileWatch::wait() {
  timer_ = loop_.after(period_, [this] { look(); });
}

void FileWatch::look() {
  std::string now = look_();
  const bool still = now == last_;
  last_ = std::move(now);
  wait();
  if (!still || last_ == told_) return;
  told_ = last_;
  const std::function<void()> changed = changed_;  // it may let go of this watch
  changed();
}

}  // namespace emulator
