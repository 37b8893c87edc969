#pragma once

#include <utility>
#include <variant>

namespace emulator {

// Marks a value as the failure of a Result, so that a Result<T, E> with T == E stays unambiguous.
template <class E>
struct Failure {
  E error;
};

template <class E>
Failure(E) -> Failure<E>;

// Either a T or the reason why there is none. Reading the wrong side throws
// std::bad_variant_access, which is a bug of the caller.
template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Failure<E> failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

  explicit operator bool() const { return state_.index() == 0; }

  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  E& error() & { return std::get<1>(state_); }
  const E& error() const& { return std::get<1>(state_); }

 private:
  std::variant<T, E> state_;
};

}  // namespace emulator
