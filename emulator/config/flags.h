#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

// The flags of a command, each bound to the member that it sets. This is the face that tables of
// flags are written to; what parses the line stays behind it (flags.cc), for it takes long to
// compile.
namespace emulator {

// What a flag may be given. `problem` says what is wrong with a text, "" for nothing; it may put
// the text into another form.
struct FlagCheck {
  std::string shown;  // in help, in the place of the value
  std::function<std::string(std::string& text)> problem;
};

// Addresses that begin with http:// or https://.
FlagCheck http_address();
FlagCheck one_of(const std::vector<std::string>& words);

// The flags that a command line or the environment speaks of. To describe all there are takes
// longer than all else that a start does, so whoever is in a hurry describes these alone.
class Mentioned {
 public:
  // `environment`: as `environ`. Both must outlive this.
  Mentioned(int argc, const char* const* argv, const char* const* environment);

  // Whether a flag such as "--max-body" may be given: as a word, before a "=" or by the
  // environment.
  bool flag(const std::string& name) const;

 private:
  std::vector<std::string_view> names_;  // of flags and of variables
  bool variables_ = false;
};

// One flag, or one argument by its place, as it is being described. Good until the command line is
// read.
class Flag {
 public:
  // nullptr: one that nobody speaks of, so that nothing is described.
  explicit Flag(CLI::Option* option) : option_(option) {}

  // What help shows as the value where the flag is left out.
  Flag& preset(const std::string& shown);
  Flag& check(const FlagCheck& check);
  Flag& required();
  // May be given several times, or once with commas.
  Flag& several();
  // By the command line only. Else a flag can be given by the environment as well:
  // EMULATOR_MAX_BODY for --max-body.
  Flag& line_only();
  // Neither in help nor in completions.
  Flag& hidden();

 private:
  CLI::Option* option_;
};

// Adds flags to a command, all of them or those that are spoken of. What they set outlives the
// reading of the command line.
class Flags {
 public:
  explicit Flags(CLI::App& command, const Mentioned* only = nullptr)
      : command_(command), only_(only) {}

  // A text as it stands.
  Flag text(const std::string& name, std::string& target, const std::string& about);
  // A text, with help that shows what `target` is now as the preset.
  Flag shown_text(const std::string& name, std::string& target, const std::string& about);
  Flag texts(const std::string& name, std::vector<std::string>& target, const std::string& about);
  // A text that is made something else of.
  Flag made(const std::string& name, const std::function<void(const std::string& text)>& set,
            const std::string& about);
  // One of two words.
  Flag either(const std::string& name, bool& target, const char* yes, const char* no,
              const std::string& about);
  // No value: given or not.
  Flag given(const std::string& name, bool& target, const std::string& about);
  // A switch the other way round: false once it is given.
  Flag withheld(const std::string& name, bool& target, const std::string& about);

  // A whole number.
  template <class Number>
  Flag count(const std::string& name, Number& target, std::uint64_t least, std::uint64_t most,
             const std::string& about) {
    return ranged(name, target, set_to(target), least, most, about);
  }
  // A small one.
  template <class Number>
  Flag few(const std::string& name, Number& target, int least, int most, const std::string& about) {
    return small(name, target, set_to(target), least, most, about);
  }
  // A number that has no preset.
  Flag number(const std::string& name, std::function<void(std::uint64_t number)> set,
              const std::string& about);
  // A size with a unit, in bytes.
  template <class Number>
  Flag size(const std::string& name, Number& target, std::uint64_t least, std::uint64_t most,
            const std::string& about) {
    return sized(name, target, set_to(target), least, most, about);
  }
  // A whole number of units of time.
  template <class Unit, class Time>
  Flag time(const std::string& name, Time& target, std::uint64_t least, std::uint64_t most,
            const std::string& about) {
    return ranged(
        name, static_cast<std::uint64_t>(std::chrono::duration_cast<Unit>(target).count()),
        [&target](std::uint64_t number) { target = Unit(number); }, least, most, about);
  }
  // A span of time with a unit, such as 10m, that `wrong` finds nothing wrong with.
  Flag duration(const std::string& name, Duration& target,
                std::function<std::string(Duration span)> wrong, const std::string& about);
  // A share such as `80%`; the sign may be left out.
  Flag percent(const std::string& name, double& target, const std::string& about);
  // TCP ports, the first of which may be the only one; 0 is a free one.
  Flag ports(const std::string& name, std::uint16_t& first, std::vector<std::uint16_t>& more,
             const std::string& about);

  // The id of a process, without a preset.
  Flag process(const std::string& name, std::uint64_t& target, const std::string& about);

  void footer(const std::string& text);

 private:
  using Set = std::function<void(std::uint64_t number)>;
  template <class Number>
  static Set set_to(Number& target) {
    return [&target](std::uint64_t number) { target = static_cast<Number>(number); };
  }
  Flag ranged(const std::string& name, std::uint64_t now, Set set, std::uint64_t least,
              std::uint64_t most, const std::string& about);
  Flag small(const std::string& name, std::uint64_t now, Set set, int least, int most,
             const std::string& about);
  Flag sized(const std::string& name, std::uint64_t now, Set set, std::uint64_t least,
             std::uint64_t most, const std::string& about);
  // A flag, which has the environment's name too; or an argument by its place. `make` adds it.
  template <class Make>
  Flag named(const std::string& name, const Make& make);

  CLI::App& command_;
  const Mentioned* const only_;
};

}  // namespace emulator
