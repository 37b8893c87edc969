#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"

namespace emulator {

struct Exchange;
class Sandbox;

// Something that happened in a sandbox. Views and pointers are good while it is told.
struct Happening {
  enum class Kind : std::uint8_t {
    kRequest,   // came and was understood; `exchange` has no answer yet, or has it already
    kAnswer,    // `exchange` was answered
    kTask,      // `id` was accepted, cancelled or deleted; `what` says which
    kClock,     // was moved or changed its speed
    kReset,     // parts of the sandbox, named in `what`, were put back to the start
    kScenario,  // another one, `what`, decides from now on
    kWebhook,   // delivery `id` got on; `what` is its state
    kFinding,   // of the client; `id` is its code, `what` the whole as JSON
    kGone,      // the sandbox is let go; nothing follows
    kLetter,    // number `what` came to inbox `id`, which belongs to no sandbox
  };
  Kind kind;
  Instant at{};  // on the sandbox's clock
  const Exchange* exchange = nullptr;
  std::string_view id;
  std::string_view what;
  Sandbox* box = nullptr;  // where it happened, for those who listen to all sandboxes at once
};

// Tells whoever listens what happens in a sandbox. Costs next to nothing while nobody does. Loop
// thread only.
class Feed {
 public:
  using Listener = std::function<void(const Happening&)>;

  // Listens until the handle is let go, which may be done while being told.
  std::shared_ptr<void> listen(Listener listener);
  void tell(const Happening& happening);
  // From now on `wider`, which must outlive this, is told everything too, as happening in `box`.
  void pass_on(Feed& wider, Sandbox& box);
  // False while nobody listens, so that there is no use in wording what would be told.
  bool is_heard() const { return !listeners_.empty(); }

 private:
  std::vector<std::weak_ptr<Listener>> listeners_;
  Feed* wider_ = nullptr;
  Sandbox* box_ = nullptr;
};

}  // namespace emulator
