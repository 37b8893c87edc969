#pragma once

#include <string>

#include "emulator/pipeline/dialect.h"

namespace emulator::wavespeed {

// A place to PUT a file to, for one file of a given size and type: `data` of the answer.
Result<Json, Refusal> upload_ticket(const Call& call, const contract::Contract& contract);

// A file in a form, the older way: `data` of the answer.
Result<Json, Refusal> upload_form(const Call& call, const contract::Contract& contract, Desk& desk,
                                  std::uint16_t provider);

// The PUT to a ticket's address: the name of the entry under `errors` that refuses it; "" when the
// file was taken.
std::string_view put_file(const Call& call, const contract::Contract& contract, Desk& desk,
                          std::uint16_t provider);

// The sandbox that a ticket's address belongs to; "" for any other address.
std::string sandbox_of_ticket(const http::Request& request);

}  // namespace emulator::wavespeed
