// Recordings come from other people's programs. Whatever the bytes say, reading them ends, keeps to
// its limits, and what was read can be asked again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "emulator/compare/recording.h"
#include "emulator/compare/request.h"
#include "emulator/compare/secrets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  emulator::compare::ReadLimits limits;
  limits.file = limits.exchange = 256u << 10;
  limits.exchanges = 100;
  limits.kept = 1u << 20;
  std::size_t at = 0;
  const auto read = emulator::compare::read_recording(
      "file",
      [&](char* into, std::size_t room) {
        const std::size_t take = std::min({room, text.size() - at, std::size_t{97}});
        text.copy(into, take, at);
        at += take;
        return take;
      },
      limits, [](const emulator::compare::Recorded& one) { return one.url.size() % 7 != 0; });
  std::size_t kept = 0;
  emulator::compare::Secrets secrets;
  for (const auto& one : read.exchanges) {
    kept += one.bytes();
    secrets.learn(one);
    const auto request = emulator::compare::request_of(one, {});
    if (request.path.empty() || request.path.front() != '/') std::abort();
    static_cast<void>(secrets.hidden(one.url));
  }
  if (kept > limits.kept || read.exchanges.size() > limits.exchanges) std::abort();
  return 0;
}
