#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace emulator::state {
class Keeper;
}
namespace emulator::fleet {
class Fleet;
}

namespace emulator::control {

// Writes figures in the text format of Prometheus (version 0.0.4). Names follow its conventions:
// base units (seconds, bytes), counters end in `_total`.
class Metrics {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // Begins a family; every sample of it must follow before the next begins. `type` is counter,
  // gauge or histogram.
  void family(std::string_view name, std::string_view type, std::string_view help);
  // A sample of the present family; `suffix` is for the parts of a histogram.
  void sample(double value, Labels labels = {}, std::string_view suffix = "");
  // A family with one sample.
  void one(std::string_view name, std::string_view type, std::string_view help, double value);

  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

// state.cc
void add_state(Metrics& out, const state::Keeper& keeper);
void add_fleet(Metrics& out, const fleet::Fleet& fleet);

}  // namespace emulator::control
