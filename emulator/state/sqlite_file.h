#pragma once

#include <string>

#include "emulator/state/sqlite_statement.h"

// Inside state/: a file of state before anything is read from it.
namespace emulator::state {

// The file held open, and locked against other emulators, on the same machine. Closed when
// everything else that has it open is: to close a file lets go of the locks SQLite has on it.
class Lock {
 public:
  Lock() = default;
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  // Makes the file if there is none. "" or one line: what, why, what to do.
  std::string acquire(const std::string& path);
  int descriptor() const { return fd_; }

 private:
  int fd_ = -1;
};

// Takes away, at its end, what SQLite has put beside a file, where nothing lay before. Under the
// lock, and once the file is closed.
class Untouched {
 public:
  Untouched() = default;
  ~Untouched();
  Untouched(const Untouched&) = delete;
  Untouched& operator=(const Untouched&) = delete;

  void watch(const std::string& path);
  // The file is taken up, and what lies beside it belongs to it.
  void keep() { path_.clear(); }

 private:
  std::string path_;  // "" : nothing is taken away
};

// What is in the file, by its first bytes alone: nothing of it is touched. "" when it is empty or a
// file of state of a form that is known; else one line.
std::string why_not_ours(int descriptor, const std::string& path);

// Makes the tables of the form that is in use, from none or from those of an earlier one. "" or one
// line.
std::string bring_up_to_date(Connection& connection, const std::string& path);

// How a line about the file begins.
std::string about_state(const std::string& path);

}  // namespace emulator::state
