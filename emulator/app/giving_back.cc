#include "emulator/app/giving_back.h"

#include "emulator/os/os.h"

namespace emulator {
namespace {

// Giving back a gigabyte takes some 0.4 s of processor time.
constexpr std::uint64_t kWorthGiving = 8u << 20;
constexpr Duration kQuiet = std::chrono::milliseconds(250);

}  // namespace

bool GivingBack::is_worth_it() const {
  return parts_.memory.peak() - parts_.memory.total() >= kWorthGiving;
}

void GivingBack::soon() {
  if (timer_) return;
  timer_ = parts_.loop.after(kQuiet, [this, requests = parts_.requests()] {
    timer_.reset();
    if (!is_worth_it()) return;
    if (parts_.requests() != requests) return soon();
    parts_.forget();
    os::give_memory_back();
    parts_.memory.forget_peak();
  });
}

}  // namespace emulator
