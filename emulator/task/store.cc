#include "emulator/task/store.h"

#include <utility>

namespace emulator {

Task& TaskStore::add(Task task) {
  task.serial = next_serial();
  return tasks_.push_back(std::move(task));
}

void TaskStore::put_back(std::uint64_t first, LongQueue<Task> tasks) {
  first_ = first;
  tasks_ = std::move(tasks);
}

Task* TaskStore::at(std::uint64_t serial) {
  if (serial < first_ || serial >= next_serial()) return nullptr;
  return &tasks_[static_cast<std::size_t>(serial - first_)];
}

bool TaskStore::drop_oldest(const std::function<void(Task&)>& before) {
  if (tasks_.empty()) return false;
  if (before) before(tasks_.front());
  tasks_.pop_front();
  ++first_;
  return true;
}

void TaskStore::clear(const std::function<void(Task&)>& before) {
  if (before)
    for (Task& task : tasks_) before(task);
  tasks_.clear();
  first_ = 1;
}

}  // namespace emulator
