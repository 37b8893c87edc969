#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"

// The seam to what keeps state: rows by number and name, in batches that are kept whole or not at
// all. It knows nothing of what the values say.
namespace emulator::state {

// What the rows are of. Numbers and names: of a scenario its key; of a task its serial; of a note
// the provider and its key; of a webhook its number; of an upload the provider and its path; of a
// letter its number. Scenarios and letters belong to no sandbox (0).
enum class Shelf : std::uint8_t { kScenario, kSandbox, kTask, kNote, kWebhook, kUpload, kLetter };

// One change of what is kept.
struct Write {
  enum class What : std::uint8_t {
    kPut,        // the row is this one from now on
    kDrop,       // there is none
    kDropBelow,  // tasks: none with a smaller number
    kDropAll,    // of that sandbox; of scenarios those that no sandbox has
  };
  What what = What::kPut;
  Shelf shelf = Shelf::kSandbox;
  std::uint32_t box = 0;
  std::uint64_t number = 0;
  std::string name;
  std::string value;
  std::string bytes;  // of an upload
  // Of a task and an upload, for an engine that is shared: the keys by which they are asked for
  // when nobody says whose they are, eight bytes each (packed_keys).
  std::string keys;
  // Of a sandbox, beside its value: when it was used last, by the wall, its tasks, its scenario,
  // and whether webhooks of it are not over.
  Instant used{};
  std::uint64_t tasks = 0;
  std::uint64_t scenario = 0;
  bool due = false;
  bool fresh = false;  // no row of it was handed over before
};
using Batch = std::vector<Write>;

// A sandbox that is kept.
struct StoredBox {
  std::uint32_t id = 0;
  std::string name;
  Instant used{};
  std::uint64_t tasks = 0;
  bool due = false;
};

// What is kept cannot be read: the text says in one line what, where and why.
struct StateFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Reads what is kept; one thread at a time. Everything throws StateFault.
class Reading {
 public:
  virtual ~Reading() = default;
  virtual std::vector<StoredBox> boxes() = 0;
  // The value of a sandbox, of a scenario; nullopt: there is none.
  virtual std::optional<std::string> box(const StoredBox& box) = 0;
  virtual std::optional<std::string> scenario(std::uint64_t key) = 0;
  // Calls `row` for all rows of a sandbox (of letters: of none), in the order of their numbers and
  // names. The views are good during the call.
  using Row = std::function<void(std::uint64_t number, std::string_view name,
                                 std::string_view value, std::string_view bytes)>;
  virtual void each(Shelf shelf, const StoredBox& box, const Row& row) = 0;
  // Calls `row` for the tasks, or uploads, of all sandboxes, without the bytes of uploads.
  using Any = std::function<void(std::uint32_t box, std::uint64_t number, std::string_view name,
                                 std::string_view value)>;
  virtual void every_task(const Any& row) = 0;
  virtual void every_upload(const Any& row) = 0;
};

// Keeps what it is given. Opened by whoever knows its kind.
class Engine {
 public:
  virtual ~Engine() = default;
  // Keeps the batch, whole or not at all; "" or one line that says why not. One thread, any one.
  virtual std::string write(const Batch& batch) = 0;
  // For one thread to read by, beside the one that writes. Throws StateFault.
  virtual std::unique_ptr<Reading> reading() = 0;
  virtual std::string name() const = 0;  // as --state has it
  // The seed of sandboxes to come; what was kept first.
  virtual std::uint64_t seed() const = 0;
  // Whether several emulators keep theirs there: each its own sandboxes, which the others may take
  // over when it is gone.
  virtual bool shared() const { return false; }
  // Names of sandboxes whose rows in the last batch were not kept, because another emulator has
  // them by now. For the thread that writes, behind each batch that was kept.
  virtual std::vector<std::string> refused() { return {}; }
};

// Keys as `Write::keys` has them.
std::string packed_keys(const std::vector<std::uint64_t>& keys);

// A value with what shows whether it came back as it was. Behind `value`.
void seal(std::string& value);
// The value again; nullopt when it is another than was sealed.
std::optional<std::string_view> opened(std::string_view sealed);

}  // namespace emulator::state
