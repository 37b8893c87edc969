#include "emulator/app/sdk_environment.h"

#include <algorithm>

#include "emulator/base/named.h"

namespace emulator {
namespace {

// EMULATOR_ACME_URL for a provider that is found below /acme.
std::vector<Variable> addresses(const ServerAccess& access, const Registry& registry) {
  std::vector<Variable> out;
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    const std::string prefix = "/" + registry.name(p);
    const auto& prefixes = registry.doors(p).prefixes;
    if (std::none_of(prefixes.begin(), prefixes.end(),
                     [&](const auto& one) { return one.first == prefix; }))
      continue;
    std::string name = registry.name(p);
    for (char& c : name)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    out.push_back({"EMULATOR_" + name + "_URL", access.url + prefix});
  }
  return out;
}

}  // namespace

std::vector<std::pair<std::string_view, std::string>> key_words(const std::string& key) {
  const auto colon = key.find(':');
  return {{"key", key},
          {"key_id", key.substr(0, colon)},
          {"key_secret", colon == std::string::npos ? "secret" : key.substr(colon + 1)}};
}

std::string with_words(std::string_view text,
                       const std::vector<std::pair<std::string_view, std::string>>& words) {
  return with_names(text, [&](std::string_view name, std::string& out) {
    const auto known = std::find_if(words.begin(), words.end(),
                                    [&](const auto& word) { return word.first == name; });
    if (known == words.end()) return false;
    out += known->second;
    return true;
  });
}

std::vector<Variable> sdk_environment(const ServerAccess& access, const Registry& registry,
                                      bool intercepted) {
  auto words = key_words(access.key);
  const std::string id = words[1].second;
  words.emplace_back("url", access.url);
  std::vector<Variable> out = {
      {"EMULATOR_URL", access.url},
      {"EMULATOR_CONTROL_URL", access.url + "/_emulator"},
      {"EMULATOR_SANDBOX", id},
      {"EMULATOR_SANDBOX_URL", access.url + "/_emulator/sandboxes/" + id},
  };
  for (Variable& one : addresses(access, registry)) out.push_back(std::move(one));
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    for (const contract::SdkVariable& one : registry.doors(p).sdk.variables)
      if (one.intercepted || !intercepted) out.push_back({one.name, with_words(one.text, words)});
  if (!access.control_token.empty())
    out.push_back({"EMULATOR_CONTROL_TOKEN", access.control_token});
  return out;
}

std::vector<std::string> sdk_hints(const Registry& registry) {
  std::vector<std::string> out;
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    for (const std::string& hint : registry.doors(p).sdk.hints) out.push_back(hint);
  return out;
}

std::string local_url(const std::string& host, std::uint16_t port) {
  std::string name = host;
  if (name == "0.0.0.0" || name.empty()) name = "127.0.0.1";
  if (name == "::" || name == "[::]") name = "::1";
  if (name.find(':') != std::string::npos && name.front() != '[') name = "[" + name + "]";
  return "http://" + name + ":" + std::to_string(port);
}

}  // namespace emulator
