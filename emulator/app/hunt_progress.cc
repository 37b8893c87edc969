#include "emulator/app/hunt_progress.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace emulator::hunt {

Progress::Progress(std::function<void(const std::string&)> out, std::size_t planned, bool bar)
    : out_(std::move(out)), planned_(planned), bar_(bar) {}

Progress::~Progress() {
  if (open_) out_("\n");
}

std::string Progress::bar() const {
  constexpr std::size_t kWidth = 30;
  const std::size_t filled = planned_ == 0 ? kWidth : kWidth * std::min(done_, planned_) / planned_;
  const double passed =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  const double left =
      done_ == 0 ? 0 : passed / static_cast<double>(done_) * static_cast<double>(planned_ - done_);
  char text[128];
  std::snprintf(text, sizeof text, "] %zu of %zu, %zu found, about %.0f s left ", done_, planned_,
                bad_, left);
  return "\rhunt [" + std::string(filled, '#') + std::string(kWidth - filled, '.') + text;
}

void Progress::told(const Judgement& one) {
  ++done_;
  if (is_bad(one.verdict)) ++bad_;
  if (bar_) {
    open_ = true;
    return out_(bar());
  }
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f s", one.seconds);
  out_("hunt: " + std::to_string(done_) + " of " + std::to_string(planned_) + "  " +
       std::string(to_string(one.verdict)) + "  " + one.trial.outcome + " (" + one.trial.provider +
       " " + one.trial.on + ", " + one.trial.occasion + ")  " + seconds + "\n");
}

}  // namespace emulator::hunt
