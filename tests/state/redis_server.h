#pragma once

#include <arpa/inet.h>
#include <doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "emulator/state/redis_link.h"
#include "tests/flow/process.h"

extern char** environ;

namespace emulator::test {

// A port nobody listens at now.
inline std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(socket >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

// A program that runs as long as this lives.
class Program {
 public:
  explicit Program(const std::vector<std::string>& words) {
    std::vector<char*> raw;
    for (const std::string& word : words) raw.push_back(const_cast<char*>(word.c_str()));
    raw.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    REQUIRE(::posix_spawn(&pid_, raw.front(), &actions, nullptr, raw.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Program() { end(SIGKILL); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void end(int signal) {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGCONT);
    ::kill(pid_, signal);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  void send(int signal) const { REQUIRE(::kill(pid_, signal) == 0); }

 private:
  pid_t pid_ = 0;
};

// A real Redis on a free port, which keeps what it is told across `stop` and `start`.
class RedisServer {
 public:
  RedisServer() : port_(free_port()) {
    std::signal(SIGPIPE, SIG_IGN);  // as the emulator's own main does
    start();
  }

  void start() {
    program_ = std::make_unique<Program>(std::vector<std::string>{
        REDIS_SERVER, "--port", std::to_string(port_), "--bind", "127.0.0.1", "--dir", folder_.path,
        "--save", "", "--appendonly", "yes", "--appendfsync", "no"});
    REQUIRE(comes_true([&] {
      try {
        link_ = std::make_unique<state::RedisLink>(address(), std::chrono::seconds(20));
        return link_->ask({"PING"}).text == "PONG";
      } catch (const state::StateFault&) {
        return false;
      }
    }));
  }
  void stop() { program_->end(SIGTERM); }
  // Neither answers nor ends.
  void pause() { program_->send(SIGSTOP); }
  void go_on() { program_->send(SIGCONT); }

  state::RedisAnswer ask(const state::RedisLink::Words& command) { return link_->ask(command); }
  std::uint16_t port() const { return port_; }
  // What `--state` takes.
  std::string url(const std::string& prefix = "") const {
    return "redis://127.0.0.1:" + std::to_string(port_) + "/0" +
           (prefix.empty() ? "" : "?prefix=" + prefix);
  }
  state::RedisAddress address() const { return *state::parse_redis_address(url()); }

 private:
  const ScratchFolder folder_;
  const std::uint16_t port_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<state::RedisLink> link_;
};

}  // namespace emulator::test
