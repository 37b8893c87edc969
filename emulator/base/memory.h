#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator {

// What strangers can make grow.
enum class Held : std::uint8_t {
  kConnections,  // what they are, input not yet understood, output not yet taken
  kRequests,     // bodies under way, and whole ones that wait for an answer
  kWebSockets,   // messages in and out
  kNames,        // of keys
  kSandboxes,    // what each is, notes and scenarios of its own
  kTasks,
  kJournals,
  kUploads,  // those in memory
  kAgenda,   // what is due, replies held back among it
  kWebhooks,
  kInboxes,
  kFindings,  // about clients, and what is remembered of them
};
inline constexpr std::size_t kHelds = 12;
std::string_view to_string(Held what);

// Counts what is taken where it is taken, and keeps the sum below a bound: whoever is about to take
// more asks first. When there is no room, the parts of the emulator that can do without something
// let go of it, the cheapest first; when that is not enough, the answer is no. Bytes are those
// asked for; what the allocator adds is not among them. One thread.
class Memory {
 public:
  explicit Memory(std::uint64_t most = UINT64_MAX) : most_(most) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Counts the difference, modulo 2^64, so that what shrinks is counted in the same way.
  void change(Held what, std::uint64_t more) {
    held_[static_cast<std::size_t>(what)] += more;
    total_ += more;
    peak_ = std::max(peak_, total_);
  }

  // Whether `bytes` more may be taken. Others may let go of something before this returns: only to
  // be asked where nobody has hold of tasks, sandboxes or entries of a journal.
  bool room_for(std::uint64_t bytes) { return fits(bytes) || make_room(bytes); }

  // From now on `let_go` is called, behind those named before, when there is no room. It shall free
  // about as many bytes as it is told, if it can.
  void can_let_go(std::string what, std::function<void(std::uint64_t bytes)> let_go);
  // Told in a line when the bound is reached: the first time that something is let go, and each
  // time that requests begin to be refused.
  void on_full(std::function<void(const std::string& line)> told) { told_ = std::move(told); }

  std::uint64_t most() const { return most_; }
  std::uint64_t total() const { return total_; }
  // The largest total since `forget_peak` was last called: what the allocator may still have from
  // the system.
  std::uint64_t peak() const { return peak_; }
  void forget_peak() { peak_ = total_; }
  std::uint64_t of(Held what) const { return held_[static_cast<std::size_t>(what)]; }
  std::uint64_t refused() const { return refused_; }
  // Bytes let go so far, by who did.
  struct LetGo {
    std::string what;
    std::function<void(std::uint64_t bytes)> call;
    std::uint64_t bytes = 0;
  };
  const std::vector<LetGo>& let_go() const { return let_go_; }

 private:
  bool fits(std::uint64_t bytes) const { return total_ <= most_ && bytes <= most_ - total_; }
  bool make_room(std::uint64_t bytes);
  void search(std::uint64_t bytes, std::uint64_t goal);
  std::string figures() const;

  const std::uint64_t most_;
  std::uint64_t total_ = 0;
  std::uint64_t peak_ = 0;
  std::array<std::uint64_t, kHelds> held_{};
  std::vector<LetGo> let_go_;
  std::function<void(const std::string&)> told_;
  std::uint64_t refused_ = 0;
  bool told_of_letting_go_ = false;
  bool refusing_ = false;
  int since_search_ = 0;
  bool making_room_ = false;
};

// Bytes that something holds, counted until it is gone. Without a `Memory` nothing is counted. A
// copy counts nothing: what is copied is counted where the copy is kept.
class Charge {
 public:
  Charge() = default;
  Charge(Memory* memory, Held what) : memory_(memory), what_(what) {}
  Charge(const Charge&) {}
  Charge(Charge&& other) noexcept
      : memory_(std::exchange(other.memory_, nullptr)),
        what_(other.what_),
        bytes_(std::exchange(other.bytes_, 0)) {}
  Charge& operator=(const Charge&) = delete;
  Charge& operator=(Charge&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(what_, other.what_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Charge() { set(0); }

  void set(std::size_t bytes) {
    if (memory_ == nullptr || bytes == bytes_) return;
    memory_->change(what_, static_cast<std::uint64_t>(bytes) - bytes_);
    bytes_ = bytes;
  }
  void add(std::size_t more) { set(bytes_ + more); }
  void sub(std::size_t less) { set(bytes_ - less); }
  std::size_t bytes() const { return bytes_; }

 private:
  Memory* memory_ = nullptr;
  Held what_ = Held::kRequests;
  std::size_t bytes_ = 0;
};

}  // namespace emulator
