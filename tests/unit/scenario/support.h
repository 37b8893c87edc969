#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/scenario/decide.h"
#include "emulator/scenario/scenario.h"

namespace emulator::scenario {

// The profiles of the contracts that are built in.
std::shared_ptr<const Profiles> built_in_profiles();

// Five providers by their real names and profiles, with words of their own making: what a contract
// says is not what these tests are about.
inline const Vocabulary& vocabulary() {
  static const std::vector<ProviderWords> kWords = [] {
    const std::vector<std::string> refusals = {
        "unauthenticated", "forbidden",    "out_of_credit", "rate_limited", "invalid_input",
        "not_found",       "server_error", "bad_gateway",   "unavailable",  "gateway_timeout"};
    std::vector<ProviderWords> words(5);
    words[0] = {"bfl",
                {"flux-dev", "flux-pro-1.1", "flux-pro-1.1-ultra"},
                {"input_moderated", "output_moderated", "failed", "vanished"},
                refusals,
                {"generation_failed", "internal"},
                true,
                false};
    words[1] = {"fal",
                {"fal-ai/flux/dev", "fal-ai/flux-pro/v1.1-ultra"},
                {"nsfw", "input_moderated", "output_moderated", "failed", "timed_out", "cancelled",
                 "vanished"},
                refusals,
                {"content_policy_violation", "no_media_generated", "request_timeout"},
                true,
                true};
    words[2] = {"wavespeed",
                {"wavespeed-ai/flux-dev", "wavespeed-ai/flux-schnell"},
                {"nsfw", "failed", "timed_out", "cancelled", "vanished"},
                refusals,
                {"sensitive_content", "media_unreachable"},
                true,
                false};
    words[3] = {"apiframe",
                {"flux-1.1-pro", "midjourney"},
                {"failed", "cancelled", "vanished"},
                refusals,
                {"capacity"},
                true,
                false};
    words[3].refusals.emplace_back("conflict");
    words[0].requests = {"submit", "poll", "download", "webhook", "account"};
    words[1].error_parts = {"type", "loc", "ctx", "input"};
    words[4] = {"vtrix", {"flux_pro_11"}, {"failed", "cancelled", "vanished"}, refusals, {}, false,
                false};
    words[4].requests = {"submit", "poll", "result", "cancel", "download", "account"};
    return words;
  }();
  static const Vocabulary kVocabulary = {{"bfl", "fal", "wavespeed", "apiframe", "vtrix"},
                                         [](std::string_view name) -> const ProviderWords* {
                                           for (const ProviderWords& words : kWords) {
                                             if (words.provider == name) return &words;
                                           }
                                           return nullptr;
                                         },
                                         {},
                                         built_in_profiles()};
  return kVocabulary;
}

// Every problem of a text, a line each; "" for a good one.
inline std::string problems_of(std::string text) {
  const auto loaded = load("f", std::move(text), vocabulary(), Files::kAllowed);
  std::string out;
  if (loaded) return out;
  for (const yaml::Problem& problem : loaded.error()) {
    out += (out.empty() ? "" : "\n") + yaml::to_line("f", problem);
  }
  return out;
}

// Every warning of a good text, a line each.
inline std::string warnings_of(std::string text) {
  const auto loaded = load("f", std::move(text), vocabulary(), Files::kAllowed);
  if (!loaded) return "not good: " + loaded.error().front().text;
  std::string out;
  for (const yaml::Problem& warning : loaded->warnings) {
    out += (out.empty() ? "" : "\n") + yaml::to_line("f", warning);
  }
  return out;
}

inline std::shared_ptr<const Scenario> scenario_of(std::string text) {
  const auto loaded = load("f", text, vocabulary(), Files::kAllowed);
  if (loaded) return loaded->scenario;
  throw std::runtime_error(yaml::to_line("f", loaded.error().front()) + "\n" + text);
}

inline std::string file_text(const std::string& path) {
  std::ifstream file(std::string(EMULATOR_SOURCE) + "/" + path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A scenario, and the counters of one sandbox that uses it.
struct World {
  std::shared_ptr<const Scenario> scenario;
  Counters counters;
  std::uint64_t seed = 7;

  explicit World(std::string text) : scenario(scenario_of(std::move(text))) {}

  Decision ask(const Occasion& occasion, bool explain = false) {
    return decide(*scenario, counters, seed, occasion, explain);
  }
};

inline Occasion submit(std::string_view provider = "bfl", std::string_view prompt = "an apple") {
  Occasion occasion;
  occasion.provider = provider;
  occasion.endpoint = "flux-dev";
  occasion.prompt = prompt;
  occasion.sandbox = "test";
  return occasion;
}

inline Occasion poll(std::string_view provider = "bfl") {
  Occasion occasion = submit(provider);
  occasion.on = On::kPoll;
  return occasion;
}

}  // namespace emulator::scenario
