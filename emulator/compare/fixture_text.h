#pragma once

#include <map>
#include <string>
#include <vector>

#include "emulator/compare/replay.h"
#include "emulator/compare/secrets.h"

namespace emulator::compare {

// The recording with keys, tokens, prompts, names, addresses and pictures replaced, in requests and
// wherever answers repeat them. Same text, same replacement.
Recording without_people(const Recording& recording, const Secrets& secrets);

// Fixtures in our form, by the provider's name, of outcomes that were replayed with
// `keep_replies` and `even_fraction`: what is the same stands there as we answer it, what differs
// as they did, so that a fixture plays but for the differences. How long a task took and how it
// ended its submission says itself (`x-emulator-then`).
std::map<std::string, std::string> fixtures_of(const std::vector<Outcome>& outcomes,
                                               Registry& registry);

}  // namespace emulator::compare
