#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/contract/fill.h"
#include "emulator/contract/validate.h"

// Violations in the words of the validation libraries that providers are known to use.
namespace emulator::contract {

struct PydanticStyle {
  enum class Choice : std::uint8_t {
    kEnum,     // an Enum: type "enum"
    kLiteral,  // a Literal: type "literal_error"
  };
  Choice choice = Choice::kEnum;
  bool non_finite_as_text = false;  // an input NaN is echoed as "nan", as fal does
};

// The list under `detail` of a FastAPI 422: [{"type","loc","msg","input"[,"ctx"]}], `loc` under
// "body".
Json pydantic_detail(const std::vector<Violation>& violations, const PydanticStyle& style = {});

// Zod 3: {"path.to.field": ["message", ...]}, in the order in which the paths come up. What
// concerns the body itself is under "". `texts` are a provider's own, as for zod_text.
Json zod_details(const std::vector<Violation>& violations, const Texts& texts = {});

// Zod 3's text of that name ("required", "too_long", ... see wording_zod.cc), or the one `texts`
// has by the same name instead. `args` fill its `{limit}`, `{expected}`, `{received}`, `{keys}`.
std::string zod_text(std::string_view name, const Json& args, const Texts& texts = {});

}  // namespace emulator::contract
