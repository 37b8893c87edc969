#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emulator/state/engine.h"

namespace emulator::state {

// Several emulators that keep state in one place: which of them lives, and whose each sandbox is.
// Everything may block, is called by one thread at a time, and throws StateFault when the place
// cannot be reached; what became of it is then not known.
class Claims {
 public:
  virtual ~Claims() = default;

  // Says that this emulator lives for another while, and where the others reach it (HOST:PORT).
  struct Life {
    std::vector<std::string> addresses;  // of all that live, this one among them
    // Sandboxes in which something is due and whose emulator is gone; some of them.
    std::vector<std::string> orphans;
    bool emptied = false;  // what was kept is gone, and nothing can be kept until `go_on`
  };
  virtual Life live(const std::string& address) = 0;
  // What was kept is gone, and everybody who had something there knows it: it begins anew.
  virtual void go_on() = 0;
  // This one ends: its sandboxes are anybody's.
  virtual void leave() = 0;

  // Claims the sandbox that has what is asked for under one of `keys`, else the one named; "": no
  // other is meant. One whose emulator lives stays its own.
  struct Claimed {
    enum class Whose { kNobodys, kOurs, kTheirs };  // nobody's: no key is known, and no name given
    Whose whose = Whose::kNobodys;
    std::string name;                 // of the sandbox
    std::string address;              // kTheirs: where its emulator is reached
    std::optional<StoredBox> stored;  // kOurs: what is kept of it, without an id; nullopt: nothing
  };
  virtual Claimed claim(const std::vector<std::uint64_t>& keys, const std::string& name) = 0;

  // What emulators show each other; known to nobody else.
  virtual const std::string& secret() const = 0;
  // By which this one is known among them.
  virtual const std::string& id() const = 0;
};

// The name under which the inboxes are claimed, all of them together; no sandbox can have it.
inline constexpr char kInboxes[] = "@inboxes";

}  // namespace emulator::state
