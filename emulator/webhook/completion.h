#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "emulator/base/loop.h"

namespace emulator::webhook {

// Somebody waits until something is over: a clock that is moved, a reply that is held back.
// Whatever is not over yet holds a copy; when the last copy goes, the one who waits is told, once,
// at that very place. So no way out has to remember it. An empty one tells nobody. Loop thread.
class Completion {
 public:
  Completion() = default;
  // `told` must not throw; an empty one makes an empty completion.
  explicit Completion(std::function<void()> told)
      : teller_(told ? std::make_shared<Teller>(std::move(told)) : nullptr) {}

  explicit operator bool() const { return teller_ != nullptr; }

  // Told after that much wall time at the latest, whoever still holds copies. A second call changes
  // nothing.
  void at_most(Duration wait, Loop& loop) const;
  // Nobody is told any more, whichever copy goes last.
  void silence() const;

 private:
  struct Teller {
    explicit Teller(std::function<void()> whom) : told(std::move(whom)) {}
    Teller(const Teller&) = delete;
    Teller& operator=(const Teller&) = delete;
    ~Teller() { tell(); }
    void tell();

    std::function<void()> told;
    std::shared_ptr<void> timer;
  };

  std::shared_ptr<Teller> teller_;
};

}  // namespace emulator::webhook
