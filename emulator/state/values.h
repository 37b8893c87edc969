#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/sandbox/sandbox.h"
#include "emulator/sandbox/uploads.h"
#include "emulator/scenario/decide.h"
#include "emulator/task/task.h"
#include "emulator/webhook/delivery.h"
#include "emulator/webhook/inbox.h"

// What a sandbox is, as values that are written and read again. Each kind has its own bytes, which
// begin with the number of their form: bytes of a form that is not known are refused, never guessed
// at. Pure functions; any thread, as far as what they are given is nobody else's meanwhile.
namespace emulator::state {

// The forms in use. A change of what is put raises the number, and what reads goes on to know the
// forms before it.
inline constexpr std::uint64_t kCoreForm = 1, kTaskForm = 1, kNoteForm = 1, kWebhookForm = 1,
                               kUploadForm = 1, kLetterForm = 1;

// What there is of an account beside tasks and notes.
struct AccountValue {
  double spent = 0;
  std::vector<Instant> places;
  std::size_t place_limit = 0;
  Instant last_start{};
  Instant window_began{};
  std::size_t window_count = 0;
};

// A sandbox, but for what it has many of.
struct Core {
  VirtualClock::Anchor clock;
  Instant born{};
  bool skips = false;
  std::vector<ClockMove> moves;
  std::uint64_t seed = 0;
  std::uint64_t scenario = 0;  // its scenario_key
  bool own_scenario = false;
  scenario::Counters counters;
  std::vector<std::pair<std::uint16_t, AccountValue>> accounts;
  std::uint64_t first_task = 1, next_task = 1;
  std::uint64_t last_webhook = 0;
  std::uint64_t exchanges = 0;  // seen by its journal
};

// Under which a scenario's text is kept: file and text as they were read.
std::uint64_t scenario_key(const scenario::Scenario& scenario);

// A sandbox in two parts, of which the second, behind the first, alone changes when a request
// changes nothing that anybody could notice: how many were answered by default, and seen. Puts the
// first part behind what is in `out`, and returns where it ends.
std::size_t pack_core(const Sandbox& box, std::uint64_t last_webhook, std::string& out);
void pack_uncounted(const Sandbox& box, std::uint64_t scenario, std::string& out);
// The failure is one line: why these are no bytes of a sandbox.
Result<Core, std::string> unpacked_core(std::string_view bytes);

// A task, with what its account thinks of it.
struct TaskValue {
  Task task;
  bool unsettled = false;  // its cost may come back
  bool active = false;     // counted among those whose number is limited
};
// `input` is its accepted body whole, as JSON text (the task's own leaves out what its contract
// says anyway, and a later contract may say something else).
void pack_task(const Task& task, std::string_view input, bool unsettled, bool active,
               std::string& out);
// The serial is not among the bytes. Keys under which it may be asked for are read alone by
// `task_keys`, which is far quicker.
Result<TaskValue, std::string> unpacked_task(std::string_view bytes);

// What a task is asked for by, when no key says whose it is: its id, and the paths of its pictures.
std::uint64_t task_key(std::uint16_t provider, std::string_view id);
// Calls `found` with each; false when these are no bytes of a task.
bool task_keys(std::string_view bytes, const std::function<void(std::uint64_t key)>& found);

// A note, in the place that it has among those of its account.
struct NoteValue {
  std::uint64_t place = 0;
  Json value;
};
void pack_note(std::uint64_t place, const Json& value, std::string& out);
Result<NoteValue, std::string> unpacked_note(std::string_view bytes);

// A webhook that is not over, at its stage or the one from which it goes on (a queue, and an
// attempt of which no answer was seen, are gone through again). `voice` is what its voice is made
// from.
struct WebhookValue {
  std::shared_ptr<webhook::Delivery> delivery;  // without sandbox, voice and ask
  std::string voice;
};
void pack_webhook(const webhook::Delivery& delivery, std::string& out);
Result<WebhookValue, std::string> unpacked_webhook(std::string_view bytes);

void pack_upload(const Uploads::File& about, std::string& out);
Result<Uploads::File, std::string> unpacked_upload(std::string_view bytes);

void pack_letter(const webhook::Letter& letter, std::string& out);
Result<webhook::Letter, std::string> unpacked_letter(std::string_view bytes);

// Inside state/: what a scenario does to a task later, of which nothing else is kept.
class Packer;
class Unpacker;
void pack_script(const scenario::Then& then, Packer& to);
scenario::Then take_script(Unpacker& from);
void pack_trouble(const scenario::WebhookTrouble& trouble, Packer& to);
scenario::WebhookTrouble take_trouble(Unpacker& from);

}  // namespace emulator::state
