#include "emulator/judge/terms.h"

namespace emulator::judge {

Terms terms_of(const contract::Contract& contract) {
  const contract::CommonFacts& facts = contract.common;
  Terms out;
  out.provider = contract.doors.provider;
  out.poll_floor = facts.poll_floor;
  out.poll_patience = facts.poll_patience;
  out.unknown_at_first = facts.unknown_at_first;
  out.poll_address = facts.poll_address;
  out.ignores_unknown = facts.ignores_unknown;
  out.forms = facts.credential_forms;
  out.keyless_routes = facts.keyless_routes;
  out.listing_routes = facts.listing_routes;
  out.deprecated = facts.deprecated;
  out.reasons = facts.client_rules.by_code;
  return out;
}

}  // namespace emulator::judge
