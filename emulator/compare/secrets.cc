#include "emulator/compare/secrets.h"

#include <algorithm>

#include "emulator/base/ascii.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/compare/forms.h"
#include "emulator/compare/request.h"

namespace emulator::compare {
namespace {

constexpr std::string_view kHidden = "***";
// Shorter ones are words, and words are everywhere.
constexpr std::size_t kShortestSecret = 6;

bool is_key_char(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '-' || c == '_';
}

bool looks_like_key(std::string_view run) {
  static constexpr std::string_view kBeginnings[] = {"bfl_", "wsk_", "afk_", "sa-",
                                                     "sk-",  "sk_",  "eyJ",  "ghp_"};
  const bool begins = std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                                  [&](std::string_view one) { return run.starts_with(one); });
  if (begins && run.size() >= 16) return true;
  // WaveSpeed's keys are 64 hex digits, and nothing else that it sends is.
  return run.size() == 64 && run.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void each_secret_member(const Json& value, const std::function<void(const std::string&)>& each) {
  if (!value.is_structured()) return;
  if (value.is_array()) {
    for (const Json& one : value) each_secret_member(one, each);
    return;
  }
  for (const auto& [name, inner] : value.items()) {
    if (inner.is_string() && is_secret_parameter(name))
      each(inner.get_ref<const std::string&>());
    else
      each_secret_member(inner, each);
  }
}

// Values of parameters that carry secrets, in every link of a text.
std::string without_signatures(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto mark = text.find_first_of("?&", at);
    if (mark == std::string_view::npos) break;
    out += text.substr(at, mark + 1 - at);
    at = mark + 1;
    std::size_t end = at;
    while (end < text.size() && is_key_char(text[end])) ++end;
    if (end == text.size() || text[end] != '=' || !is_secret_parameter(text.substr(at, end - at)))
      continue;
    out += text.substr(at, end + 1 - at);
    out += kHidden;
    at = std::min(text.find_first_of("&\"' #<>\\", end), text.size());
  }
  return out + std::string(text.substr(std::min(at, text.size())));
}

}  // namespace

void Secrets::add(std::string_view secret) {
  secret = trimmed(secret);
  if (secret.size() < kShortestSecret) return;
  known_.emplace(secret);
  // Inside JSON it may be spelled with escapes.
  for (const std::string& spelled :
       {compact_json(Json(std::string(secret))), sorted_python_json(Json(std::string(secret)))})
    known_.insert(spelled.substr(1, spelled.size() - 2));
  if (const auto colon = secret.find(':'); colon != std::string_view::npos && !is_link(secret)) {
    add(secret.substr(0, colon));
    add(secret.substr(colon + 1));
  }
}

void Secrets::add_query(std::string_view url) {
  const auto mark = url.find('?');
  if (mark == std::string_view::npos) return;
  for (const std::string_view part : split(url.substr(mark + 1), '&')) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || !is_secret_parameter(part.substr(0, equals))) continue;
    add(part.substr(equals + 1));
    add(http::percent_decoded(part.substr(equals + 1)));
  }
}

void Secrets::add_members(std::string_view body) {
  if (body.size() > 4u << 20) return;
  const auto json = decode_json(body, JsonLimits{200, 1'000'000, 10'000});
  if (json) each_secret_member(*json, [this](const std::string& text) { add(text); });
}

void Secrets::learn(const Recorded& recorded) {
  const auto learn_headers = [this](const http::Headers& headers) {
    for (const auto& [name, value] : headers) {
      if (!is_secret_header(name)) continue;
      add(value);
      const auto blank = value.find(' ');
      if (blank != std::string::npos) add(std::string_view(value).substr(blank + 1));
    }
  };
  learn_headers(recorded.headers);
  learn_headers(recorded.reply_headers);
  add_query(recorded.url);
  add_members(recorded.body);
  if (recorded.reply) add_members(*recorded.reply);
}

std::string Secrets::hidden(std::string_view text) const {
  std::string out = without_signatures(text);
  // Longest first, so that none is shown by its end.
  std::vector<std::string_view> all(known_.begin(), known_.end());
  std::stable_sort(all.begin(), all.end(),
                   [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
  for (const std::string_view secret : all)
    for (auto at = out.find(secret); at != std::string::npos;
         at = out.find(secret, at + kHidden.size()))
      out.replace(at, secret.size(), kHidden);
  std::string shown;
  for (std::size_t at = 0; at < out.size();) {
    std::size_t end = at;
    while (end < out.size() && is_key_char(out[end])) ++end;
    if (end == at) {
      shown += out[at++];
      continue;
    }
    const std::string_view run = std::string_view(out).substr(at, end - at);
    shown += looks_like_key(run) ? kHidden : run;
    at = end;
  }
  return shown;
}

}  // namespace emulator::compare
