// Zod 3's wording.
#include <cmath>
#include <string>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/contract/wording.h"

namespace emulator::contract {
namespace {

using Kind = Violation::Kind;

std::string_view kind_of(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "boolean";
  if (value.is_string()) return "string";
  if (value.is_array()) return "array";
  if (value.is_object()) return "object";
  return value.is_number_float() && std::isnan(value.get<double>()) ? "nan" : "number";
}

// 'a' | 'b'
std::string alternatives(const Json& options) {
  std::string text;
  for (const Json& option : options) {
    if (!text.empty()) text += " | ";
    text += option.is_string() ? "'" + option.get<std::string>() + "'" : compact_json(option);
  }
  return text;
}

std::string expected_of(Type type, const Json& options) {
  switch (type) {
    case Type::kInteger:
    case Type::kNumber:
      return "number";
    case Type::kBoolean:
      return "boolean";
    case Type::kEnum:
      return alternatives(options);
    case Type::kArray:
      return "array";
    case Type::kObject:
      return "object";
    case Type::kString:
    case Type::kUrl:
    case Type::kAny:
      break;
  }
  return "string";
}

std::string mistyped(const Violation& violation, Type type) {
  return "Expected " + expected_of(type, violation.limit) + ", received " +
         std::string(kind_of(violation.input));
}

std::string length(const Violation& violation, const char* bound) {
  const bool list = violation.input.is_array();
  return std::string(list ? "Array" : "String") + " must contain " + bound + " " +
         compact_json(violation.limit) + (list ? " element(s)" : " character(s)");
}

std::string bound(const Violation& violation, const char* words) {
  Json limit = violation.limit;
  // JavaScript has one kind of number: 1, not 1.0.
  if (limit.is_number_float() && std::trunc(limit.get<double>()) == limit.get<double>())
    limit = static_cast<std::int64_t>(limit.get<double>());
  return std::string("Number must be ") + words + " " + compact_json(limit);
}

std::string message_of(const Violation& violation) {
  switch (violation.kind) {
    case Kind::kMissing:
      return "Required";
    case Kind::kNull:
      return mistyped(violation, violation.field == nullptr ? Type::kAny : violation.field->type);
    case Kind::kStringType:
    case Kind::kUrlType:
      return mistyped(violation, Type::kString);
    case Kind::kIntType:
    case Kind::kIntParsing:
    case Kind::kIntTooLarge:
    case Kind::kFloatType:
    case Kind::kFloatParsing:
      return mistyped(violation, Type::kNumber);
    case Kind::kIntFromFloat:
      return "Expected integer, received float";
    case Kind::kFiniteNumber:
      return std::isnan(violation.input.get<double>()) ? mistyped(violation, Type::kNumber)
                                                       : "Number must be finite";
    case Kind::kBoolType:
    case Kind::kBoolParsing:
      return mistyped(violation, Type::kBoolean);
    case Kind::kEnum:
      if (!violation.input.is_string()) return mistyped(violation, Type::kEnum);
      return "Invalid enum value. Expected " + alternatives(violation.limit) + ", received '" +
             violation.input.get<std::string>() + "'";
    case Kind::kLessThanEqual:
      return bound(violation, "less than or equal to");
    case Kind::kGreaterThanEqual:
      return bound(violation, "greater than or equal to");
    case Kind::kLessThan:
      return bound(violation, "less than");
    case Kind::kGreaterThan:
      return bound(violation, "greater than");
    case Kind::kMultipleOf:
      return bound(violation, "a multiple of");
    case Kind::kTooShort:
      return length(violation, "at least");
    case Kind::kTooLong:
      return length(violation, "at most");
    case Kind::kUrlParsing:
    case Kind::kUrlScheme:
    case Kind::kUrlTooLong:
      return "Invalid url";
    case Kind::kPattern:
    case Kind::kStringUnicode:
      return "Invalid";
    case Kind::kArrayType:
      return mistyped(violation, Type::kArray);
    case Kind::kObjectType:
    case Kind::kModelType:
      return mistyped(violation, Type::kObject);
    case Kind::kExtra:
      return "Unrecognized key(s) in object: ";
    case Kind::kValue:
    case Kind::kJson:
      break;
  }
  return violation.text;
}

std::string path_of(const Violation& violation, std::size_t steps) {
  std::string path;
  for (std::size_t i = 0; i < steps; ++i) {
    if (i > 0) path += '.';
    if (const auto* name = std::get_if<std::string>(&violation.where[i])) {
      path += *name;
    } else {
      path += std::to_string(std::get<std::int64_t>(violation.where[i]));
    }
  }
  return path;
}

}  // namespace

Json zod_details(const std::vector<Violation>& violations) {
  Json details = Json::object();
  const auto add = [&details](const std::string& path, std::string message) {
    Json& messages = details[path];
    if (messages.is_null()) messages = Json::array();
    messages.push_back(std::move(message));
  };
  for (std::size_t i = 0; i < violations.size(); ++i) {
    const Violation& violation = violations[i];
    if (violation.kind != Kind::kExtra) {
      add(path_of(violation, violation.kind == Kind::kJson ? 0 : violation.where.size()),
          message_of(violation));
      continue;
    }
    // All unknown keys of an object are one message, at the object.
    const std::string object = path_of(violation, violation.where.size() - 1);
    std::string message = message_of(violation);
    for (bool first = true; i < violations.size() && violations[i].kind == Kind::kExtra; ++i) {
      if (path_of(violations[i], violations[i].where.size() - 1) != object) break;
      message += first ? "'" : ", '";
      message += std::get<std::string>(violations[i].where.back()) + "'";
      first = false;
    }
    --i;
    add(object, std::move(message));
  }
  return details;
}

}  // namespace emulator::contract
