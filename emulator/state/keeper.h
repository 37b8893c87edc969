#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/sandbox/library.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/sandbox/uploads.h"
#include "emulator/state/engine.h"
#include "emulator/state/worker.h"
#include "emulator/webhook/courier.h"
#include "emulator/webhook/inbox.h"

namespace emulator::state {

struct Limits {
  std::uint64_t batch_bytes = 4u << 20;  // about; what belongs to one sandbox stays together
  Duration patience = std::chrono::milliseconds(50);  // that a reply waits, by the wall
  Duration retry = std::chrono::seconds(1);           // before a batch is tried again, by the wall
};

// What one sandbox is, as it was read.
struct Recalled;
// What the keeper knows of a sandbox.
struct Kept;

// Keeps what sandboxes are with an engine, and brings it back. Changes are noted as they come; at
// the end of the turn what changed is gathered into a batch, which a thread of its own hands to the
// engine while the next is gathered. So a sandbox that changes much is written once a batch, and
// what waits to be written never takes more than marks on what there is. Loop thread only.
class Keeper final : public Scribe {
 public:
  struct Parts {
    Engine& engine;
    const WallClock& wall;
    Loop& loop;
    std::function<void(const std::string& line)> tell;
    // With an engine that is shared: told of a sandbox that another emulator has by now, before
    // whoever waits for what was to be kept of it. May be empty.
    std::function<void(const std::string& name)> refused = {};
  };
  // Whose state is kept; everything outlives the keeper's use of it.
  struct World {
    Sandboxes& sandboxes;
    ScenarioLibrary& library;
    Uploads& uploads;
    webhook::Courier& courier;
    webhook::Inbox& inbox;
    // The accepted body of a task, whole, as JSON text.
    std::function<std::string(const Task& task)> whole_input;
    // The voice that made_from gave these bytes; null when none did.
    std::function<std::shared_ptr<const webhook::Voice>(std::uint16_t provider,
                                                        std::string_view made_from)>
        voice;
  };

  // Reads which sandboxes are kept, unless the engine is shared: then `adopt` says so. Throws
  // StateFault.
  Keeper(Limits limits, Parts parts);
  ~Keeper() override;
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // Before anything else is asked of it, and before the loop runs.
  void serve(World world);
  // Once the loop runs: what is due in sandboxes that nobody asks for comes back by itself.
  void start();
  // When the loop has ended: everything that changed is written now. Returns a line for each thing
  // that could not be.
  std::vector<std::string> finish();

  // Calls `then` once everything that the sandbox has changed so far is handed to the engine; at
  // once when nothing has; after `patience` in any case.
  void when_kept(Sandbox& box, std::function<void()> then);
  // Calls `then` once the changes of inboxes, and that sandboxes are gone, are handed on.
  void when_rest_kept(std::function<void()> then);

  // What a request needs.
  struct Wanted {
    std::string_view box;              // a name; "" for none
    std::optional<std::uint64_t> key;  // task_key, media_key or upload_key of what is not here
    bool letters = false;
  };
  // Brings back what of it is kept and not here. False: there is nothing to wait for. Else `then`
  // is called later, with "" or one line that says why it cannot be read.
  bool bring(const Wanted& wanted, const std::function<void(const std::string& problem)>& then);

  // With an engine that is shared. A sandbox that is kept is ours from here on, as `stored` says
  // (its id does not count): whoever needs it brings it back.
  void adopt(StoredBox stored);
  // Whether it is here, or kept and ours.
  bool has(std::string_view name) const;
  // Of all of them.
  std::vector<std::string> names() const;
  // One that is here is another emulator's from here on: it goes, and nothing more of it is
  // written. Returns whether changes of it are lost by that.
  bool lose(std::string_view name);
  // The inboxes are another emulator's from here on: their letters go, and none is written.
  void lose_letters();
  // What was kept is gone: everything there is here is written again.
  void write_anew();

  struct Figures {
    std::string store;
    bool away = false;          // replies do not wait for it
    std::string problem;        // of the last batch; "" for none
    std::size_t behind = 0;     // sandboxes with changes that are not written
    Duration behind_for{0};     // since when, by the wall
    std::uint64_t batches = 0;  // written
    std::uint64_t rows = 0;     // in them
    std::uint64_t failures = 0;
    std::uint64_t released = 0;        // replies that went out before what they say was written
    Duration last_batch{0};            // how long the last one took
    std::size_t not_read = 0;          // sandboxes kept and not brought back yet
    std::uint64_t tasks_not_read = 0;  // tasks in them
  };
  Figures figures() const;

