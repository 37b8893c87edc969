#pragma once

#include <cstdint>
#include <functional>

#include "emulator/base/long_queue.h"
#include "emulator/task/task.h"

namespace emulator {

// The tasks of one sandbox in the order they were accepted. Addresses stay good until a task is
// dropped. Loop thread only.
class TaskStore {
 public:
  // Takes the task over and gives it the next serial number.
  Task& add(Task task);
  // Takes over tasks whose numbers follow one another from `first` on. Only while it has none.
  void put_back(std::uint64_t first, LongQueue<Task> tasks);
  // The task of that number, or nullptr when it was dropped.
  Task* at(std::uint64_t serial);
  const Task* at(std::uint64_t serial) const { return const_cast<TaskStore*>(this)->at(serial); }
  // Drops the oldest task; false when there is none.
  bool drop_oldest(const std::function<void(Task&)>& before);
  void clear(const std::function<void(Task&)>& before);

  std::uint64_t first_serial() const { return first_; }
  std::uint64_t next_serial() const { return first_ + tasks_.size(); }
  std::size_t size() const { return tasks_.size(); }
  LongQueue<Task>& all() { return tasks_; }
  const LongQueue<Task>& all() const { return tasks_; }

 private:
  LongQueue<Task> tasks_;
  std::uint64_t first_ = 1;  // serial of the front
};

}  // namespace emulator
