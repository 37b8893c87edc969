// Run by hand: what judging costs a poll and a submission, in pairs of worlds that do the same, one
// judged and one not. With `polls` or `submits` and a number as arguments it does those alone, in
// the judged world (`judged`) or the other (`plain`), to be counted by callgrind.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "emulator/base/json_text.h"
#include "tests/support/world.h"

namespace {

using emulator::Instant;
using emulator::test::request;
using emulator::test::World;
using emulator::test::WorldOptions;

constexpr int kTasks = 64;
constexpr int kPairs = 40;
constexpr int kPolls = 20'000;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

class Bench {
 public:
  explicit Bench(bool judged) : world_(options(judged)) {
    for (int i = 0; i < kTasks; ++i) ids_.push_back(submit(i));
  }

  std::string submit(int number) {
    const auto reply = world_.send(request(
        "POST", "/bfl/v1/flux-pro-1.1", {{"x-key", "me"}, {"content-type", "application/json"}},
        "{\"prompt\":\"a cat, number " + std::to_string(number) + "\"}"));
    return (*emulator::decode_json(reply->body))["id"];
  }

  // Each task in turn, the pauses as long as is advised.
  void polls(int count) {
    for (int i = 0; i < count; ++i) {
      if (i % kTasks == 0) world_.advance("me", std::chrono::seconds(1));
      world_.send(request("GET",
                          "/bfl/v1/get_result?id=" + ids_[static_cast<std::size_t>(i % kTasks)],
                          {{"x-key", "me"},
                           {"accept", "*/*"},
                           {"user-agent", "bench/1.0"},
                           {"accept-encoding", "gzip"}}));
    }
  }

  void submits(int count) {
    for (int i = 0; i < count; ++i) submit(i);
  }

 private:
  static WorldOptions options(bool judged) {
    WorldOptions out;
    out.judged = judged;
    out.scenario = "name: long\ndefaults: { run: 2000h }\n";
    out.contracts = {"provider: bfl\nvalues: { active_limit: null, poll_patience: 9000h }\n"};
    return out;
  }

  World world_;
  std::vector<std::string> ids_;
};

double timed(Bench& bench) {
  const double from = cpu_seconds();
  bench.polls(kPolls);
  return (cpu_seconds() - from) * 1e9 / kPolls;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4) {
    Bench bench(std::strcmp(argv[1], "judged") == 0);
    const int count = std::atoi(argv[3]);
    if (std::strcmp(argv[2], "polls") == 0)
      bench.polls(count);
    else
      bench.submits(count);
    return 0;
  }
  Bench judged(true), plain(false);
  std::vector<double> shares, with, without;
  for (int i = 0; i < kPairs; ++i) {
    const double first = i % 2 == 0 ? timed(judged) : timed(plain);
    const double second = i % 2 == 0 ? timed(plain) : timed(judged);
    with.push_back(i % 2 == 0 ? first : second);
    without.push_back(i % 2 == 0 ? second : first);
    shares.push_back(with.back() - without.back());
  }
  const auto median = [](std::vector<double> all) {
    std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2),
                     all.end());
    return all[all.size() / 2];
  };
  std::printf(
      "a poll without its socket, median of %d pairs: %.0f ns judged, %.0f ns not, %.0f ns more\n",
      kPairs, median(with), median(without), median(shares));
  return 0;
}
