#include "emulator/config/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <utility>

#include "emulator/base/did_you_mean.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

constexpr std::string_view kVariables = "EMULATOR_";

// --max-body -> EMULATOR_MAX_BODY
std::string environment_name(const std::string& flag) {
  std::string out(kVariables);
  for (const char c : flag.substr(2))
    out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

CLI::Validator validator(const FlagCheck& check) {
  return CLI::Validator(check.problem, check.shown);
}

// `80%` as `80`.
std::string without_percent(std::string& text) {
  std::string digits = text;
  if (digits.ends_with('%')) digits.pop_back();
  const bool number = !digits.empty() &&
                      digits.find_first_not_of("0123456789.") == std::string::npos &&
                      std::count(digits.begin(), digits.end(), '.') <= 1 && digits != ".";
  // More digits than that make no share more exact, and a number that has no end no number.
  if (!number || digits.size() > 20 || std::stod(digits) > 100)
    return "\"" + text + "\" is no share from 0% to 100%";
  text = digits;
  return "";
}

}  // namespace

FlagCheck one_of(const std::vector<std::string>& words) {
  std::string shown;
  for (const std::string& word : words) shown += (shown.empty() ? "" : "|") + word;
  return {shown, [words, shown](const std::string& text) -> std::string {
            if (std::find(words.begin(), words.end(), text) != words.end()) return "";
            return "\"" + text + "\" is none of " + shown + did_you_mean(text, words);
          }};
}

FlagCheck http_address() {
  return {"URL", [](const std::string& text) -> std::string {
            const bool good = (text.starts_with("http://") && text.size() > 7) ||
                              (text.starts_with("https://") && text.size() > 8);
            return good ? "" : "\"" + text + "\" is no http:// or https:// address";
          }};
}

Flag& Flag::preset(const std::string& shown) {
  if (option_ != nullptr) option_->default_str(shown);
  return *this;
}
Flag& Flag::check(const FlagCheck& check) {
  if (option_ != nullptr) option_->check(validator(check));
  return *this;
}
Flag& Flag::required() {
  if (option_ != nullptr) option_->required();
  return *this;
}
Flag& Flag::several() {
  if (option_ != nullptr) option_->delimiter(',')->allow_extra_args(false);
  return *this;
}
Flag& Flag::line_only() {
  if (option_ != nullptr) option_->envname("");
  return *this;
}
Flag& Flag::hidden() {
  if (option_ != nullptr) option_->group("");
  return *this;
}

Mentioned::Mentioned(int argc, const char* const* argv, const char* const* environment) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("--")) names_.push_back(word.substr(0, word.find('=')));
  }
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view variable = *environment;
    if (!variable.starts_with(kVariables)) continue;
    names_.push_back(variable.substr(0, variable.find('=')));
    variables_ = true;
  }
}

bool Mentioned::flag(const std::string& name) const {
  const auto has = [this](std::string_view one) {
    return std::find(names_.begin(), names_.end(), one) != names_.end();
  };
  return has(name) || (variables_ && has(environment_name(name)));
}

template <class Make>
Flag Flags::named(const std::string& name, const Make& make) {
  const bool flag = name.starts_with("--");
  if (flag && only_ != nullptr && !only_->flag(name)) return Flag(nullptr);
  CLI::Option* const option = make();
  if (flag) option->envname(environment_name(name));
  return Flag(option);
}

Flag Flags::text(const std::string& name, std::string& target, const std::string& about) {
  return named(name, [&] { return command_.add_option(name, target, about); });
}

Flag Flags::shown_text(const std::string& name, std::string& target, const std::string& about) {
  return text(name, target, about).preset(target);
}

Flag Flags::texts(const std::string& name, std::vector<std::string>& target,
                  const std::string& about) {
  return named(name, [&] { return command_.add_option(name, target, about); });
}

