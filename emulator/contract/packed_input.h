#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/contract/contract.h"

// Accepted inputs in little room: a million tasks are kept, and most of what an input says is what
// its endpoint says by default.
namespace emulator::contract {

// Equal to the last byte of their texts: 1 and 1.0 are not, nor are members in another order.
bool same_text(const Json& a, const Json& b);

// The members of a validated `input` that differ from the defaults of `fields`. Nullopt when the
// whole could not be told from them again: members in another order, or a field with a default
// that is not there.
std::optional<Json> without_defaults(const Json& input, const std::vector<Field>& fields);

// `input` as text for unpacked_input. What `prompt`, which the task keeps anyway, says is left out
// as well. Null fields: nothing is left out.
std::string packed_input(const Json& input, const std::vector<Field>* fields,
                         std::string_view prompt);

// The input again, equal to the last byte of its text. `fields` and `prompt` must be what they
// were. Text that packed_input never made reads as null.
Json unpacked_input(std::string_view packed, const std::vector<Field>* fields,
                    std::string_view prompt);

}  // namespace emulator::contract
