#pragma once

#include <functional>
#include <memory>
#include <string>

#include "emulator/base/clock.h"

namespace emulator {

// Tells when a file has changed, so that it can be read again. How to use it:
//
//   std::string seen = file_stamp(path);                     // before the file is first read
//   ... read the file ...
//   watch = std::make_unique<FileWatch>(
//       [path] { return file_stamp(path); },                 // files.h; a test hands in its own
//       [this](Duration wait, auto work) { return server->after(wait, std::move(work)); },
//       [this] { ... read the file again; keep the old contents if it is bad ... }, seen);
//
// It looks every `period` and calls `changed` once the file is another one than last told of and
// has kept still from one look to the next: an editor that writes in two steps is waited for. So a
// change is told after one to two periods, several in a row are told as one, and a file that went
// away, or came back, has changed too. `changed` may let go of the watch. Loop thread only.
class FileWatch {
 public:
  // Calls `work` once that much wall time has passed, unless the handle is let go before.
  using After = std::function<std::shared_ptr<void>(Duration wait, std::function<void()> work)>;
  // What tells one state of the file from another; "" when it cannot be looked at.
  using Look = std::function<std::string()>;

  FileWatch(Look look, After after, std::function<void()> changed, std::string seen,
            Duration period = std::chrono::milliseconds(100));
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

 private:
  void wait();
  void look();

  Look look_;
  After after_;
  std::function<void()> changed_;
  Duration period_;
  std::string told_;  // the state last told of
  std::string last_;  // the state at the last look
  std::shared_ptr<void> timer_;
};

}  // namespace emulator
