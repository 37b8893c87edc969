// What is kept and not here. At the start only the names of sandboxes are read; each comes back at
// the first request that needs it. Requests that name none, but a task or a picture, find it by an
// index over all that is kept, which is made beside the loop once it runs.
#include <algorithm>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/state/bytes.h"
#include "emulator/state/keeper.h"
#include "emulator/state/kept.h"
#include "emulator/state/values.h"

namespace emulator::state {
namespace {

constexpr std::uint64_t kUploadSalt = 0x75706c6f6164;  // apart from tasks and pictures

template <class T>
T readable(Result<T, std::string> value) {
  if (!value) throw StateFault(value.error());
  return std::move(*value);
}

void take_tasks(Reading& reading, Recalled& out) {
  std::uint64_t next = out.core.first_task;
  reading.each(
      Shelf::kTask, out.about,
      [&](std::uint64_t serial, std::string_view, std::string_view value, std::string_view) {
        TaskValue task = readable(unpacked_task(value));
        if (serial != next++) throw StateFault("a task is missing");
        if (task.unsettled) out.unsettled.insert(serial);
        if (task.active) out.active.insert(serial);
        out.tasks.push_back(std::move(task.task));
      });
  if (next != out.core.next_task) throw StateFault("tasks are missing at the end");
}

void take_rest(Reading& reading, Recalled& out) {
  const StoredBox& box = out.about;
  reading.each(
      Shelf::kNote, box,
      [&](std::uint64_t provider, std::string_view key, std::string_view value, std::string_view) {
        out.notes.push_back({static_cast<std::uint16_t>(provider), std::string(key),
                             readable(unpacked_note(value))});
      });
  std::sort(out.notes.begin(), out.notes.end(),
            [](const auto& a, const auto& b) { return a.note.place < b.note.place; });
  reading.each(Shelf::kWebhook, box,
               [&](std::uint64_t, std::string_view, std::string_view value, std::string_view) {
                 out.webhooks.push_back(readable(unpacked_webhook(value)));
               });
  reading.each(Shelf::kUpload, box,
               [&](std::uint64_t provider, std::string_view path, std::string_view value,
                   std::string_view bytes) {
                 out.uploads.push_back({static_cast<std::uint16_t>(provider), std::string(path),
                                        readable(unpacked_upload(value)), std::string(bytes)});
               });
}

}  // namespace

std::uint64_t upload_key(std::uint16_t provider, std::string_view path) {
  return hash_of(path, kUploadSalt + provider);
}

std::shared_ptr<Recalled> recall(Reading& reading, const StoredBox& about) {
  auto out = std::make_shared<Recalled>();
  out->about = about;
  try {
    const auto value = reading.box(about);
    if (!value) throw StateFault("its row is missing");
    out->core = readable(unpacked_core(*value));
    out->scenario = reading.scenario(out->core.scenario).value_or("");
    take_tasks(reading, *out);
    take_rest(reading, *out);
  } catch (const std::exception& fault) {
    out->problem = "sandbox " + about.name + " cannot be read back: " + fault.what();
  }
  return out;
}

void Keeper::start() {
  here_.reset();
  if (stored_.empty()) return;
  reader_ = std::make_unique<Worker>(parts_.loop);
  read_index();
  bring_due();
}

void Keeper::read_index() {
  struct Made {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> keys;
    std::string problem;
  };
  const auto made = std::make_shared<Made>();
  // By a thread of its own: whoever names a sandbox shall not wait for all tasks there are.
  indexer_ = std::make_unique<Worker>(parts_.loop);
  indexer_->run(
      [this, made] {
        try {
          const auto reading = parts_.engine.reading();
          reading->every_task(
              [&](std::uint32_t box, std::uint64_t, std::string_view, std::string_view value) {
                task_keys(value, [&](std::uint64_t key) { made->keys.emplace_back(key, box); });
              });
          reading->every_upload([&](std::uint32_t box, std::uint64_t provider,
                                    std::string_view path, std::string_view) {
            made->keys.emplace_back(upload_key(static_cast<std::uint16_t>(provider), path), box);
          });
          std::sort(made->keys.begin(), made->keys.end());
        } catch (const std::exception& fault) {
          made->problem = fault.what();
        }
      },
      [this, made] {
        index_ = std::move(made->keys);
        index_problem_ = made->problem;
        index_ready_ = true;
        if (!index_problem_.empty()) parts_.tell("state: " + index_problem_ + "\n");
        for (const auto& then : std::exchange(index_waiting_, {})) then(index_problem_);
      });
}

// One after the other, so that others have their turn between.
void Keeper::bring_due() {
  while (!due_.empty()) {
    const std::uint32_t id = due_.back();
    due_.pop_back();
    if (!stored_names_.contains(id)) continue;
    return read(id, [this](const std::string&) { bring_due(); });
  }
}

std::optional<std::uint32_t> Keeper::stored_under(std::uint64_t key) const {
  const auto found = std::lower_bound(index_.begin(), index_.end(), std::pair(key, 0u));
  if (found == index_.end() || found->first != key || !stored_names_.contains(found->second))
    return std::nullopt;
  return found->second;
}

bool Keeper::bring(const Wanted& wanted,
                   const std::function<void(const std::string& problem)>& then) {
  if (wanted.letters && letters_stored_) {
    read_letters(then);
    return true;
  }
  if (stored_.empty()) return false;
  std::optional<std::uint32_t> id;
  if (const auto box = stored_.find(wanted.box); box != stored_.end()) id = box->second.id;
  if (!id && wanted.key && index_ready_) id = stored_under(*wanted.key);
  if (!id && (!wanted.key || index_ready_)) return false;
  auto again = [this, box = std::string(wanted.box), key = wanted.key,
                then](const std::string& problem) {
    if (!problem.empty()) return then(problem);
    if (!bring({box, key, false}, then)) then("");
  };
  if (id)
    read(*id, std::move(again));
  else
    index_waiting_.push_back(std::move(again));
  return true;
}

void Keeper::read(std::uint32_t id, std::function<void(const std::string&)> then) {
  auto& coming = coming_[id];
  coming.push_back(std::move(then));
  if (coming.size() > 1) return;
  const auto out = std::make_shared<std::shared_ptr<Recalled>>();
  reader_->run(
      [this, out, about = stored_.at(stored_names_.at(id))] {
        try {
          *out = recall(*parts_.engine.reading(), about);
        } catch (const std::exception& fault) {
          *out = std::make_shared<Recalled>();
          (*out)->about = about;
          (*out)->problem = fault.what();
        }
      },
      [this, out] { arrived(*out); });
}

void Keeper::arrived(const std::shared_ptr<Recalled>& recalled) {
  const std::uint32_t id = recalled->about.id;
  // It may have come another way meanwhile, or have gone for want of room.
  if (stored_names_.contains(id)) {
    if (recalled->problem.empty()) {
      arriving_ = recalled;
      world_->sandboxes.named(recalled->about.name);
      arriving_.reset();
    } else {
      // Once, however many requests ask for it.
      if (std::exchange(told_problem_, recalled->problem) != recalled->problem)
        parts_.tell("state: " + recalled->problem + "\n");
    }
  }
  for (const auto& then : std::exchange(coming_[id], {})) then(recalled->problem);
  coming_.erase(id);
}

void Keeper::read_letters(std::function<void(const std::string&)> then) {
  letters_coming_.push_back(std::move(then));
  if (letters_coming_.size() > 1) return;
  if (!reader_) reader_ = std::make_unique<Worker>(parts_.loop);
  struct Came {
    std::vector<webhook::Letter> letters;
    std::string problem;
  };
  const auto came = std::make_shared<Came>();
  reader_->run(
      [this, came] {
        try {
          parts_.engine.reading()->each(
              Shelf::kLetter, StoredBox(),
              [&](std::uint64_t, std::string_view, std::string_view value, std::string_view) {
                came->letters.push_back(readable(unpacked_letter(value)));
              });
        } catch (const std::exception& fault) {
          came->problem = "inboxes cannot be read back: " + std::string(fault.what());
        }
      },
      [this, came] {
        if (came->problem.empty()) {
          letters_stored_ = false;
          const std::uint64_t last = came->letters.empty() ? 0 : came->letters.back().number;
          world_->inbox.put_back(std::move(came->letters), last);
        } else {
          parts_.tell("state: " + came->problem + "\n");
        }
        for (const auto& each : std::exchange(letters_coming_, {})) each(came->problem);
      });
}

// What is kept counts towards the bounds as what is here does, and goes first: nobody has asked for
// it since the start.
void Keeper::trim_stored() {
  const SandboxLimits& limits = world_->sandboxes.limits();
  const auto over = [&] {
    return stored_.size() + world_->sandboxes.all().size() > limits.sandboxes ||
           figures_.tasks_not_read + world_->sandboxes.tasks() > limits.tasks;
  };
  while (!stored_order_.empty() && over()) {
    const std::uint32_t id = stored_order_.front();
    stored_order_.pop_front();
    const auto name = stored_names_.find(id);
    if (name == stored_names_.end()) continue;
    const auto box = stored_.find(name->second);
    figures_.tasks_not_read -= box->second.tasks;
    dropped_.emplace_back(id, box->first);
    stored_.erase(box);
    stored_names_.erase(name);
  }
}

}  // namespace emulator::state
