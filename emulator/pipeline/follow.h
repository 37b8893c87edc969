#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "emulator/pipeline/dialect.h"
#include "emulator/sandbox/sandboxes.h"

namespace emulator {

// When a stream that has just sent `piece` looks at its task again; nullopt: at nothing that time
// brings. Later than `now`. A pure function.
std::optional<Instant> next_look(const Task& task, const Piece& piece, Instant now);

// Replies that follow a task until it ends, server-sent events for example. Nothing polls: a stream
// is woken when its task begins, ends or is cancelled, and when its dialect asks for it, all on the
// sandbox's clock. Loop thread only.
class Followers {
 public:
  struct Parts {
    Sandboxes& sandboxes;
    // Makes a task's pictures reachable, if it has any to show.
    std::function<void(Sandbox& box, Task& task, const TaskView& view)> know_pictures;
    std::size_t kept_body = 0;  // bytes of a stream that the journal keeps
  };
  // Whose request a stream answers. The call is shared, since a long wait may let its body go.
  struct Asked {
    std::shared_ptr<Call> call;
    const Dialect* dialect = nullptr;
    std::shared_ptr<Exchange> exchange;
  };

  explicit Followers(Parts parts) : parts_(std::move(parts)) {}
  Followers(const Followers&) = delete;
  Followers& operator=(const Followers&) = delete;

  // The reply that follows `task`, which is in `box`, the call's sandbox; nullopt when the dialect
  // has none for this call. The stream begins once the reply's head is out, and outlives neither
  // the task nor this.
  std::optional<http::Reply> follow(Asked asked, Sandbox& box, Task& task);
  // The task ended otherwise than by time.
  void wake(std::uint16_t provider, const std::string& task);

 private:
  class Following;

  Parts parts_;
  // By provider and id of the task.
  std::unordered_multimap<std::string, std::weak_ptr<Following>> all_;
};

}  // namespace emulator
