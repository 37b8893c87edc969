#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/http/server.h"
#include "tests/unit/http/test_identities.h"

namespace emulator::test {

// A server on a free port with its loop on a thread of its own; ends with its scope.
class Served {
 public:
  using Options = http::ServerOptions;

  explicit Served(http::Handler handle, Options options = {})
      : Served(hooks(std::move(handle)), std::move(options)) {}

  explicit Served(http::Server::Hooks hooks, Options options = {})
      : server_(prepared(std::move(options)), std::move(hooks)) {
    const auto port = server_.listen();
    port_ = port ? *port : std::uint16_t{0};
    loop_ = std::thread([this] { server_.run(grace_); });
  }

  ~Served() { stop(); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  // Returns how long it took.
  std::chrono::milliseconds stop() {
    const auto from = std::chrono::steady_clock::now();
    if (loop_.joinable()) {
      server_.post([this] { server_.stop(); });
      loop_.join();
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 from);
  }

  // Runs `work` on the loop and waits for it. Not once the server may have stopped by itself.
  void on_loop(const std::function<void()>& work) {
    std::promise<void> done;
    server_.post([&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  std::uint16_t port() const { return port_; }
  http::Server& server() { return server_; }

  // Hooks whose refusals say "<status> <why>" in their body.
  static http::Server::Hooks hooks(http::Handler handle) {
    http::Server::Hooks hooks;
    hooks.handle = std::move(handle);
    hooks.protocol = [](unsigned status, std::string_view why) {
      http::Reply reply;
      reply.status = status;
      reply.headers.add("x-refused", "1");
      reply.body = std::to_string(status) + " " + std::string(why);
      return reply;
    };
    return hooks;
  }

 private:
  Options prepared(Options options) {
    options.port = 0;
    if (options.identities == nullptr) options.identities = &identities_.get();
    return options;
  }

  TestIdentities identities_;
  http::Server server_;
  std::chrono::milliseconds grace_{900};
  std::uint16_t port_ = 0;
  std::thread loop_;
};

inline http::Reply text_reply(std::string body, unsigned status = 200) {
  http::Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

// Answers every request at once with its path.
inline http::Handler echo_path() {
  return [](const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
    respond(text_reply(request->path));
  };
}

inline std::string get(const std::string& target) {
  std::string request = "GET ";
  request += target;
  request += " HTTP/1.1\r\nHost: a\r\n\r\n";
  return request;
}

inline std::string post(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

// Waits for something that another thread brings about; false when it does not happen in time.
template <class Condition>
bool eventually(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// Keeps requests until the test lets them go. Its calls belong on the loop.
struct Held {
  std::vector<http::Respond> waiting;
  std::atomic<std::size_t> count{0};

  void add(http::Respond respond) {
    waiting.push_back(std::move(respond));
    count = waiting.size();
  }
};

}  // namespace emulator::test
