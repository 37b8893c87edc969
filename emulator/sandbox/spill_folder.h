#pragma once

#include <stdexcept>
#include <string>

namespace emulator {

// Why a file of ours could not be kept or read: a fault of the machine or of its owner, never of
// whoever sent a request. `what` is one line with the place and the cause.
class StorageFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A folder of this process alone for what does not fit into memory, made at its first use, below
// one in $TMPDIR (else /tmp) that all emulators of the user share. It is locked while its process
// lives, so that the next one can tell what a killed one left behind. One thread at a time.
class SpillFolder {
 public:
  SpillFolder() = default;
  ~SpillFolder();  // removes it; what lies in it must be gone
  SpillFolder(const SpillFolder&) = delete;
  SpillFolder& operator=(const SpillFolder&) = delete;

  // Throws StorageFault when it cannot be made.
  const std::string& path();

  // Removes the folders of processes that are gone, with what lies in them.
  static void remove_leftovers();

 private:
  std::string path_;
  int lock_ = -1;
};

}  // namespace emulator
