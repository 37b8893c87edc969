#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "emulator/scenario/decide.h"
#include "emulator/scenario/scenario.h"

namespace emulator::scenario {

// How a value is looked at.
struct Test {
  enum class Kind : std::uint8_t { kEquals, kContains, kMatches, kAbove, kBelow, kPresent, kGlob };
  Kind kind = Kind::kEquals;
  std::string text;                  // kContains, kMatches (the pattern), kGlob, kEquals
  Json value;                        // kEquals, kContains: of a body
  bool as_text = false;              // kEquals: an unquoted value also equals the text it is
  double number = 0;                 // kAbove, kBelow
  bool present = true;               // kPresent
  std::shared_ptr<const RE2> regex;  // kMatches
};

// One step into a body: the name of a member, or the number of an item.
using Step = std::variant<std::string, std::size_t>;

struct Condition {
  // In the order of cost: the cheap ones are looked at first.
  enum class What : std::uint8_t {
    kBetween,
    kKey,
    kEndpoint,
    kPath,
    kPrompt,
    kHeader,
    kQuery,
    kBody
  };
  What what = What::kPrompt;
  std::string name;        // of a header or query parameter; the path as written
  std::vector<Step> path;  // kBody
  Test test;
  Duration from{0}, to{0};  // kBetween: from inclusive, to exclusive
  std::string written;      // `prompt: beach`, for whoever asks why
};

// Conditions over how often the others held. All that are given must hold.
struct Counting {
  std::optional<std::uint64_t> nth, every, first, after;
  std::optional<double> chance;  // in percent

  bool any() const { return nth || every || first || after || chance; }
};

struct When {
  std::optional<On> on = On::kSubmit;  // nullopt: any
  std::string provider;                // "" : any
  std::vector<Condition> conditions;   // by cost
  Counting counting;
};

bool holds(const Condition& condition, const Occasion& occasion);

// True when whatever meets `narrow` meets `wide` too. When in doubt, false.
bool implies(const When& narrow, const When& wide);

}  // namespace emulator::scenario
