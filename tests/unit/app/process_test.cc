#include "emulator/app/process.h"

#include <doctest.h>

#include <memory>
#include <vector>

#include "emulator/os/os.h"

namespace emulator {
namespace {

// A sanitizer's allocator is not the system's.
#if defined(__GLIBC__) && !defined(EMULATOR_SANITIZED)
TEST_CASE("memory between what is still used goes back to the system when it is told to") {
  constexpr double kMiB = 1 << 20;
  constexpr std::size_t kPieces = 4'096, kSize = 16u << 10;
  std::vector<std::unique_ptr<char[]>> pieces;
  for (std::size_t i = 0; i < kPieces; ++i)
    pieces.push_back(std::make_unique<char[]>(kSize));  // written to, with zeros
  const double full = process_use().resident_bytes;
  // Every hundredth stays, the last among them, as tasks of other sandboxes would.
  for (std::size_t i = 0; i + 1 < kPieces; ++i)
    if (i % 100 != 0) pieces[i].reset();
  CHECK(process_use().resident_bytes > full - 16 * kMiB);
  os::give_memory_back();
  CHECK(process_use().resident_bytes < full - 48 * kMiB);
}
#endif

}  // namespace
}  // namespace emulator
