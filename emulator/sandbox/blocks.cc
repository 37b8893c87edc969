#include "emulator/sandbox/blocks.h"

#include <algorithm>
#include <utility>

namespace emulator {
namespace {

// A sandbox that sees three requests shall not hold much; one that sees millions shall not often
// ask for more.
constexpr std::size_t kFirst = 2u << 10;
constexpr std::size_t kMost = 64u << 10;

}  // namespace

void Blocks::add_block(std::size_t at_least) {
  if (spare_.size >= at_least && spare_.size > 0) {
    blocks_.push_back(std::exchange(spare_, {}));
    return;
  }
  const std::size_t last = blocks_.empty() ? kFirst / 2 : std::max(blocks_.back().size, kFirst / 2);
  Block& made = blocks_.emplace_back();
  made.size = std::max(at_least, std::min(2 * last, kMost));
  made.data.reset(new char[made.size]);  // make_unique would write zeros
}

Blocks::Piece Blocks::take(std::size_t size) {
  if (blocks_.empty() || blocks_.back().size - blocks_.back().used < size) add_block(size);
  Block& block = blocks_.back();
  Piece out;
  out.data_ = block.data.get() + block.used;
  out.block_ = std::prev(blocks_.end());
  block.used += size;
  ++block.pieces;
  return out;
}

void Blocks::give_back(Piece& piece) {
  if (!piece) return;
  piece.data_ = nullptr;
  const auto block = piece.block_;
  if (--block->pieces > 0) return;
  if (std::next(block) == blocks_.end()) {
    block->used = 0;
    return;
  }
  // Only one of the usual size: a large one was made for a single record.
  if (spare_.size == 0 && block->size == kMost) {
    block->used = 0;
    spare_ = std::move(*block);
  }
  blocks_.erase(block);
}

}  // namespace emulator
