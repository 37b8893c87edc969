#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/image/picture.h"
#include "emulator/task/seed.h"
#include "emulator/task/words.h"

namespace emulator {

namespace scenario {
struct Then;
}

// What was decided for one task. Chosen once, on acceptance, and never changed after that.
struct Fate {
  Duration queued_for{0};   // from acceptance to the start of work
  Duration running_for{0};  // from the start of work to the ending
  End end = End::kSucceed;
  int polls = 0;               // when above 0: the poll of this number shows the end, not time
  Duration links_live_for{0};  // how long a link to a picture is good for
  // What the scenario said, for the parts that act later: pictures, links, flags, error texts,
  // webhooks. Null when it said nothing of that kind.
  std::shared_ptr<const scenario::Then> script;
};

// The pictures a task makes, as the provider would size them.
struct Plan {
  int width = 1024;
  int height = 1024;
  image::Format format = image::Format::kJpeg;
  std::uint8_t quality = 90;
  std::uint8_t count = 1;
  bool caption = true;  // what the pictures show says whose they are
};

// Where a caller wants to be told about the end of a task.
struct WebhookAsk {
  std::string url;
  std::string secret;
  std::uint32_t events = 0;  // the dialect's own bits
  // The foreign web page that asked for it; "" : none. Such a one reaches nothing private.
  std::string page = "";
};

// What became of telling that caller of the task's end.
enum class Told : std::uint8_t { kNotYet, kDelivered, kFailed };

// One accepted submission. Its fate is fixed; only what clients did to it is noted later. What a
// poll looks at stands together in front: among a million tasks each look elsewhere is one into
// memory that no cache has.
struct Task {
  std::string id;              // in the provider's form
  std::uint64_t serial = 0;    // in its sandbox, from 1
  std::uint16_t provider = 0;  // place in the registry
  bool deleted = false;        // by its owner
  Told told = Told::kNotYet;   // of `webhook`
  std::uint32_t polled = 0;
  std::string endpoint;
  Instant accepted{};
  Fate fate;
  std::shared_ptr<const std::string> note;  // the dialect's own facts, as compact JSON
  std::optional<Instant> cancelled;         // when its owner asked to cancel
  std::optional<Instant> shown;             // when the deciding poll came (Fate::polls)
  std::string prompt;
  std::vector<std::uint64_t> links;  // its pictures' keys in the media index, once handed out

  Plan plan;
  Seed seed;  // of the pictures: the caller's, or drawn
  double cost = 0;
  std::string packed_input;  // the accepted body; `input_of` of the pipeline reads it
  std::shared_ptr<const WebhookAsk> webhook;
  // How much of `fate.queued_for` is spent waiting for a place among the account's running tasks.
  Duration held_for{0};
  std::size_t counted = 0;  // bytes, by whoever keeps it
};

enum class Phase : std::uint8_t { kQueued, kRunning, kEnded };

// A time in the queue from this length on never ends: every place is taken by a task that may never
// end.
inline constexpr Duration kForGood = std::chrono::hours(24) * 36'525;

// What is true of a task at one moment.
struct TaskView {
  Phase phase = Phase::kQueued;
  End end = End::kSucceed;  // only meaningful when ended
  double progress = 0;      // of the work, 0 to 1
  double waited = 0;        // of the time in the queue, 0 to 1
  Instant started{};        // when work began or will begin
  Instant ended{};          // when it ended or would end, cancelling left aside
  Instant now{};

  bool done() const { return phase == Phase::kEnded; }
  bool made() const { return done() && (end == End::kSucceed || end == End::kNsfw); }
};

// Returns what is true of `task` at `now`. A pure function: equal arguments give equal answers. A
// `now` before acceptance reads as the moment of acceptance. Cancelling a task that has already
// ended changes nothing.
TaskView state_at(const Task& task, Instant now);

// What time alone makes of the task after `now`: when its work begins, then when it ends; nullopt
// when nothing of that is to come.
std::optional<Instant> due_next(const Task& task, Instant now);

// When the task ends by time alone; nullopt for one that is stuck or counts polls.
std::optional<Instant> due_end(const Task& task);

}  // namespace emulator
