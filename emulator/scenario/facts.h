#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/json.h"

// Facts that texts of `reply` may name: `{id}` stands for the task's id. What is written `{{id}}`
// is the text `{id}`; all other braces stand for themselves.
namespace emulator::scenario {

struct FactName {
  std::string_view name;
  std::string_view about;
};

inline constexpr std::array<FactName, 12> kFacts{{
    {"id", "the task's id, or the id that was asked for"},
    {"endpoint", "its endpoint or model"},
    {"prompt", "its prompt"},
    {"seed", "its seed"},
    {"cost", "what it costs"},
    {"accepted", "when it was accepted"},
    {"now", "the time of the sandbox"},
    {"provider", "the provider"},
    {"sandbox", "the name of the sandbox"},
    {"request", "the id of the request, as in x-emulator-request"},
    {"elsewhere",
     "an address of the provider's pictures under another name, with no picture there"},
    {"was", "what the provider says at this place"},
}};

// Every `{word}` of a text that is written as a fact, known or not, is handed to `each`.
void for_facts(std::string_view text, const std::function<void(std::string_view word)>& each);

// The value of a fact; null where there is none.
using FactOf = std::function<Json(std::string_view name)>;

// The text with its facts filled in; one that is null fills in nothing. A word that is no fact
// stays as it is written.
std::string with_facts(std::string_view text, const FactOf& fact);

// Fills in every text of a patch, at any depth. A text that is nothing but one fact becomes
// the fact, so that numbers stay numbers. `{was}` is looked up in `worded`, the body as the
// provider words it, at the same place.
Json patch_with_facts(const Json& patch, const Json& worded, const FactOf& fact);

}  // namespace emulator::scenario
