#include "emulator/app/lifetime.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/os/os.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

// How often a process is looked for where the system gives no handle on one.
constexpr Duration kLook = 250ms;
// An idle time is told in so many steps, so that it ends at most one of them late.
constexpr int kSteps = 10;

bool lives(long process) { return ::kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM; }

}  // namespace

Result<std::unique_ptr<Lifetime>, std::string> Lifetime::watch(
    const LifetimeOptions& options, http::Server& server, std::function<void(std::string)> over) {
  std::unique_ptr<Lifetime> out(new Lifetime(server, std::move(over)));
  std::string problem;
  if (options.exit_with != 0) {
    problem =
        out->follow(static_cast<long>(options.exit_with),
                    "process " + std::to_string(options.exit_with) + " has ended", "--exit-with");
  } else if (options.exit_with_parent) {
    problem =
        out->follow(::getppid(), "the process that started it has ended", "--exit-with-parent");
  }
  if (!problem.empty()) return Failure{problem};
  if (options.idle_exit > Duration::zero()) out->wait_while_used(options.idle_exit);
  return out;
}

std::string Lifetime::follow(long process, const std::string& why, const std::string& flag) {
  const int descriptor = os::process_handle(process);
  if (descriptor < 0 && errno == ESRCH)
    return "there is no process " + std::to_string(process) + " to end with (" + flag + ")";
  if (descriptor >= 0) {
    handle_ = server_.when_readable(descriptor, [this, why] { end(why); });
  } else if (lives(process)) {
    look_again(process, why);
  } else {
    return "there is no process " + std::to_string(process) + " to end with (" + flag + ")";
  }
  return "";
}

void Lifetime::look_again(long process, const std::string& why) {
  handle_ = server_.after(kLook, [this, process, why] {
    if (!lives(process)) return end(why);
    look_again(process, why);
  });
}

void Lifetime::wait_while_used(Duration most) {
  const Duration step = std::max<Duration>(most / kSteps, 1ms);
  timer_ = server_.after(step, [this, most, step] {
    const http::Server::Figures figures = server_.figures();
    const bool used = figures.connections > 0 || figures.requests != requests_;
    requests_ = figures.requests;
    idle_ = used ? Duration::zero() : idle_ + step;
    if (idle_ >= most) return end("no request for " + worded(most) + " (--idle-exit)");
    wait_while_used(most);
  });
}

void Lifetime::end(const std::string& why) {
  if (const auto over = std::exchange(over_, nullptr)) over(why);
}

}  // namespace emulator
