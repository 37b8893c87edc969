#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

// The words of scenario files that name what happens: kinds of request, endings, refusals.
// Provider-neutral; how a provider says them is its contract's business.
namespace emulator {

// What a request asks for.
enum class On : std::uint8_t {
  kSubmit,
  kPoll,
  kResult,
  kStream,
  kCancel,
  kDownload,
  kUpload,
  kWebhook,
  kAccount
};

// How a task ends.
enum class End : std::uint8_t {
  kSucceed,
  kNsfw,             // made, and flagged
  kInputModerated,   // refused before any work
  kOutputModerated,  // made, then withheld
  kFailed,
  kTimedOut,
  kCancelled,
  kStuck,     // never ends
  kVanished,  // the provider does not know it any more
};

// Why a request is refused. The later ones are about the emulator's own checks and are never
// scripted: a provider's contract words them under the same names.
enum class RefusalKind : std::uint8_t {
  kUnauthenticated,
  kForbidden,
  kOutOfCredit,
  kRateLimited,
  kInvalidInput,
  kNotFound,
  kConflict,
  kServerError,
  kBadGateway,
  kUnavailable,
  kGatewayTimeout,
};

template <class E>
struct Word {
  E value;
  std::string_view text;
};

inline constexpr std::array<Word<On>, 9> kOnWords{{{On::kSubmit, "submit"},
                                                   {On::kPoll, "poll"},
                                                   {On::kResult, "result"},
                                                   {On::kStream, "stream"},
                                                   {On::kCancel, "cancel"},
                                                   {On::kDownload, "download"},
                                                   {On::kUpload, "upload"},
                                                   {On::kWebhook, "webhook"},
                                                   {On::kAccount, "account"}}};

inline constexpr std::array<Word<End>, 9> kEndWords{{{End::kSucceed, "succeed"},
                                                     {End::kNsfw, "nsfw"},
                                                     {End::kInputModerated, "input_moderated"},
                                                     {End::kOutputModerated, "output_moderated"},
                                                     {End::kFailed, "failed"},
                                                     {End::kTimedOut, "timed_out"},
                                                     {End::kCancelled, "cancelled"},
                                                     {End::kStuck, "stuck"},
                                                     {End::kVanished, "vanished"}}};

inline constexpr std::array<Word<RefusalKind>, 11> kRefusalWords{
    {{RefusalKind::kUnauthenticated, "unauthenticated"},
     {RefusalKind::kForbidden, "forbidden"},
     {RefusalKind::kOutOfCredit, "out_of_credit"},
     {RefusalKind::kRateLimited, "rate_limited"},
     {RefusalKind::kInvalidInput, "invalid_input"},
     {RefusalKind::kNotFound, "not_found"},
     {RefusalKind::kConflict, "conflict"},
     {RefusalKind::kServerError, "server_error"},
     {RefusalKind::kBadGateway, "bad_gateway"},
     {RefusalKind::kUnavailable, "unavailable"},
     {RefusalKind::kGatewayTimeout, "gateway_timeout"}}};

template <class E, std::size_t N>
constexpr std::string_view word_of(E value, const std::array<Word<E>, N>& words) {
  for (const Word<E>& word : words)
    if (word.value == value) return word.text;
  return "";
}

template <class E, std::size_t N>
constexpr std::optional<E> from_word(std::string_view text, const std::array<Word<E>, N>& words) {
  for (const Word<E>& word : words)
    if (word.text == text) return word.value;
  return std::nullopt;
}

constexpr std::string_view to_string(On on) { return word_of(on, kOnWords); }
constexpr std::string_view to_string(End end) { return word_of(end, kEndWords); }
constexpr std::string_view to_string(RefusalKind kind) { return word_of(kind, kRefusalWords); }

}  // namespace emulator
