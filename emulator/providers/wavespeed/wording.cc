// Bad bodies in WaveSpeed's words. One form is recorded (the enum's, on the price endpoint); the
// others follow its style. The texts themselves are under `errors` in the contract.
#include "emulator/providers/wavespeed/wording.h"

#include <cmath>
#include <string>
#include <utility>

#include "emulator/base/json_text.h"

namespace emulator::wavespeed {
namespace {

using contract::Violation;
using Kind = contract::Violation::Kind;

// `loras[0].path`
std::string path_of(const Violation& violation) {
  std::string out;
  for (const auto& part : violation.where) {
    if (const auto* index = std::get_if<std::int64_t>(&part))
      out += "[" + std::to_string(*index) + "]";
    else
      out += (out.empty() ? "" : ".") + std::get<std::string>(part);
  }
  return out;
}

// Numbers as Go prints them: 20, not 20.0.
Json plain(double value) {
  if (std::trunc(value) == value && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

std::string_view kind_word(const contract::Field* field) {
  using contract::Type;
  if (field == nullptr) return "object";
  switch (field->type) {
    case Type::kString:
    case Type::kEnum:
    case Type::kUrl:
      return "string";
    case Type::kInteger:
      return "integer";
    case Type::kNumber:
      return "number";
    case Type::kBoolean:
      return "boolean";
    case Type::kArray:
      return "array";
    case Type::kObject:
    case Type::kAny:
      return "object";
  }
  return "object";
}

// ["a", "b"]: as JSON, but with blanks after the commas.
std::string listed(const Json& options) {
  std::string out = "[";
  for (const Json& option : options) out += (out.size() > 1 ? ", " : "") + compact_json(option);
  return out + "]";
}

Json range_args(const contract::Field& field, const Json& input) {
  Json args = {{"got", shown_value(input)}};
  if (field.min) args["low"] = plain(*field.min);
  if (field.max) args["high"] = plain(*field.max);
  return args;
}

}  // namespace

std::string shown_value(const Json& value) {
  if (value.is_string()) return "string " + compact_json(value);
  if (value.is_number() || is_big_integer(value))
    return "number " + compact_json(value.is_number_float() ? plain(value.get<double>()) : value);
  if (value.is_boolean()) return value.get<bool>() ? "boolean true" : "boolean false";
  return value.is_null() ? "null" : value.is_array() ? "array" : "object";
}

Refusal about_field(std::string_view error, std::string_view field, Json args) {
  Refusal refusal;
  refusal.kind = RefusalKind::kInvalidInput;
  refusal.error = error;
  args["field"] = field;
  refusal.args = std::move(args);
  return refusal;
}

Refusal about(const Violation& violation) {
  const std::string field = path_of(violation);
  switch (violation.kind) {
    case Kind::kMissing:
      return about_field("missing", field);
    case Kind::kEnum:
      // A value of another type is no option either, and is told so.
      return about_field(
          "not_an_option", field,
          {{"options", listed(violation.limit)}, {"got", shown_value(violation.input)}});
    case Kind::kLessThanEqual:
    case Kind::kLessThan:
    case Kind::kGreaterThanEqual:
    case Kind::kGreaterThan: {
      const Json args = range_args(*violation.field, violation.input);
      return about_field(args.contains("low") && args.contains("high") ? "out_of_range"
                         : args.contains("low")                        ? "too_small"
                                                                       : "too_large",
                         field, args);
    }
    case Kind::kTooLong:
    case Kind::kTooShort:
      if (violation.input.is_array())
        return about_field(violation.kind == Kind::kTooLong ? "too_many" : "too_few", field,
                           {{violation.kind == Kind::kTooLong ? "high" : "low", violation.limit},
                            {"count", violation.input.size()}});
      return about_field("wrong_type", field,
                         {{"kind", "string"}, {"got", shown_value(violation.input)}});
    case Kind::kModelType:
    case Kind::kJson: {
      Refusal refusal;
      refusal.kind = RefusalKind::kInvalidInput;
      return refusal;
    }
    default:
      return about_field(
          "wrong_type", field,
          {{"kind", kind_word(violation.field)}, {"got", shown_value(violation.input)}});
  }
}

}  // namespace emulator::wavespeed