  // Scribe
  void made(Sandbox& box) override;
  void gone(Sandbox& box) override;
  void touched(Sandbox& box) override;
  void task_changed(Sandbox& box, std::uint64_t serial) override;
  void tasks_cleared(Sandbox& box) override;
  void note_changed(Sandbox& box, std::uint16_t provider, const std::string& key) override;
  void notes_cleared(Sandbox& box) override;
  void webhook_changed(Sandbox& box, std::uint64_t number) override;
  void webhooks_cleared(Sandbox& box) override;

 private:
  // Since when, by the wall, and what is called in the end.
  using Waiting = std::pair<Instant, std::function<void()>>;

  // keeper.cc: what has changed, and who waits for it
  Kept& of(Sandbox& box) const;
  void mark(Sandbox& box);
  void flush_soon();
  void flush();
  void send();
  void written(const std::string& problem, Duration took);
  void write_again();
  void mark_all(Sandbox& box);
  void look_after_the_waiting();
  void go_away(const std::string& why);
  void let_all_go();
  static void tell_all(const std::vector<Waiting>& waiting);

  // collect.cc: what has changed, as rows
  void collect(Sandbox& box, Kept& kept, Batch& batch);
  void collect_tasks(Sandbox& box, Kept& kept, Batch& batch);
  void collect_notes(Sandbox& box, Kept& kept, Batch& batch);
  void collect_webhooks(Sandbox& box, Kept& kept, Batch& batch);
  void collect_uploads(Kept& kept, Batch& batch);
  void collect_letters(Batch& batch);
  void collect_dropped(Batch& batch);
  void collect_scenario(Sandbox& box, Kept& kept, Batch& batch);
  void upload_changed(std::uint16_t provider, std::string_view path, const std::string& sandbox);

  // recall.cc: what is kept and not here
  void read_index();
  void read(std::uint32_t id, std::function<void(const std::string&)> then);
  void read_letters(std::function<void(const std::string&)> then);
  void arrived(const std::shared_ptr<Recalled>& recalled);
  void bring_due();
  void trim_stored();
  std::optional<std::uint32_t> stored_under(std::uint64_t key) const;

  // put_back.cc: a sandbox as it was
  void put_back(Sandbox& box, Kept& kept, Recalled& recalled);
  std::shared_ptr<const scenario::Scenario> scenario_again(std::uint64_t key,
                                                           const std::string& packed);

  const Limits limits_;
  const Parts parts_;
  std::optional<World> world_;

  // to be written
  std::list<Sandbox*> dirty_;
  std::vector<std::pair<std::uint32_t, std::string>> dropped_;  // ids and names
  std::set<std::uint64_t> letters_;                             // numbers
  std::vector<Waiting> rest_waiting_;
  std::shared_ptr<const Batch> batch_;  // with the engine, or to be tried again
  bool stale_ = false;                  // what is in it is written anew behind it
  std::vector<Waiting> batch_waiting_;  // for it
  std::uint64_t number_ = 0;            // of the latest batch that was gathered
  std::uint64_t done_ = 0;              // and of the latest that is written
  std::shared_ptr<void> flush_, retry_, patience_;
  std::unordered_set<std::uint64_t> scenarios_;  // keys that are surely written
  std::size_t scenarios_put_ = 0;
  std::uint32_t last_id_ = 0;
  std::string scratch_;
  Figures figures_;
  std::optional<Instant> behind_since_;

  // kept and not here
  std::map<std::string, StoredBox, std::less<>> stored_;  // by name
  std::map<std::uint32_t, std::string> stored_names_;     // by id
  std::deque<std::uint32_t> stored_order_;                // the longest unused first
  std::map<std::uint32_t, std::vector<std::function<void(const std::string&)>>> coming_;
  bool letters_stored_ = true;
  std::vector<std::function<void(const std::string&)>> letters_coming_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> index_;  // keys with ids, in order
  bool index_ready_ = false;
  std::string index_problem_;
  std::vector<std::function<void(const std::string&)>> index_waiting_;
  std::shared_ptr<Recalled> arriving_;  // while its sandbox is made
  std::vector<std::uint32_t> due_;      // ids of those to be brought back by themselves
  std::map<std::uint64_t, std::weak_ptr<const scenario::Scenario>> scenarios_again_;
  bool told_of_scenarios_ = false;
  std::string told_problem_;  // the latest sandbox that could not be read back

  std::unique_ptr<Reading> here_;  // for the loop, at the start
  // Last, so that they end first.
  std::unique_ptr<Worker> writer_, reader_, indexer_;
};

// What an upload is asked for by.
std::uint64_t upload_key(std::uint16_t provider, std::string_view path);

}  // namespace emulator::state
