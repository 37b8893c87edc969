#pragma once

#include <any>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

// Tables that bind the names under `values` of a contract to the members of a struct, so that a
// value is read once, with its type, its range and its place in the file, when the contract is. The
// loader reads by them, `provider-emulator list values` and docs/values.md are made from them.
namespace emulator::contract {

class Reader;
struct Part;

// A size as a contract writes it: "64KiB", "2MB".
struct Bytes {
  std::uint64_t count = 0;
};

// What a value may be, beside its type.
struct FactRange {
  double low = 0;  // of numbers, and of each number in a list; inclusive
  double high = std::numeric_limits<double>::max();
  std::string_view words;  // "durable, results": the only texts there are; "": any text
};
constexpr FactRange from_to(double low, double high) { return {low, high, {}}; }
constexpr FactRange at_least(double low) { return {low, std::numeric_limits<double>::max(), {}}; }
constexpr FactRange one_of(std::string_view words) {
  return {0, std::numeric_limits<double>::max(), words};
}

// One name, made by `fact` of contract/facts.h.
struct FactRow {
  std::string_view name;
  std::string_view about;  // one line of text
  FactRange range;
  bool needed = false;  // of a mapping: without it there is a problem
  // Reads `value` into the member of `facts`, which must be the struct the row was made for. What
  // is wrong goes to the reader's problems, and leaves the member as it was.
  void (*read)(Reader& read, const Part& value, const FactRow& row, void* facts) = nullptr;
  // What may be written, for messages and pages: "a duration such as 10m".
  std::string (*kind)(const FactRow& row) = nullptr;
};

// How a struct is made and read (`table_of` of contract/facts.h makes one). Without rows it is the
// table of no values at all.
struct FactTable {
  std::span<const FactRow> rows;
  std::any (*make)() = nullptr;
  void* (*address)(std::any& facts) = nullptr;
  // Reads all of it, as a value of the name `row` has; nullptr: there is nothing to read.
  void (*read)(Reader& read, const Part& value, const FactRow& row, std::any& facts) = nullptr;
  std::string (*kind)() = nullptr;  // what may be written
};

// What one provider's code reads of its contract, beside what means the same with all.
struct OwnTables {
  FactTable values = {};    // under `values`
  FactTable endpoint = {};  // under `extra` of an endpoint
  FactTable field = {};     // under `extra` of a field
  FactTable error = {};     // of an entry of `task_errors`
};

// A struct read by one of these tables, where there was something to read.
class OwnFacts {
 public:
  // A function, since what is converted to `any` everywhere cannot be made of one.
  static OwnFacts holding(std::any facts) {
    OwnFacts out;
    out.facts_ = std::make_shared<const std::any>(std::move(facts));
    return out;
  }

  // As `Facts` begins where nothing was read; else of the table that `Facts` belongs to. Lives as
  // long as a copy of these facts.
  template <class Facts>
  const Facts& as() const {
    static const Facts kAsItBegins{};
    return facts_ == nullptr ? kAsItBegins : std::any_cast<const Facts&>(*facts_);
  }

 private:
  std::shared_ptr<const std::any> facts_;
};

}  // namespace emulator::contract
