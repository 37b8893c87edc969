#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/contract/contract.h"

namespace emulator::judge {

// What a provider expects of its clients, from these values of its contract:
//
//   poll_floor: 500ms            polls of one task shall be that far apart; 0s: it does not mind
//   poll_patience: 10m           from acceptance; who polls on has no limit of its own
//   unknown_at_first: 30s        so long after a submission an unknown task is no final answer
//   poll_address: polling_url    the member of a submission's answer that says where to poll
//   credential_forms: [x-key, "authorization Bearer"]   headers, with their schemes, that are read
//   keyless_routes: [put]        routes beside downloads that shall see no credential
//   listing_routes: [list]       routes that tell which tasks there are
//   ignores_unknown: true        members of a body that it does not know are left out, not refused
//   deprecated: [{ endpoint: GLOB, host: GLOB, route: GLOB, instead: TEXT, source: TEXT }]
//   client_rules: { paid-twice: { why: TEXT, source: TEXT } }   by code, beside the catalogue's
struct Terms {
  struct Form {
    std::string header, scheme;  // scheme "": the header's value is the key
  };
  struct Deprecated {
    std::string endpoint, host, route;  // globs; "" for any
    std::string instead, source;
  };
  struct Reason {
    std::string why, source;
  };

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

// Throws std::logic_error, naming the value, when one is malformed.
Terms terms_of(const contract::Contract& contract);
// What is wrong with those values of a user's contract, in one line; "" when nothing is.
std::string problem_of_terms(const contract::Contract& contract);

}  // namespace emulator::judge
