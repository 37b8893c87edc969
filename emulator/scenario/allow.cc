#include "emulator/scenario/allow.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/base/text.h"

namespace emulator::scenario {
namespace {

void read_code(Reader& reader, const yaml::Node& node, Allowed& allowed) {
  const auto code = from_word(node.is_scalar() ? node.scalar : std::string(), kFindingWords);
  if (!code) return reader.unknown_word(node, "finding", texts_of(kFindingWords));
  allowed.code = *code;
}

void read_whose(Reader& reader, const yaml::Node& node, Allowed& allowed) {
  const auto& known = reader.providers();
  if (!node.is_scalar() ||
      (!known.empty() && std::find(known.begin(), known.end(), node.scalar) == known.end()))
    return reader.unknown_word(node, "provider", known);
  allowed.provider = node.scalar;
}

void read_where(Reader& reader, const yaml::Node& node, Allowed& allowed) {
  if (const auto glob = reader.text(node, "endpoint")) allowed.endpoint = *glob;
}

struct AllowKey {
  std::string_view name;
  void (*read)(Reader& reader, const yaml::Node& node, Allowed& allowed);
};

constexpr std::array<AllowKey, 3> kAllowKeys{
    {{"code", read_code}, {"provider", read_whose}, {"endpoint", read_where}}};

}  // namespace

void read_allow(Reader& reader, const yaml::Node& node, Scenario& scenario) {
  if (!node.is_sequence())
    return reader.expected(
        node, "allow", "a list such as [polled-too-fast, {code: old-endpoint, endpoint: old-*}]");
  for (const yaml::Node& item : node.items) {
    Allowed allowed;
    if (!item.is_mapping()) {
      read_code(reader, item, allowed);
    } else {
      if (item.find("code") == nullptr)
        reader.problem(item.at, "an entry of \"allow\" needs \"code\"; `list findings` has them");
      read_keys(reader, item, "allow", kAllowKeys,
                [&](const AllowKey& row, const yaml::Node&, const yaml::Node& value) {
                  row.read(reader, value, allowed);
                });
    }
    scenario.allow.push_back(std::move(allowed));
  }
}

bool allows(const Scenario& scenario, FindingCode code, std::string_view provider,
            std::string_view endpoint) {
  return std::any_of(scenario.allow.begin(), scenario.allow.end(), [&](const Allowed& one) {
    return one.code == code && (one.provider.empty() || one.provider == provider) &&
           (one.endpoint.empty() || glob_matches(one.endpoint, endpoint));
  });
}

}  // namespace emulator::scenario
