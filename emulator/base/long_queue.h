#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "emulator/base/zeroed.h"

namespace emulator {

// A queue of what grows to millions and is looked at anywhere in it. Its items lie side by side in
// rows, each as long as all before it, up to kMost: so a short queue takes little, and a long one
// lies in large pages where the system has them, which the processor need not look for as often. An
// item stays where it is until it is popped; a row is given back with its last item. One thread at
// a time; throws std::bad_alloc.
template <class T>
class LongQueue {
  static_assert(alignof(T) <= alignof(std::max_align_t));

  struct Row {
    T* items;
    std::size_t room;
    std::uint64_t first;  // number of its first item
    bool has(std::uint64_t number) const { return number - first < room; }
  };
  // Goes by the numbers of items, and remembers the row it is in.
  template <class Item>
  class Iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = Item*;
    using reference = Item&;

    Iterator() = default;
    Iterator(const LongQueue* of, std::uint64_t number) : of_(of), number_(number) {}
    Item& operator*() const {
      if (row_ == nullptr || !row_->has(number_)) row_ = &of_->row_of(number_);
      return row_->items[number_ - row_->first];
    }
    Item* operator->() const { return &**this; }
    Iterator& operator++() { return ++number_, *this; }
    Iterator& operator--() { return --number_, *this; }
    Iterator operator++(int) { return {of_, number_++}; }
    Iterator operator--(int) { return {of_, number_--}; }
    bool operator==(const Iterator& other) const { return number_ == other.number_; }

   private:
    const LongQueue* of_ = nullptr;
    std::uint64_t number_ = 0;
    mutable const Row* row_ = nullptr;
  };

 public:
  using iterator = Iterator<T>;
  using const_iterator = Iterator<const T>;

  LongQueue() = default;
  LongQueue(LongQueue&& other) noexcept { swap(other); }
  LongQueue& operator=(LongQueue&& other) noexcept {
    LongQueue taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~LongQueue() { clear(); }

  bool empty() const { return first_ == next_; }
  std::size_t size() const { return static_cast<std::size_t>(next_ - first_); }
  T& operator[](std::size_t place) { return at(first_ + place); }
  const T& operator[](std::size_t place) const { return at(first_ + place); }
  T& front() { return at(first_); }
  T& back() { return at(next_ - 1); }
  const T& back() const { return at(next_ - 1); }
  iterator begin() { return {this, first_}; }
  iterator end() { return {this, next_}; }
  const_iterator begin() const { return {this, first_}; }
  const_iterator end() const { return {this, next_}; }
  auto rbegin() { return std::reverse_iterator(end()); }
  auto rend() { return std::reverse_iterator(begin()); }
  auto rbegin() const { return std::reverse_iterator(end()); }
  auto rend() const { return std::reverse_iterator(begin()); }

  T& push_back(T item) {
    if (rows_.empty() || !rows_.back().has(next_)) add_row();
    T& made = *new (&at(next_)) T(std::move(item));
    ++next_;
    return made;
  }

  void pop_front() {
    std::destroy_at(&front());
    const Row& row = rows_.front();
    if (++first_ == row.first + row.room || empty()) drop_row();
  }

  void clear() {
    while (!empty()) pop_front();
  }

 private:
  static constexpr std::size_t kMost = std::max<std::size_t>((8u << 20) / sizeof(T), 1);

  void swap(LongQueue& other) noexcept {
    std::swap(rows_, other.rows_);
    std::swap(first_, other.first_);
    std::swap(next_, other.next_);
  }

  const Row& row_of(std::uint64_t number) const {
    if (number >= rows_.back().first) return rows_.back();
    const auto after =
        std::upper_bound(rows_.begin(), rows_.end(), number,
                         [](std::uint64_t wanted, const Row& row) { return wanted < row.first; });
    return *std::prev(after);
  }
  T& at(std::uint64_t number) const {
    const Row& row = row_of(number);
    return row.items[number - row.first];
  }

  void add_row() {
    const std::size_t room = std::clamp<std::size_t>(size(), 1, kMost);
    auto* const items = static_cast<T*>(zeroed(room * sizeof(T)));
    rows_.push_back({items, room, next_});
  }
  void drop_row() {
    free_zeroed(rows_.front().items, rows_.front().room * sizeof(T));
    rows_.erase(rows_.begin());
  }

  std::vector<Row> rows_;
  std::uint64_t first_ = 0;  // number of the front
  std::uint64_t next_ = 0;   // of the next to come
};

}  // namespace emulator
