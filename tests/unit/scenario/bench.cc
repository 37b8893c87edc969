#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "emulator/scenario/decide.h"
#include "emulator/scenario/scenario.h"

// Prints how long a file of a thousand rules takes to load, and a request to decide that none of
// them matches. The least of several runs: other work on the machine only ever adds.
namespace {

using namespace emulator;
using namespace emulator::scenario;

template <class Work>
double least_ms(int runs, const Work& work) {
  double least = 1e9;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    least = std::min(least, took.count());
  }
  return least;
}

std::string rules(const std::vector<std::string>& whens) {
  std::string text = "name: bench\nrules:\n";
  for (int i = 0; i < 1000; ++i) {
    const std::string number = std::to_string(i);
    std::string when = whens[static_cast<std::size_t>(i) % whens.size()];
    if (const auto at = when.find('#'); at != std::string::npos) when.replace(at, 1, number);
    text += "  - name: rule " + number + "\n    when: { " + when +
            " }\n    then: { queue: 20s, run: 4s..6s }\n";
  }
  return text;
}

void measure(const char* name, const std::string& text) {
  const Vocabulary vocabulary{{"bfl", "fal", "wavespeed", "apiframe", "vtrix"}, nullptr};
  std::shared_ptr<const Scenario> scenario;
  const double load_ms = least_ms(15, [&] {
    auto loaded = load("bench.yaml", text, vocabulary);
    if (loaded)
      scenario = loaded->scenario;
    else
      std::printf("%s\n", loaded.error().front().text.c_str());
  });
  if (!scenario) return;
  Occasion occasion;
  occasion.provider = "bfl";
  occasion.endpoint = "flux-pro-1.1-ultra";
  occasion.prompt = "a lighthouse at dusk, oil on canvas, gulls over the harbour, wide angle";
  occasion.sandbox = "bench";
  Counters counters;
  std::uint64_t sink = 0;
  constexpr int kAsked = 2000;
  const auto asked = [&](bool explain) {
    return least_ms(15,
                    [&] {
                      for (int i = 0; i < kAsked; ++i) {
                        sink += decide(*scenario, counters, 7, occasion, explain).draw_key;
                      }
                    }) *
           1000 / kAsked;
  };
  const double decide_us = asked(false);
  const double explain_us = asked(true);
  std::printf("%-34s load %6.2f ms   decide %6.2f us   with reasons %6.2f us   (%u)\n", name,
              load_ms, decide_us, explain_us, static_cast<unsigned>(sink & 1));
}

}  // namespace

int main() {
  measure("1000 rules, prompts", rules({"provider: bfl, prompt: word#"}));
  measure("1000 rules, endpoints", rules({"provider: bfl, endpoint: \"model-#*\""}));
  measure("1000 rules, patterns",
          rules({"provider: bfl, endpoint: x#, prompt: {matches: \"^w#$\"}"}));
  measure(
      "1000 rules, five providers",
      rules({"provider: bfl, prompt: w#", "provider: fal, prompt: w#", "provider: vtrix, nth: 2",
             "provider: wavespeed, on: poll", "provider: apiframe, on: download, key: \"k#\""}));
}
