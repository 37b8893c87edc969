#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/contract/validate.h"

// One value into one type, and what stands in the way. Inside contract/.
namespace emulator::contract {

// A value of the wanted type, or the kind of violation (and its particulars).
struct Coerced {
  Json value;
  std::optional<Violation::Kind> wrong;
  std::string text;
};

Coerced to_integer(const Json& value, Coercion coercion);
Coerced to_number(const Json& value, Coercion coercion);
Coerced to_boolean(const Json& value, Coercion coercion);
Coerced to_text(const Json& value);

// In lax mode an http or https URL of at most `longest` bytes, as pydantic's HttpUrl has it. In
// strict mode any absolute URL, as `new URL` takes it.
Coerced to_url(const Json& value, Coercion coercion, std::size_t longest);

}  // namespace emulator::contract
