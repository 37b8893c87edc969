#pragma once

#include <array>
#include <cstdint>

#include "emulator/task/words.h"

// The words of what clients are found to do: `allow` of a scenario names them, the judge uses them.
namespace emulator {

enum class FindingCode : std::uint8_t {
  kPaidTwice,
  kRetriedTooEarly,
  kRetryStorm,
  kRetriedFinal,
  kPolledTooFast,
  kPolledAfterEnd,
  kNeverGaveUp,
  kGaveUpEarly,
  kPictureNotFetched,
  kDeadLinkUsed,
  kBrokenPictureKept,
  kOwnPollAddress,
  kKeySentToLink,
  kKeyInAddress,
  kWrongScheme,
  kIgnoredField,
  kOutOfRangeTolerated,
  kOldEndpoint,
  kOverLimit,
  kWebhookUnverified,
  kWebhookSlow,
  kWebhookNotAcknowledged,
  kWebhookRedirected,
  kNoTimeLimit,
  kConnectionEachTime,
};

inline constexpr std::array<Word<FindingCode>, 25> kFindingWords{
    {{FindingCode::kPaidTwice, "paid-twice"},
     {FindingCode::kRetriedTooEarly, "retried-too-early"},
     {FindingCode::kRetryStorm, "retry-storm"},
     {FindingCode::kRetriedFinal, "retried-final"},
     {FindingCode::kPolledTooFast, "polled-too-fast"},
     {FindingCode::kPolledAfterEnd, "polled-after-end"},
     {FindingCode::kNeverGaveUp, "never-gave-up"},
     {FindingCode::kGaveUpEarly, "gave-up-early"},
     {FindingCode::kPictureNotFetched, "picture-not-fetched"},
     {FindingCode::kDeadLinkUsed, "dead-link-used"},
     {FindingCode::kBrokenPictureKept, "broken-picture-kept"},
     {FindingCode::kOwnPollAddress, "own-poll-address"},
     {FindingCode::kKeySentToLink, "key-sent-to-link"},
     {FindingCode::kKeyInAddress, "key-in-address"},
     {FindingCode::kWrongScheme, "wrong-scheme"},
     {FindingCode::kIgnoredField, "ignored-field"},
     {FindingCode::kOutOfRangeTolerated, "out-of-range-tolerated"},
     {FindingCode::kOldEndpoint, "old-endpoint"},
     {FindingCode::kOverLimit, "over-limit"},
     {FindingCode::kWebhookUnverified, "webhook-unverified"},
     {FindingCode::kWebhookSlow, "webhook-slow"},
     {FindingCode::kWebhookNotAcknowledged, "webhook-not-acknowledged"},
     {FindingCode::kWebhookRedirected, "webhook-redirected"},
     {FindingCode::kNoTimeLimit, "no-time-limit"},
     {FindingCode::kConnectionEachTime, "connection-each-time"}}};

constexpr std::string_view to_string(FindingCode code) { return word_of(code, kFindingWords); }

}  // namespace emulator
