#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/json_text.h"
#include "emulator/base/result.h"
#include "emulator/contract/contract.h"

// A request body against the fields of an endpoint: the input with defaults, or every violation.
// Neutral in wording: each dialect, or wording.h, turns violations into its provider's texts.
namespace emulator::contract {

struct Violation {
  enum class Kind : std::uint8_t {
    kMissing,
    kNull,  // required but absent; null where null is not allowed
    kStringType,
    kStringUnicode,  // not a text; a text with lone surrogates
    kIntType,
    kIntParsing,
    kIntFromFloat,
    kIntTooLarge,
    kFloatType,
    kFloatParsing,
    kFiniteNumber,
    kBoolType,
    kBoolParsing,
    kEnum,
    kLessThanEqual,
    kGreaterThanEqual,
    kLessThan,
    kGreaterThan,
    kMultipleOf,
    kTooShort,
    kTooLong,  // a text by code points, an array by items
    kUrlType,
    kUrlParsing,
    kUrlScheme,
    kUrlTooLong,
    kPattern,
    kArrayType,
    kObjectType,
    kExtra,      // an unknown key of a closed object
    kModelType,  // the body itself is no object
    kValue,      // a rule across fields, worded in `text`
    kJson,       // the body is no JSON: `text` says what the decoder met
  };
  Kind kind;
  std::vector<std::variant<std::string, std::int64_t>>
      where;                     // from the body's root, root itself ""
  Json input;                    // the value as it came (for kMissing the object it is missing in)
  Json limit;                    // the bound that was broken: a float for numbers, an integer for
                                 // integers and lengths; kEnum: all options; kPattern: the pattern
  std::string text;              // kValue, kJson, kUrlParsing: the particulars
  const Field* field = nullptr;  // the field concerned, if one is; lives with the contract
};

enum class Coercion : std::uint8_t {
  kLax,     // as pydantic 2 in lax mode: "3" is 3, 3.0 is 3, true is 1, "yes" is true
  kStrict,  // as Zod: no conversion at all
};

struct Rules {
  Coercion coercion = Coercion::kLax;
  bool all = true;            // false: stop at the first violation
  bool keep_unknown = false;  // unknown keys of open objects stay in the result, after the known
};

// The violation of a body that is no JSON; where[0] is the place in characters.
Violation json_violation(const JsonProblem& problem);

// The body with defaults filled in, coerced, in field order; or every violation, in field order.
// Pure. `body` may be any JSON value. In lax mode null stands for no body at all and is kMissing at
// the root, as FastAPI has it; any other value that is no object is kModelType.
Result<Json, std::vector<Violation>> validate(const Json& body, const std::vector<Field>& fields,
                                              bool closed, const Rules& rules);

}  // namespace emulator::contract
