// What has changed, and who waits until it is written. There is one batch on its way at a time:
// what changes meanwhile is marked, and goes with the next. So the busier it is, the larger batches
// are, and each reply waits for two of them at most.
#include "emulator/state/keeper.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/state/kept.h"
#include "emulator/state/values.h"

namespace emulator::state {

Keeper::Keeper(Limits limits, Parts parts)
    : limits_(limits), parts_(std::move(parts)), here_(parts_.engine.reading()) {
  figures_.store = parts_.engine.name();
  index_ready_ = parts_.engine.shared();
  if (index_ready_) return;
  for (StoredBox& box : here_->boxes()) {
    last_id_ = std::max(last_id_, box.id);
    figures_.tasks_not_read += box.tasks;
    if (box.due) due_.push_back(box.id);
    stored_order_.push_back(box.id);
    stored_names_.emplace(box.id, box.name);
    stored_.emplace(box.name, std::move(box));
  }
  index_ready_ = stored_.empty();
}

Keeper::~Keeper() {
  if (!world_) return;
  world_->uploads.on_change(nullptr);
  world_->inbox.on_change(nullptr);
}

void Keeper::serve(World world) {
  world_.emplace(std::move(world));
  world_->uploads.on_change(
      [this](std::uint16_t provider, std::string_view path, const std::string& sandbox) {
        upload_changed(provider, path, sandbox);
      });
  world_->inbox.on_change([this](std::uint64_t number) {
    letters_.insert(number);
    flush_soon();
  });
  writer_ = std::make_unique<Worker>(parts_.loop);
}

// ---- marks

Kept& Keeper::of(Sandbox& box) const { return static_cast<Kept&>(*box.scribbled); }

void Keeper::mark(Sandbox& box) {
  Kept& kept = of(box);
  if (kept.dirty) return;
  kept.dirty = dirty_.insert(dirty_.end(), &box);
  if (!behind_since_) behind_since_ = parts_.wall.now();
  flush_soon();
}

void Keeper::touched(Sandbox& box) { mark(box); }

void Keeper::task_changed(Sandbox& box, std::uint64_t serial) {
  of(box).tasks.insert(serial);
  mark(box);
}

void Keeper::tasks_cleared(Sandbox& box) {
  Kept& kept = of(box);
  kept.all_tasks = true;
  kept.tasks.clear();
  mark(box);
}

void Keeper::note_changed(Sandbox& box, std::uint16_t provider, const std::string& key) {
  Kept& kept = of(box);
  kept.notes.emplace(provider, key);
  // Notes that came and went while nothing could be written: all of them are written anew.
  if (kept.notes.size() > 2 * box.max_notes + 1'000) {
    kept.all_notes = true;
    kept.notes.clear();
    for (const auto& [number, account] : box.accounts)
      for (const std::string& each : account.note_order) kept.notes.emplace(number, each);
  }
  mark(box);
}

void Keeper::notes_cleared(Sandbox& box) {
  Kept& kept = of(box);
  kept.all_notes = true;
  kept.notes.clear();
  kept.note_places.clear();
  mark(box);
}

void Keeper::webhook_changed(Sandbox& box, std::uint64_t number) {
  Kept& kept = of(box);
  kept.webhooks.insert(number);
  if (kept.webhooks.size() > 1'000'000) {  // as with notes
    const std::vector<std::uint64_t> all = world_->courier.unfinished(box.name());
    kept.all_webhooks = true;
    kept.webhooks = {all.begin(), all.end()};
  }
  mark(box);
}

void Keeper::webhooks_cleared(Sandbox& box) {
  Kept& kept = of(box);
  kept.all_webhooks = true;
  kept.webhooks.clear();
  mark(box);
}

void Keeper::upload_changed(std::uint16_t provider, std::string_view path,
                            const std::string& sandbox) {
  Sandbox* const box = world_->sandboxes.find(sandbox);
  if (box == nullptr || box->scribe == nullptr) return;
  of(*box).uploads.emplace(provider, std::string(path));
  mark(*box);
}

void Keeper::gone(Sandbox& box) {
  Kept& kept = of(box);
  if (!kept.fresh) dropped_.emplace_back(kept.id, box.name());
  if (kept.dirty) dirty_.erase(*kept.dirty);
  kept.dirty.reset();
  // Whoever waits for it waits for its being gone.
  for (auto& waiting : kept.waiting) rest_waiting_.push_back(std::move(waiting));
  kept.waiting.clear();
  flush_soon();
}

// ---- who waits

void Keeper::when_kept(Sandbox& box, std::function<void()> then) {
  if (box.scribe == nullptr) return then();
  Kept& kept = of(box);
  if (!kept.dirty) {
    // What nothing tells of shows in what would be written.
    scratch_.clear();
    pack_core(box, world_->courier.last(box.name()), scratch_);
    if (scratch_ != kept.core || box.scenario != kept.scenario) mark(box);
  }
  const bool unwritten = kept.dirty || kept.batch > done_;
  if (!unwritten) return then();
  if (figures_.away) {
    ++figures_.released;
    return then();
  }
  auto& waiting = kept.dirty ? kept.waiting : batch_waiting_;
  waiting.emplace_back(parts_.wall.now(), std::move(then));
  look_after_the_waiting();
}

void Keeper::when_rest_kept(std::function<void()> then) {
  if (letters_.empty() && dropped_.empty() && batch_ == nullptr) return then();
  if (figures_.away) {
    ++figures_.released;
    return then();
  }
  rest_waiting_.emplace_back(parts_.wall.now(), std::move(then));
  flush_soon();
  look_after_the_waiting();
}

void Keeper::look_after_the_waiting() {
  if (patience_) return;
  patience_ = parts_.loop.after(limits_.patience, [this] {
    patience_.reset();
    std::optional<Instant> oldest;
    const auto look = [&](const std::vector<Waiting>& waiting) {
      if (!waiting.empty() && (!oldest || waiting.front().first < *oldest))
        oldest = waiting.front().first;
    };
    look(batch_waiting_);
    look(rest_waiting_);
    for (Sandbox* box : dirty_) look(of(*box).waiting);
    if (!oldest) return;
    const Duration waited = parts_.wall.now() - *oldest;
    if (waited >= limits_.patience)
      return go_away("it did not take what it was given within " +
                     worded(std::chrono::floor<Millis>(limits_.patience)));
    look_after_the_waiting();
  });
}

void Keeper::go_away(const std::string& why) {
  if (!std::exchange(figures_.away, true))
    parts_.tell(
        "state: " + figures_.store + " counts as away: " + why +
        ". Requests go on without it; what they change is written when it is back, and lost "
        "if this process is killed before\n");
  let_all_go();
}

void Keeper::let_all_go() {
  std::vector<Waiting> all = std::exchange(batch_waiting_, {});
  const auto take = [&](std::vector<Waiting>& waiting) {
    std::move(waiting.begin(), waiting.end(), std::back_inserter(all));
    waiting.clear();
  };
  take(rest_waiting_);
  for (Sandbox* box : dirty_) take(of(*box).waiting);
  figures_.released += all.size();
  tell_all(all);
}

void Keeper::tell_all(const std::vector<Waiting>& waiting) {
  for (const auto& [since, then] : waiting) then();
}

// ---- batches

void Keeper::flush_soon() {
  if (flush_ || batch_) return;
  flush_ = parts_.loop.after(Duration::zero(), [this] {
    flush_.reset();
    flush();
  });
}

void Keeper::flush() {
  if (batch_) return;
  trim_stored();
  Batch batch;
  ++number_;
  std::swap(batch_waiting_, rest_waiting_);
  collect_dropped(batch);
  collect_letters(batch);
  std::uint64_t bytes = 0;
  while (!dirty_.empty() && bytes < limits_.batch_bytes) {
    Sandbox& box = *dirty_.front();
    dirty_.pop_front();
    Kept& kept = of(box);
    kept.dirty.reset();
    kept.batch = number_;
    const std::size_t before = batch.size();
    collect(box, kept, batch);
    for (std::size_t i = before; i < batch.size(); ++i)
      bytes += sizeof(Write) + batch[i].value.size() + batch[i].bytes.size();
    for (auto& waiting : kept.waiting) batch_waiting_.push_back(std::move(waiting));
    kept.waiting.clear();
  }
  if (batch.empty()) {
    done_ = number_;
    return tell_all(std::exchange(batch_waiting_, {}));
  }
  batch_ = std::make_shared<const Batch>(std::move(batch));
  send();
}

void Keeper::send() {
  struct Outcome {
    std::string problem;
    std::vector<std::string> refused;
  };
  const auto outcome = std::make_shared<Outcome>();
  writer_->run(
      [this, outcome, batch = batch_] {
        outcome->problem = parts_.engine.write(*batch);
        outcome->refused = parts_.engine.refused();
      },
      [this, outcome, began = parts_.wall.now()] {
        if (parts_.refused)
          for (const std::string& name : outcome->refused) parts_.refused(name);
        written(outcome->problem, parts_.wall.now() - began);
      });
}

// What the batch holds goes with what is gathered next.
void Keeper::write_again() {
  stale_ = false;
  batch_.reset();
  std::move(batch_waiting_.begin(), batch_waiting_.end(), std::back_inserter(rest_waiting_));
  batch_waiting_.clear();
  flush();
}

void Keeper::written(const std::string& problem, Duration took) {
  figures_.last_batch = took;
  if (!problem.empty()) {
    ++figures_.failures;
    const bool news = problem != figures_.problem || !figures_.away;
    figures_.problem = problem;
    if (news) figures_.away = false;  // another reason is told anew
    go_away(problem);
    if (stale_) return write_again();
    retry_ = parts_.loop.after(limits_.retry, [this] {
      retry_.reset();
      stale_ ? write_again() : send();
    });
    return;
  }
  stale_ = false;
  ++figures_.batches;
  figures_.rows += batch_->size();
  batch_.reset();
  done_ = number_;
  figures_.problem.clear();
  std::vector<Waiting> waiting = std::exchange(batch_waiting_, {});
  if (dirty_.empty() && dropped_.empty() && letters_.empty()) {
    behind_since_.reset();
    if (std::exchange(figures_.away, false))
      parts_.tell("state: " + figures_.store + " is back; everything is written\n");
  } else {
    behind_since_ = parts_.wall.now();
    flush();
  }
  tell_all(waiting);
}

std::vector<std::string> Keeper::finish() {
  indexer_.reset();
  reader_.reset();
  writer_.reset();  // what is under way is handed over; nobody hears of it any more
  std::string problem = batch_ ? parts_.engine.write(*batch_) : "";
  batch_.reset();
  while (problem.empty() && !(dirty_.empty() && dropped_.empty() && letters_.empty())) {
    Batch batch;
    collect_dropped(batch);
    collect_letters(batch);
    if (!dirty_.empty()) {
      Sandbox& box = *dirty_.front();
      dirty_.pop_front();
      of(box).dirty.reset();
      collect(box, of(box), batch);
    }
    problem = parts_.engine.write(batch);
  }
  if (problem.empty()) return {};
  return {"state: " + problem + "; lost with the end of this process is what has changed in " +
          std::to_string(dirty_.size() + 1) + " sandboxes since it was last written"};
}

Keeper::Figures Keeper::figures() const {
  Figures out = figures_;
  out.behind = dirty_.size();
  if (behind_since_) out.behind_for = parts_.wall.now() - *behind_since_;
  out.not_read = stored_.size();
  return out;
}

}  // namespace emulator::state
