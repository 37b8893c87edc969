#include "emulator/webhook/signatures.h"

#include <charconv>
#include <chrono>
#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"

namespace emulator::webhook {
namespace {

constexpr std::string_view kMark = "whsec_";

}  // namespace

std::string drawn_secret(const Sandbox& box, std::string_view purpose) {
  Draw draw = box.draw(purpose);
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t word = draw.next();
    for (int k = 0; k < 8; ++k) bytes += static_cast<char>(word >> (8 * k));
  }
  return std::string(kMark) + base64(bytes);
}

std::string signed_text(std::string_view id, std::string_view timestamp, std::string_view body) {
  std::string text(id);
  text.append(".").append(timestamp).append(".").append(body);
  return text;
}

std::string standard_signature(std::string_view secret, std::string_view id,
                               std::string_view timestamp, std::string_view body) {
  if (secret.starts_with(kMark)) secret.remove_prefix(kMark.size());
  const auto key = from_base64(secret);
  return "v1," + base64(hmac_sha256(key ? *key : secret, signed_text(id, timestamp, body)));
}

http::Headers standard_headers(std::string_view id, std::string_view timestamp,
                               std::string signature) {
  return {{"webhook-id", std::string(id)},
          {"webhook-timestamp", std::string(timestamp)},
          {"webhook-signature", std::move(signature)}};
}

std::int64_t unix_seconds(Instant at) {
  return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
}

std::optional<Duration> age_of(std::string_view timestamp, Instant now) {
  std::int64_t seconds = 0;
  const char* const last = timestamp.data() + timestamp.size();
  const auto [end, error] = std::from_chars(timestamp.data(), last, seconds);
  if (error != std::errc() || end != last) return std::nullopt;
  return std::chrono::seconds(unix_seconds(now) - seconds);
}

}  // namespace emulator::webhook
