#pragma once

#include <doctest.h>
#include <httplib.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/state/redis_server.h"

// Three emulators that one Redis makes one, behind a real balancer that hands requests round.
namespace emulator::test {

constexpr std::size_t kEmulators = 3;

struct Fleet {
  enum class Ends { kMay, kNever };  // whether the balancer has to look who is there
  // `scenario`: the text of theirs; "" for that of an emulator that is given none.
  explicit Fleet(const std::string& scenario, Ends ends = Ends::kMay) {
    if (!scenario.empty()) story = folder.write("story.yaml", scenario);
    std::string servers;
    for (std::size_t i = 0; i < kEmulators; ++i) {
      ports.push_back(free_port());
      emulators.push_back(start(ports.back()));
      servers += "  server s" + std::to_string(i) + " 127.0.0.1:" + std::to_string(ports.back()) +
                 (ends == Ends::kMay ? " check inter 100ms fall 1 rise 1\n" : "\n");
    }
    front = free_port();
    balancer = std::make_unique<Program>(std::vector<std::string>{
        HAPROXY, "-q", "-db", "-f",
        folder.write("haproxy.cfg",
                     "defaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n"
                     "  timeout check 1s\n  timeout server 60s\n  retries 3\n  option redispatch\n"
                     "frontend front\n  bind 127.0.0.1:" +
                         std::to_string(front) +
                         "\n  default_backend all\n"
                         "backend all\n  balance roundrobin\n"
                         "  option httpchk GET /_emulator/health\n" +
                         servers)});
    REQUIRE(comes_true([&] {
      httplib::Client client("127.0.0.1", front);
      const auto reply = client.Get("/_emulator/health");
      return reply && reply->status == 200;
    }));
  }

  std::unique_ptr<Program> start(std::uint16_t port) const {
    std::vector<std::string> words{
        BINARY, "serve",        "--port", std::to_string(port), "--state", redis.url(), "--seed",
        "1",    "--state-wait", "60000",  "--claim-life",       "2000",    "--log",     "off"};
    if (!story.empty()) words.insert(words.end(), {"--scenario", story});
    auto out = std::make_unique<Program>(words);
    REQUIRE(comes_true([&] {
      httplib::Client client("127.0.0.1", port);
      return static_cast<bool>(client.Get("/_emulator/health"));
    }));
    return out;
  }

  const ScratchFolder folder;
  std::string story;  // the file of the scenario
  RedisServer redis;
  std::vector<std::uint16_t> ports;
  std::vector<std::unique_ptr<Program>> emulators;
  std::uint16_t front = 0;
  std::unique_ptr<Program> balancer;  // before the emulators it leads to
};

}  // namespace emulator::test
