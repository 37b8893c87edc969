// Flags -> Config -> App -> run. The only file that tests do not link.
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <random>
#include <string>

#include "emulator/app.h"
#include "emulator/app/commands.h"
#include "emulator/app/log_sink.h"
#include "emulator/config/config.h"

namespace {

void write_all(int fd, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t put = ::write(fd, text.data() + done, text.size() - done);
    if (put <= 0) return;  // nobody reads it any more; serving goes on
    done += static_cast<std::size_t>(put);
  }
}

int serve(const emulator::Config& config, const emulator::Surroundings& surroundings) {
  std::signal(SIGPIPE, SIG_IGN);  // whoever stops reading our log shall not stop us
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is an error where one is written
  auto app = emulator::App::make(config.serve, surroundings);
  if (!app) {
    surroundings.err("provider-emulator: " + app.error() + "\n");
    return 2;
  }
  if (const auto port = (*app)->start(); !port) {
    surroundings.err("provider-emulator: " + port.error() + "\n");
    return 2;
  }
  return (*app)->run();
}

// 128 bits that nobody can guess, in hex.
std::string drawn_token() {
  std::random_device device;
  std::string out;
  for (int i = 0; i < 4; ++i) {
    char digits[9];
    std::snprintf(digits, sizeof digits, "%08x", device() & 0xffffffffu);
    out += digits;
  }
  return out;
}

// Whoever serves must not wait for whoever reads its log. At the end the reader has a moment.
int serve_or_run(const emulator::Config& config, emulator::Surroundings surroundings) {
  emulator::LogSink log(STDERR_FILENO);
  surroundings.log = &log;
  surroundings.look = [] { return emulator::look_of(STDERR_FILENO); };
  surroundings.err = [&log](const std::string& text) { log.write(text); };
  const int code = config.command == emulator::Config::Command::kServe
                       ? serve(config, surroundings)
                       : emulator::run_command(config, surroundings);
  log.finish(std::chrono::milliseconds(500));
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const emulator::SystemWallClock wall;
  const emulator::Surroundings surroundings{
      &wall,
      [](const std::string& text) { write_all(STDOUT_FILENO, text); },
      [](const std::string& text) { write_all(STDERR_FILENO, text); },
      std::random_device{}() & 0xffffffffu,
      drawn_token(),
      nullptr,
      {},
      [] { return emulator::look_of(STDOUT_FILENO); }};
  try {
    const auto config = emulator::read_config(argc, argv);
    if (!config) {
      (config.error().code == 0 ? surroundings.out : surroundings.err)(config.error().text);
      return config.error().code;
    }
    using Command = emulator::Config::Command;
    switch (config->command) {
      case Command::kServe:
      case Command::kRun:
        return serve_or_run(*config, surroundings);
      case Command::kHunt: {
        emulator::Config wanted = *config;
        wanted.hunt.bar = ::isatty(STDERR_FILENO) == 1;
        return emulator::hunt_command(wanted, surroundings);
      }
      case Command::kEnv:
        return emulator::env_command(*config, surroundings);
      case Command::kCa:
        return emulator::ca_command(*config, surroundings);
      case Command::kCheck:
        return emulator::check_command(*config, surroundings);
      case Command::kCompare:
        return emulator::compare_command(*config, surroundings);
      case Command::kRecord:
        return emulator::record_command(*config, surroundings);
      case Command::kList:
        return emulator::list_command(*config, surroundings);
      case Command::kTail:
        return emulator::tail_command(*config, surroundings);
      case Command::kTrigger:
        return emulator::trigger_command(*config, surroundings);
      case Command::kSchema:
        return emulator::schema_command(surroundings);
      case Command::kShow:
        return emulator::show_command(*config, surroundings);
      case Command::kInit:
        return emulator::init_command(*config, surroundings);
      case Command::kVersion:
        surroundings.out("provider-emulator " + emulator::version() + "\n");
        return 0;
    }
  } catch (const std::exception& error) {
    surroundings.err(std::string("provider-emulator: ") + error.what() + "\n");
    return 2;
  }
  return 0;
}
