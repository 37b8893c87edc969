#pragma once

#include <cstddef>
#include <list>
#include <memory>

namespace emulator {

// Memory for many small records that are made one after another and let go in about that order.
// They lie side by side, so that neither making nor letting go asks the allocator, which would have
// to touch memory that was last used thousands of records ago. One thread.
class Blocks {
 private:
  struct Block {
    std::unique_ptr<char[]> data;
    std::size_t size = 0;
    std::size_t used = 0;
    std::size_t pieces = 0;  // not given back
  };

 public:
  class Piece {
   public:
    char* data() const { return data_; }
    explicit operator bool() const { return data_ != nullptr; }

   private:
    friend class Blocks;
    char* data_ = nullptr;
    std::list<Block>::iterator block_;
  };

  // Uninitialized memory, not aligned; stays where it is until it is given back.
  Piece take(std::size_t size);
  void give_back(Piece& piece);

 private:
  void add_block(std::size_t at_least);

  std::list<Block> blocks_;  // the last is being filled
  Block spare_;              // emptied, kept for the next that is needed
};

}  // namespace emulator
