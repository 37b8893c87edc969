#include "emulator/base/zeroed.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

#include "emulator/os/os.h"

namespace emulator {
namespace {

constexpr std::size_t kPages = 256u << 10;  // bytes from which on pages are asked for
constexpr std::size_t kLargePages = 4u
                                    << 20;  // and pages of 2 MiB, of which fewer have to be found

}  // namespace

void* zeroed(std::size_t bytes) {
  if (bytes < kPages) {
    void* out = std::calloc(bytes, 1);
    if (out == nullptr) throw std::bad_alloc();
    return out;
  }
  void* out = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (out == MAP_FAILED) throw std::bad_alloc();
  if (bytes >= kLargePages) os::prefer_large_pages(out, bytes);
  return out;
}

void free_zeroed(void* memory, std::size_t bytes) {
  if (memory == nullptr) return;
  if (bytes < kPages)
    std::free(memory);
  else
    ::munmap(memory, bytes);
}

}  // namespace emulator
