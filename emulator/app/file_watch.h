#pragma once

#include <functional>
#include <memory>
#include <string>

#include "emulator/base/loop.h"

namespace emulator {

// Tells when a file has changed, so that it can be read again. How to use it:
//
//   std::string seen = file_stamp(path);                     // before the file is first read
//   ... read the file ...
//   watch = std::make_unique<FileWatch>(
//       [path] { return file_stamp(path); },                 // files.h; a test hands in its own
//       loop,
//       [this] { ... read the file again; keep the old contents if it is bad ... }, seen);
//
// It looks every `period` and calls `changed` once the file is another one than last told of and
// has kept still from one look to the next: an editor that writes in two steps is waited for. So a
// change is told after one to two periods, several in a row are told as one, and a file that went
// away, or came back, has changed too. `changed` may let go of the watch. Loop thread only.
class FileWatch {
 public:
  // What tells one state of the file from another; "" when it cannot be looked at.
  using Look = std::function<std::string()>;

  FileWatch(Look look, Loop& loop, std::function<void()> changed, std::string seen,
            Duration period = std::chrono::milliseconds(100));
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

 private:
  void wait();
  void look();

  Look look_;
  Loop& loop_;
  std::function<void()> changed_;
  Duration period_;
  std::string told_;  // the state last told of
  std::string last_;  // the state at the last look
  std::shared_ptr<void> timer_;
};

}  // namespace emulator
