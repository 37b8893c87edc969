#pragma once

#include <span>
#include <string_view>

#include "emulator/http/message.h"
#include "emulator/pipeline/call.h"
#include "emulator/pipeline/services.h"

namespace emulator {

class Dialect;

// Answers a call of the provider's own: account, upload, list. Loop thread.
using OwnHandler = http::Reply (*)(const Dialect& dialect, const Call& call, Desk& desk);

// A call of the provider's own: which route of the contract is answered by what. Rows are held
// against the contract when it is loaded (contract/own_routes.h).
struct OwnCall {
  std::string_view route;  // its name under `routes`
  OwnHandler handler;
};

// The row of a route; null when the provider has none of that name.
inline const OwnCall* own_call(std::span<const OwnCall> rows, std::string_view route) {
  for (const OwnCall& row : rows)
    if (row.route == route) return &row;
  return nullptr;
}

template <auto member>
struct OwnMember;
template <class Own, http::Reply (Own::*member)(const Call&, Desk&) const>
struct OwnMember<member> {
  static http::Reply answer(const Dialect& dialect, const Call& call, Desk& desk) {
    return (static_cast<const Own&>(dialect).*member)(call, desk);
  }
};

// A member function of the provider's dialect as a handler: `kOwn<&Dialect::credits>`.
template <auto member>
inline constexpr OwnHandler kOwn = &OwnMember<member>::answer;

}  // namespace emulator
