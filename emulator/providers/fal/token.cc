#include "emulator/providers/fal/token.h"

#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/names.h"

namespace emulator::fal {
namespace {

constexpr std::string_view kClaim = "emulator_sandbox";

std::string signature(const Sandbox& box, std::string_view signed_part) {
  return url_base64(hmac_sha256("fal token " + std::to_string(box.seed), signed_part), false);
}

std::optional<Json> payload_of(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.size() > 16'384) return std::nullopt;
  const auto bytes = from_base64(token.substr(first + 1, second - first - 1));
  if (!bytes) return std::nullopt;
  auto claims = decode_json(*bytes);
  if (!claims || text_in(*claims, kClaim).empty()) return std::nullopt;
  return std::move(*claims);
}

}  // namespace

std::string make_token(const Sandbox& box, Json claims) {
  claims[std::string(kClaim)] = box.name();
  const std::string signed_part = url_base64(R"({"alg":"HS256","typ":"JWT"})", false) + "." +
                                  url_base64(compact_json(claims), false);
  return signed_part + "." + signature(box, signed_part);
}

std::optional<std::string> sandbox_in_token(std::string_view token) {
  const auto claims = payload_of(token);
  if (!claims) return std::nullopt;
  return std::string(text_in(*claims, kClaim));
}

std::optional<Json> claims_in(const Sandbox& box, std::string_view token) {
  auto claims = payload_of(token);
  if (!claims || text_in(*claims, kClaim) != box.name()) return std::nullopt;
  const auto dot = token.rfind('.');
  if (token.substr(dot + 1) != signature(box, token.substr(0, dot))) return std::nullopt;
  return claims;
}

std::string url_base64(std::string_view bytes, bool padded) {
  std::string text = base64(bytes);
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  if (!padded) text.resize(text.find_last_not_of('=') + 1);
  return text;
}

}  // namespace emulator::fal
