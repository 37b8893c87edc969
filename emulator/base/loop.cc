#include "emulator/base/loop.h"

#include <utility>

namespace emulator {

// The work holds its own handle until it is done, so that nobody else has to.
void Loop::offload(std::function<void()> work, std::function<void()> done) {
  const auto handle = std::make_shared<std::shared_ptr<void>>();
  *handle = offload({"", 0, [work = std::move(work)](Pace&) { work(); },
                     [handle, done = std::move(done)] {
                       handle->reset();
                       done();
                     }});
}

}  // namespace emulator
