#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emulator/sandbox/sandbox.h"
#include "emulator/state/engine.h"
#include "emulator/state/values.h"

// Inside state/: what the keeper knows of a sandbox, and what was read of one.
namespace emulator::state {

struct Kept final : Attached {
  std::uint32_t id = 0;
  bool fresh = true;                                   // no row of it was ever handed over
  std::uint64_t batch = 0;                             // the latest that has something of it
  std::string core;                                    // as it was handed over
  std::shared_ptr<const scenario::Scenario> scenario;  // and its scenario
  std::uint64_t scenario_key = 0;
  std::uint64_t first_task = 1;  // below it, none is written

  // Marks: what is to be handed over.
  std::optional<std::list<Sandbox*>::iterator> dirty;  // its place among those that are
  bool all_tasks = false;                              // those written are gone
  std::set<std::uint64_t> tasks;
  bool all_notes = false;
  std::set<std::pair<std::uint16_t, std::string>> notes;
  std::map<std::pair<std::uint16_t, std::string>, std::uint64_t> note_places;
  std::uint64_t last_note = 0;
  bool all_webhooks = false;
  std::set<std::uint64_t> webhooks;
  std::set<std::pair<std::uint16_t, std::string>> uploads;
  std::vector<std::pair<Instant, std::function<void()>>> waiting;  // since when, for what is marked
};

struct Recalled {
  StoredBox about;
  std::string problem;  // one line; "" when all could be read
  Core core;
  std::string scenario;  // packed
  LongQueue<Task> tasks;
  std::set<std::uint64_t> unsettled, active;  // serials
  struct Note {
    std::uint16_t provider;
    std::string key;
    NoteValue note;
  };
  std::vector<Note> notes;
  std::vector<WebhookValue> webhooks;
  struct Upload {
    std::uint16_t provider;
    std::string path;
    Uploads::File about;
    std::string bytes;
  };
  std::vector<Upload> uploads;
};

// Reads all there is of a sandbox; what cannot be read is its `problem`. Any thread.
std::shared_ptr<Recalled> recall(Reading& reading, const StoredBox& about);

}  // namespace emulator::state
