#pragma once

#include <optional>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/base/json_text.h"

// Objects built from what strangers send. An object keeps its members in a row, so that looking up
// each key as it comes takes quadratic time: 150,000 of them took eleven seconds. What stands here
// takes n log n.
namespace emulator {

// Of equal keys the last value stays, in the place of the first, as in CPython's dict.
void drop_repeated_keys(Json::object_t& members);

// Decodes MessagePack. Binaries stay binaries, for which JSON has no word. nullopt for bytes that
// are none, and beyond the limits.
std::optional<Json> decode_msgpack(std::string_view bytes, const JsonLimits& limits);

// `patch` laid over `target` as RFC 7396 says: members that are null go, objects are merged, all
// else is put in its place. New members come last, in the order of `patch`.
void merge_patch(Json& target, const Json& patch);

}  // namespace emulator
