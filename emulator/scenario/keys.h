#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "emulator/scenario/reader.h"
#include "emulator/scenario/when.h"

// The keys of the language as tables: the loader reads by them, the JSON Schema is made from them,
// so that neither can know a key the other does not.
namespace emulator::scenario {

// Kinds of request, one bit each.
using OnSet = std::uint16_t;
constexpr OnSet bit(On on) { return static_cast<OnSet>(1u << static_cast<unsigned>(on)); }
constexpr OnSet kAnyOn = (1u << kOnWords.size()) - 1;

struct ThenKey {
  std::string_view name;
  OnSet meaning;  // kinds of request it does something to
  void (*read)(Reader& reader, const yaml::Node& value, Then& then);
  Json (*schema)();
  std::string_view about;
};

struct WhenKey {
  std::string_view name;
  bool counts;  // over how often the other conditions held
  void (*read)(Reader& reader, const yaml::Node& value, When& when);
  Json (*schema)();
  std::string_view about;
};

// How a value is compared: the keys of `{contains: ...}`.
struct TestKey {
  std::string_view name;
  bool (*read)(Reader& reader, const yaml::Node& value, Test& test);
  Json (*schema)();
  std::string_view about;
};

std::span<const ThenKey> then_keys();
std::span<const ThenKey> default_keys();  // those that `defaults` may hold
std::span<const WhenKey> when_keys();
std::span<const TestKey> test_keys();

// Words that stand alone, beside those of task/words.h.
inline constexpr std::array<Word<Wire::Kind>, 8> kWireWords{
    {{Wire::Kind::kLost, "lost"},
     {Wire::Kind::kReset, "reset"},
     {Wire::Kind::kEmpty, "empty"},
     {Wire::Kind::kHang, "hang"},
     {Wire::Kind::kGarbage, "garbage"},
     {Wire::Kind::kWrongLength, "wrong_length"},
     {Wire::Kind::kWrongType, "wrong_type"},
     {Wire::Kind::kBadJson, "bad_json"}}};

inline constexpr std::array<Word<ImageTrouble::Kind>, 7> kImageWords{
    {{ImageTrouble::Kind::kBlack, "black"},
     {ImageTrouble::Kind::kTruncated, "truncated"},
     {ImageTrouble::Kind::kZeroBytes, "zero_bytes"},
     {ImageTrouble::Kind::kWrongType, "wrong_type"},
     {ImageTrouble::Kind::kWrongSize, "wrong_size"},
     {ImageTrouble::Kind::kRotated, "rotated"},
     {ImageTrouble::Kind::kBomb, "bomb"}}};

inline constexpr std::array<Word<LinkState>, 3> kLinkWords{{{LinkState::kExpired, "expired"},
                                                            {LinkState::kGone, "gone"},
                                                            {LinkState::kForbidden, "forbidden"}}};

inline constexpr std::array<std::string_view, 3> kStyles{"cells", "smooth", "noise"};

struct WebhookFlag {
  std::string_view name;
  bool WebhookTrouble::*flag;
};
inline constexpr std::array<WebhookFlag, 9> kWebhookFlags{
    {{"drop", &WebhookTrouble::drop},
     {"early", &WebhookTrouble::early},
     {"bad_signature", &WebhookTrouble::bad_signature},
     {"wrong_key", &WebhookTrouble::wrong_key},
     {"old_timestamp", &WebhookTrouble::old_timestamp},
     {"changed_body", &WebhookTrouble::changed_body},
     {"slow_body", &WebhookTrouble::slow_body},
     {"forced_retries", &WebhookTrouble::forced_retries},
     {"reordered", &WebhookTrouble::reordered}}};

// Limits of what may be written, for the loader and the schema alike.
inline constexpr std::uint64_t kMostPolls = 10'000;
inline constexpr std::uint64_t kMostDeliveries = 100;

// The readers of whole parts. `where` is the key a part stands under.
std::shared_ptr<const When> read_when(Reader& reader, const yaml::Node& node, bool may_count);
Then read_then(Reader& reader, const yaml::Node& node, std::string_view where,
               std::span<const ThenKey> keys);

// Pieces of schema.
Json reference(std::string_view definition);
Json one_of_texts(const std::vector<std::string>& texts);
Json whole_schema(std::uint64_t from, std::uint64_t to = UINT64_MAX);
Json object_schema(Json properties);

}  // namespace emulator::scenario
