#pragma once

#include <string>
#include <string_view>

#include "emulator/contract/contract.h"

// Values that differ each time, and what of them must not: ids, times, links, signatures.
namespace emulator::compare {

enum class Kinship {
  kSame,
  kSameForm,   // two ids, two times, two links: different, and alike
  kOtherForm,  // such, and of different forms
  kWords,      // different texts
};

// How two texts at the same place are related. Links to hosts that play the same role with
// `doors` are alike; null: the same host only.
Kinship kinship(std::string_view theirs, std::string_view ours, const contract::Doors* doors);

bool is_link(std::string_view text);
// True of a text that stands for something by itself: an id, a hash, a token.
bool is_token(std::string_view text);
bool is_uuid(std::string_view text);
// A text of letters, digits, '-' and '_' alone.
bool is_word(std::string_view text);

// Whether a number or a text of that name differs from one call to the next whatever is asked:
// times, positions in a queue, what is left of a balance. `name` is a member's, or one around it.
bool differs_by_nature(std::string_view name);

// A text with every id and time in it replaced, so that two messages that differ in those alone are
// equal. Limits and other short numbers stay: they are what a message says.
std::string without_instances(std::string_view text);

}  // namespace emulator::compare
