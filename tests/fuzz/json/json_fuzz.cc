// Bodies that strangers send: decoded, printed in both ways, and put through validation. What was
// printed once must read and print the same again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "emulator/base/json_text.h"
#include "emulator/contract/wording.h"

namespace {

using emulator::Json;
namespace contract = emulator::contract;

// Fields of every kind under one-letter names, so that a fuzzer finds them.
const contract::Endpoint& endpoint() {
  static const contract::Contract facts = [] {
    auto loaded = contract::load({"fuzz.yaml", R"(provider: fuzz
---
endpoints:
  e:
    closed: true
    fields:
      s: { type: string, length: [1, 9], pattern: '^\d+:\d+$', required: true }
      i: { type: integer, range: [0, 6], multiple_of: 2 }
      n: { type: number, above: 0, max: 1 }
      b: boolean
      e: { of: [jpeg, png] }
      u: { type: url, nullable: true }
      a: { type: array, length: [1, 3], items: integer }
      o: { type: object, closed: true, fields: { u: url, a: { type: array, items: number } } }
)"});
    if (!loaded) std::abort();
    return *std::move(loaded);
  }();
  return facts.endpoints.front();
}

void expect(bool holds) {
  if (!holds) std::abort();
}

void check_validation(const Json& value) {
  for (const auto coercion : {contract::Coercion::kLax, contract::Coercion::kStrict}) {
    const auto input =
        contract::validate(value, endpoint().fields, endpoint().closed, {coercion, true, false});
    if (input) {
      expect(input->is_object());
      continue;
    }
    expect(!input.error().empty());
    expect(contract::pydantic_detail(input.error()).size() == input.error().size());
    expect(!contract::zod_details(input.error()).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = emulator::decode_json(text);
  if (!value) {
    expect(!value.error().text.empty());
    expect(value.error().position <= size);
    return 0;
  }
  const std::string printed = emulator::compact_json(*value);
  const auto again = emulator::decode_json(printed);
  expect(bool(again));
  expect(emulator::compact_json(*again) == printed);

  const std::string sorted = emulator::sorted_python_json(*value);
  const auto from_sorted = emulator::decode_json(sorted);
  expect(bool(from_sorted));
  expect(emulator::sorted_python_json(*from_sorted) == sorted);
  expect(emulator::has_non_finite(*value) == emulator::has_non_finite(*again));

  check_validation(*value);
  return 0;
}
