#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/memory.h"
#include "emulator/http/message.h"

namespace emulator::webhook {

// What a careful receiver finds when it checks a webhook.
struct Verdict {
  std::string provider;
  std::string sandbox, task;  // "" when no task of that id is known
  enum class Signature { kGood, kBad, kNone } signature = Signature::kNone;
  std::string how;              // what was compared, or why nothing could be
  std::optional<Duration> age;  // of the timestamp on the sandbox's clock; nullopt: it has none
};
std::string_view to_string(Verdict::Signature signature);

// Older ones, or ones from the future, are refused by the receivers fal and WaveSpeed document.
inline constexpr Duration kTolerance = std::chrono::seconds(300);

// One request that came to an inbox.
struct Letter {
  std::uint64_t number = 0;  // of all inboxes, from 1
  std::string inbox;
  Instant at{};  // wall time
  std::shared_ptr<const http::Request> request;
  std::optional<Verdict> verdict;  // nullopt: it has the form of no provider's webhook
};

// Receivers of our own, by name, made by being written to. The latest letters of all of them
// together are kept. Loop thread only.
class Inbox {
 public:
  struct Limits {
    std::size_t letters = 10'000;
    std::size_t bytes = 64u << 20;
  };
  // What letters take beside the requests is counted in `memory`, if there is one; it outlives
  // this.
  explicit Inbox(Limits limits, Memory* memory = nullptr)
      : limits_(limits), charge_(memory, Held::kInboxes) {}

  // Told of every letter that comes or goes. It must not call back at once.
  using Changed = std::function<void(std::uint64_t number)>;
  void on_change(Changed told) { changed_ = std::move(told); }
  // Letters of an earlier process, in the order of their numbers, which `last` is the highest of:
  // that of the latest there ever was. Before any other comes.
  void put_back(std::vector<Letter> letters, std::uint64_t last);
  // Whoever keeps them has them elsewhere: there are none here, as at the start. Nobody is told.
  void forget();
  // Null when it is gone. Good until the next change.
  const Letter* find(std::uint64_t number) const;

  const Letter& receive(std::string inbox, Instant at, std::shared_ptr<const http::Request> request,
                        std::optional<Verdict> verdict);
  // Of that name, in the order they came. Good until the next change.
  std::vector<const Letter*> letters(std::string_view inbox) const;
  // What there is, the latest used first.
  struct Box {
    std::string name;
    std::size_t letters = 0;
    Instant latest{};  // wall time
  };
  std::vector<Box> boxes() const;
  // Returns how many there were.
  std::size_t clear(std::string_view inbox);
  // When there is no memory left: the oldest letters go, of about so many bytes.
  void let_go(std::uint64_t bytes);

 private:
  static std::size_t size_of(const Letter& letter);
  void drop_oldest();

  Changed changed_;  // may be empty

  const Limits limits_;
  std::deque<Letter> letters_;
  std::size_t bytes_ = 0;
  std::uint64_t last_ = 0;
  Charge charge_;
};

}  // namespace emulator::webhook
