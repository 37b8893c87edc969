#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "emulator/scenario/decide.h"
#include "emulator/scenario/scenario.h"

// Scenario files and prompt directives come from strangers: whatever they say, loading ends, and
// what was loaded can be decided by, with the index and without.
namespace {

using namespace emulator;
using namespace emulator::scenario;

const Vocabulary& vocabulary() {
  static const ProviderWords kWords{
      "bfl", {"flux-dev"}, {"failed"}, {"rate_limited"}, {"internal"}};
  static const Vocabulary kVocabulary{
      {"bfl", "fal"}, [](std::string_view name) { return name == "bfl" ? &kWords : nullptr; }};
  return kVocabulary;
}

void ask(const Scenario& scenario) {
  const Json body = {{"n", 3}, {"list", {1, "two", nullptr}}, {"deep", {{"a", {{{"b", 1.5}}}}}}};
  const http::Headers headers = {{"X-A", "1"}};
  Scenario plain = scenario;
  plain.index = nullptr;
  Counters with, without;
  for (int i = 0; i < 4; ++i) {
    Occasion occasion;
    occasion.provider = i % 2 == 0 ? "bfl" : "fal";
    occasion.on = i < 3 ? On::kSubmit : On::kPoll;
    occasion.endpoint = "flux-dev";
    occasion.prompt = "a beach at noon";
    occasion.body = &body;
    occasion.headers = &headers;
    occasion.query = "a=1&b=%20&=&";
    occasion.sandbox = "fuzz";
    const Decision a = decide(scenario, with, 7, occasion, false);
    const Decision b = decide(plain, without, 7, occasion, true);
    if (a.rules != b.rules || a.draw_key != b.draw_key) std::abort();
    Draw draw(a.draw_key);
    for (const auto& span : {a.then.queue, a.then.run, a.then.links_live, a.then.delay}) {
      if (span && span->drawn(draw) < Duration(0)) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto loaded = load("fuzz.yaml", text, vocabulary())) {
    ask(*loaded->scenario);
  } else {
    for (const yaml::Problem& problem : loaded.error()) {
      if (problem.text.empty()) std::abort();
    }
  }
  static_cast<void>(load_then(text, vocabulary()));
  static_cast<void>(yaml::load_document(text, 1));
  return 0;
}
