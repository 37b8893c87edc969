#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/contract/contract.h"

namespace emulator::judge {

// What a provider expects of its clients, from the values of its contract that are so named.
struct Terms {
  using Form = contract::CredentialForm;
  using Deprecated = contract::Deprecated;
  using Reason = contract::ClientRule;

  std::string provider;
  Duration poll_floor{0};
  Duration poll_patience = std::chrono::minutes(10);
  Duration unknown_at_first = std::chrono::seconds(5);
  std::string poll_address;
  bool ignores_unknown = false;
  std::vector<Form> forms;
  std::vector<std::string> keyless_routes, listing_routes;
  std::vector<Deprecated> deprecated;
  std::map<std::string, Reason, std::less<>> reasons;  // by code
};

Terms terms_of(const contract::Contract& contract);

}  // namespace emulator::judge