Flag Flags::made(const std::string& name, const std::function<void(const std::string& text)>& set,
                 const std::string& about) {
  return named(name, [&] { return command_.add_option_function<std::string>(name, set, about); });
}

Flag Flags::either(const std::string& name, bool& target, const char* yes, const char* no,
                   const std::string& about) {
  return made(
             name, [&target, yes](const std::string& word) { target = word == yes; }, about)
      .check(one_of({yes, no}))
      .preset(target ? yes : no);
}

Flag Flags::given(const std::string& name, bool& target, const std::string& about) {
  return named(name, [&] { return command_.add_flag(name, target, about); });
}

Flag Flags::withheld(const std::string& name, bool& target, const std::string& about) {
  return named(name, [&] {
    return command_.add_flag_function(
        name, [&target](std::int64_t times) { target = times <= 0; }, about);
  });
}

Flag Flags::ranged(const std::string& name, std::uint64_t now, Set set, std::uint64_t least,
                   std::uint64_t most, const std::string& about) {
  return named(name, [&] {
    return command_.add_option_function<std::uint64_t>(name, std::move(set), about)
        ->check(CLI::Range(least, most))
        ->default_str(std::to_string(now));
  });
}

// Its range is of `int`s, which help says in its own words.
Flag Flags::small(const std::string& name, std::uint64_t now, Set set, int least, int most,
                  const std::string& about) {
  return named(name, [&] {
    return command_.add_option_function<std::uint64_t>(name, std::move(set), about)
        ->check(CLI::Range(least, most))
        ->default_str(std::to_string(now));
  });
}

Flag Flags::number(const std::string& name, std::function<void(std::uint64_t number)> set,
                   const std::string& about) {
  return named(name, [&] {
    return command_.add_option_function<std::uint64_t>(name, std::move(set), about);
  });
}

Flag Flags::sized(const std::string& name, std::uint64_t now, Set set, std::uint64_t least,
                  std::uint64_t most, const std::string& about) {
  const auto convert = [least, most](std::string& text) -> std::string {
    const auto size = parse_size(text);
    if (!size) return size.error();
    if (*size < least || *size > most)
      return "must be from " + std::to_string(least) + " to " + std::to_string(most) + " bytes";
    text = std::to_string(*size);
    return "";
  };
  return named(name, [&] {
    return command_.add_option_function<std::uint64_t>(name, std::move(set), about)
        ->transform(CLI::Validator(convert, "SIZE"))
        ->default_str(std::to_string(now));
  });
}

Flag Flags::duration(const std::string& name, Duration& target,
                     std::function<std::string(Duration span)> wrong, const std::string& about) {
  const auto problem = [wrong = std::move(wrong)](const std::string& text) -> std::string {
    const auto span = parse_duration(text);
    return span ? wrong(*span) : span.error();
  };
  return made(
             name, [&target](const std::string& text) { target = *parse_duration(text); }, about)
      .check({"DURATION", problem});
}

Flag Flags::percent(const std::string& name, double& target, const std::string& about) {
  return named(name, [&] {
    return command_.add_option(name, target, about)
        ->transform(CLI::Validator(without_percent, "PERCENT"))
        ->default_str("0%");
  });
}

Flag Flags::ports(const std::string& name, std::uint16_t& first, std::vector<std::uint16_t>& more,
                  const std::string& about) {
  const auto set = [&first, &more](const std::vector<std::uint16_t>& ports) {
    first = ports.front();
    more.assign(ports.begin() + 1, ports.end());
  };
  return named(name, [&] {
    return command_.add_option_function<std::vector<std::uint16_t>>(name, set, about)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(0, 65535))
        ->default_str(std::to_string(first));
  });
}

Flag Flags::process(const std::string& name, std::uint64_t& target, const std::string& about) {
  return named(name, [&] {
    return command_.add_option(name, target, about)
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{4'194'304}));
  });
}

void Flags::footer(const std::string& text) { command_.footer(text); }

}  // namespace emulator
