#pragma once

#include <cstddef>

namespace emulator {

// So many bytes, all zero, aligned for anything; throws std::bad_alloc. Large ones are pages of the
// system's, which cost nothing until they are touched: to write zeros over ten megabytes would hold
// a thread for as many milliseconds. To be freed by `free_zeroed`, with the same size.
void* zeroed(std::size_t bytes);
void free_zeroed(void* memory, std::size_t bytes);

}  // namespace emulator
