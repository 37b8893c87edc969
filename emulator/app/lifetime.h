#pragma once

#include <functional>
#include <memory>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/config/serve_config.h"
#include "emulator/http/server.h"

namespace emulator {

// Ends a server that nobody will stop any more: its process of reference has ended
// (`--exit-with-parent`, `--exit-with`), or nobody has asked it anything for long (`--idle-exit`).
// On the loop thread.
class Lifetime {
 public:
  // Begins to watch what `options` ask for. `over` is called at most once, with one line that says
  // why. The failure is one line: there is no such process. `server` must outlive the result.
  static Result<std::unique_ptr<Lifetime>, std::string> watch(
      const LifetimeOptions& options, http::Server& server,
      std::function<void(std::string why)> over);

 private:
  Lifetime(http::Server& server, std::function<void(std::string)> over)
      : server_(server), over_(std::move(over)) {}
  std::string follow(long process, const std::string& why, const std::string& flag);
  void look_again(long process, const std::string& why);
  void wait_while_used(Duration most);
  void end(const std::string& why);

  http::Server& server_;
  std::function<void(std::string)> over_;
  std::shared_ptr<void> handle_;  // of the process that is followed, or the timer that looks for it
  std::shared_ptr<void> timer_;   // of the idle time
  std::uint64_t requests_ = 0;    // as of the last look
  Duration idle_{};               // without any since
};

}  // namespace emulator
