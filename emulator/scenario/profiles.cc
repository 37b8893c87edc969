#include "emulator/scenario/profiles.h"

namespace emulator::scenario {
namespace {

Span fixed(Millis value) { return {Span::Kind::kFixed, value, Duration(0)}; }
Span range(Millis low, Millis high) { return {Span::Kind::kRange, low, high}; }

}  // namespace

// Few, and only what answers of the real services show: a handful of records is no distribution, so
// none of these is a log-normal. Nobody has published waiting times, so none has a queue.
const std::vector<Profile>& profiles() {
  static const std::vector<Profile> kProfiles = {
      {"bfl-flux", std::nullopt, range(Millis(1640), Millis(10000)),
       "BFL: the shortest and longest `duration` in recorded results of image endpoints"},
      {"bfl-flux-dev", std::nullopt, fixed(Millis(7566)),
       "BFL: `duration` of one recorded flux-dev result, 2025-07-14"},
      {"fal-flux", std::nullopt, range(Millis(517), Millis(1372)),
       "fal: `metrics.inference_time` of one status and `timings.inference` of two results"},
      {"wavespeed-flux-dev", std::nullopt, range(Millis(6710), Millis(25729)),
       "WaveSpeed: `executionTime` in two published records of wavespeed-ai/flux-dev, 2025-05"},
      {"apiframe-midjourney", std::nullopt, fixed(Millis(32000)),
       "Apiframe: from `createdAt` to `completedAt` in the documentation's sample job, 2026-03"},
  };
  return kProfiles;
}

}  // namespace emulator::scenario
