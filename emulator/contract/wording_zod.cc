// Zod 3's wording.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
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
std::string union_of(const Json& options) {
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
      return union_of(options);
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

// Zod's own texts by name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kTexts{{
    {"required", "Required"},
    {"wrong_type", "Expected {expected}, received {received}"},
    {"whole", "Expected integer, received float"},
    {"finite", "Number must be finite"},
    {"enum", "Invalid enum value. Expected {expected}, received '{received}'"},
    {"at_most", "Number must be less than or equal to {limit}"},
    {"at_least", "Number must be greater than or equal to {limit}"},
    {"less_than", "Number must be less than {limit}"},
    {"greater_than", "Number must be greater than {limit}"},
    {"multiple_of", "Number must be a multiple of {limit}"},
    {"too_short", "String must contain at least {limit} character(s)"},
    {"too_long", "String must contain at most {limit} character(s)"},
    {"too_few", "Array must contain at least {limit} element(s)"},
    {"too_many", "Array must contain at most {limit} element(s)"},
    {"url", "Invalid url"},
    {"format", "Invalid"},
    {"unknown_keys", "Unrecognized key(s) in object: {keys}"},
    {"union", "Invalid discriminator value. Expected {expected}"},
}};

std::string mistyped(const Violation& violation, Type type, const Texts& texts) {
  return zod_text("wrong_type",
                  {{"expected", expected_of(type, violation.limit)},
                   {"received", std::string(kind_of(violation.input))}},
                  texts);
}

std::string bound(const Violation& violation, std::string_view name, const Texts& texts) {
  Json limit = violation.limit;
  // JavaScript has one kind of number: 1, not 1.0.
  if (limit.is_number_float() && std::trunc(limit.get<double>()) == limit.get<double>())
    limit = static_cast<std::int64_t>(limit.get<double>());
  return zod_text(name, {{"limit", std::move(limit)}}, texts);
}

std::string message_of(const Violation& violation, const Texts& texts) {
  const auto wrong = [&](Type type) { return mistyped(violation, type, texts); };
  const bool list = violation.input.is_array();
  switch (violation.kind) {
    case Kind::kMissing:
      return zod_text("required", Json::object(), texts);
    case Kind::kNull:
      return wrong(violation.field == nullptr ? Type::kAny : violation.field->type);
    case Kind::kStringType:
    case Kind::kUrlType:
      return wrong(Type::kString);
    case Kind::kIntType:
    case Kind::kIntParsing:
    case Kind::kIntTooLarge:
    case Kind::kFloatType:
    case Kind::kFloatParsing:
      return wrong(Type::kNumber);
    case Kind::kIntFromFloat:
      return zod_text("whole", Json::object(), texts);
    case Kind::kFiniteNumber:
      return std::isnan(violation.input.get<double>()) ? wrong(Type::kNumber)
                                                       : zod_text("finite", Json::object(), texts);
    case Kind::kBoolType:
    case Kind::kBoolParsing:
      return wrong(Type::kBoolean);
    case Kind::kEnum:
      if (!violation.input.is_string()) return wrong(Type::kEnum);
      return zod_text(
          "enum", {{"expected", union_of(violation.limit)}, {"received", violation.input}}, texts);
    case Kind::kLessThanEqual:
      return bound(violation, "at_most", texts);
    case Kind::kGreaterThanEqual:
      return bound(violation, "at_least", texts);
    case Kind::kLessThan:
      return bound(violation, "less_than", texts);
    case Kind::kGreaterThan:
      return bound(violation, "greater_than", texts);
    case Kind::kMultipleOf:
      return bound(violation, "multiple_of", texts);
    case Kind::kTooShort:
      return bound(violation, list ? "too_few" : "too_short", texts);
    case Kind::kTooLong:
      return bound(violation, list ? "too_many" : "too_long", texts);
    case Kind::kUrlParsing:
    case Kind::kUrlScheme:
    case Kind::kUrlTooLong:
      return zod_text("url", Json::object(), texts);
    case Kind::kPattern:
    case Kind::kStringUnicode:
      return zod_text("format", Json::object(), texts);
    case Kind::kArrayType:
      return wrong(Type::kArray);
    case Kind::kObjectType:
    case Kind::kModelType:
      return wrong(Type::kObject);
    case Kind::kExtra:
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

std::string zod_text(std::string_view name, const Json& args, const Texts& texts) {
  const auto own = std::find_if(kTexts.begin(), kTexts.end(),
                                [name](const auto& text) { return text.first == name; });
  return filled(text_named(texts, name, own == kTexts.end() ? std::string_view() : own->second),
                args);
}

Json zod_details(const std::vector<Violation>& violations, const Texts& texts) {
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
          message_of(violation, texts));
      continue;
    }
    // All unknown keys of an object are one message, at the object.
    const std::string object = path_of(violation, violation.where.size() - 1);
    std::string keys;
    for (bool first = true; i < violations.size() && violations[i].kind == Kind::kExtra; ++i) {
      if (path_of(violations[i], violations[i].where.size() - 1) != object) break;
      keys += first ? "'" : ", '";
      keys += std::get<std::string>(violations[i].where.back()) + "'";
      first = false;
    }
    --i;
    add(object, zod_text("unknown_keys", {{"keys", std::move(keys)}}, texts));
  }
  return details;
}

}  // namespace emulator::contract
