#include "emulator/scenario/profiles.h"

namespace emulator::scenario {
namespace {

Span fixed(Millis value) { return {Span::Kind::kFixed, value, Duration(0)}; }
Span range(Millis low, Millis high) { return {Span::Kind::kRange, low, high}; }

}  // namespace

constexpr const char* kBattery =
    "BFL: wall time from submission to picture in a run over every endpoint, 2026-09-21";

// Few, and only what answers of the real services show: a handful of records is no distribution, so
// none of these is a log-normal. Nobody has published waiting times, so none has a queue; the times
// of BFL by endpoint are wall times and hold whatever waiting there was.
const std::vector<Profile>& profiles() {
  static const std::vector<Profile> kProfiles = {
      {"bfl-flux", std::nullopt, range(Millis(1640), Millis(10000)),
       "BFL: the shortest and longest `duration` in recorded results of image endpoints"},
      {"bfl-flux-dev", std::nullopt, fixed(Millis(7566)),
       "BFL: `duration` of one recorded flux-dev result, 2025-07-14"},
      {"bfl-flux-1-dev", std::nullopt, fixed(Millis(5000)), kBattery},
      {"bfl-flux-1.1-pro", std::nullopt, fixed(Millis(2400)), kBattery},
      {"bfl-flux-ultra", std::nullopt, range(Millis(11000), Millis(14000)), kBattery},
      {"bfl-flux-kontext", std::nullopt, range(Millis(6500), Millis(8600)), kBattery},
      {"bfl-flux-2-pro", std::nullopt, range(Millis(12000), Millis(14000)), kBattery},
      {"bfl-flux-2-flex", std::nullopt, range(Millis(7000), Millis(9000)), kBattery},
      {"bfl-flux-2-max", std::nullopt, range(Millis(36000), Millis(41000)), kBattery},
      {"bfl-flux-2-klein", std::nullopt, range(Millis(2000), Millis(5000)), kBattery},
      {"bfl-flux-fill", std::nullopt, fixed(Millis(4500)), kBattery},
      {"bfl-flux-expand", std::nullopt, range(Millis(6500), Millis(23000)), kBattery},
      {"bfl-flux-3-image", std::nullopt, range(Millis(80000), Millis(109000)),
       "BFL: wall time from submission to picture in a live run, 2026-10-01"},
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
