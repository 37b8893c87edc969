// Pydantic 2's wording, as FastAPI prints it.
#include "emulator/contract/wording.h"

#include <cmath>
#include <string>
#include <utility>

#include "emulator/base/json_text.h"

namespace emulator::contract {
namespace {

using Kind = Violation::Kind;

struct Words {
  std::string type;
  std::string msg;
  Json ctx;
};

// As Python's repr of a text without oddities.
std::string python_repr(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_null()) return "None";
  if (!value.is_string()) return compact_json(value);
  const auto& text = value.get_ref<const std::string&>();
  const char quote =
      text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  return quote + text + quote;
}

// 'a', 'b' or 'c'
std::string alternatives(const Json& options) {
  std::string text;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (i > 0) text += i + 1 == options.size() ? " or " : ", ";
    text += python_repr(options[i]);
  }
  return text;
}

// A limit within a message: floats without their ".0".
std::string in_message(const Json& limit) {
  std::string text = compact_json(limit);
  if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0) text.resize(text.size() - 2);
  return text;
}

std::string plural(const Json& count, std::string_view noun) {
  std::string text = compact_json(count) + " ";
  text += noun;
  return count == 1 ? text : text + "s";
}

Words choice(const Json& options, const Field* field, const PydanticStyle& style) {
  const std::string expected = alternatives(options);
  const bool literal =
      style.choice == PydanticStyle::Choice::kLiteral || (field != nullptr && field->literal);
  return {
      literal ? "literal_error" : "enum", "Input should be " + expected, {{"expected", expected}}};
}

Words length(const Violation& violation, bool too_long) {
  const std::string bound = too_long ? "at most " : "at least ";
  const char* const key = too_long ? "max_length" : "min_length";
  if (violation.input.is_array()) {
    const std::size_t actual = violation.input.size();
    return {too_long ? "too_long" : "too_short",
            "List should have " + bound + plural(violation.limit, "item") +
                " after validation, not " + std::to_string(actual),
            {{"field_type", "List"}, {key, violation.limit}, {"actual_length", actual}}};
  }
  return {too_long ? "string_too_long" : "string_too_short",
          "String should have " + bound + plural(violation.limit, "character"),
          {{key, violation.limit}}};
}

Words bound(const Violation& violation, const char* type, const char* words, const char* key) {
  return {type,
          std::string("Input should be ") + words + " " + in_message(violation.limit),
          {{key, violation.limit}}};
}

// A value of quite another kind than the field's.
Words wrong_type(Type type, const Violation& violation, const PydanticStyle& style) {
  switch (type) {
    case Type::kInteger:
      return {"int_type", "Input should be a valid integer", {}};
    case Type::kNumber:
      return {"float_type", "Input should be a valid number", {}};
    case Type::kBoolean:
      return {"bool_type", "Input should be a valid boolean", {}};
    case Type::kEnum:
      return choice(violation.limit, violation.field, style);
    case Type::kUrl:
      return {"url_type", "URL input should be a string or URL", {}};
    case Type::kArray:
      return {"list_type", "Input should be a valid list", {}};
    case Type::kObject:
      return {"model_attributes_type",
              "Input should be a valid dictionary or object to extract fields from",
              {}};
    case Type::kString:
    case Type::kAny:
      break;
  }
  return {"string_type", "Input should be a valid string", {}};
}

Words words_of(const Violation& violation, const PydanticStyle& style) {
  const auto mistyped = [&](Type type) { return wrong_type(type, violation, style); };
  switch (violation.kind) {
    case Kind::kMissing:
      return {"missing", "Field required", {}};
    case Kind::kNull:
      return mistyped(violation.field == nullptr ? Type::kAny : violation.field->type);
    case Kind::kStringType:
      return mistyped(Type::kString);
    case Kind::kStringUnicode:
      return {"string_unicode",
              "Input should be a valid string, unable to parse raw data as a unicode string",
              {}};
    case Kind::kIntType:
      return mistyped(Type::kInteger);
    case Kind::kIntParsing:
      return {"int_parsing",
              "Input should be a valid integer, unable to parse string as an integer",
              {}};
    case Kind::kIntFromFloat:
      return {"int_from_float",
              "Input should be a valid integer, got a number with a fractional part",
              {}};
    case Kind::kIntTooLarge:
      return {"int_parsing_size",
              "Unable to parse input string as an integer, exceeded maximum size",
              {}};
    case Kind::kFloatType:
      return mistyped(Type::kNumber);
    case Kind::kFloatParsing:
      return {"float_parsing",
              "Input should be a valid number, unable to parse string as a number",
              {}};
    case Kind::kFiniteNumber:
      return {"finite_number", "Input should be a finite number", {}};
    case Kind::kBoolType:
      return mistyped(Type::kBoolean);
    case Kind::kBoolParsing:
      return {"bool_parsing", "Input should be a valid boolean, unable to interpret input", {}};
    case Kind::kEnum:
      return choice(violation.limit, violation.field, style);
    case Kind::kLessThanEqual:
      return bound(violation, "less_than_equal", "less than or equal to", "le");
    case Kind::kGreaterThanEqual:
      return bound(violation, "greater_than_equal", "greater than or equal to", "ge");
    case Kind::kLessThan:
      return bound(violation, "less_than", "less than", "lt");
    case Kind::kGreaterThan:
      return bound(violation, "greater_than", "greater than", "gt");
    case Kind::kMultipleOf:
      return bound(violation, "multiple_of", "a multiple of", "multiple_of");
    case Kind::kTooShort:
      return length(violation, false);
    case Kind::kTooLong:
      return length(violation, true);
    case Kind::kUrlType:
      return mistyped(Type::kUrl);
    case Kind::kUrlParsing:
      return {"url_parsing",
              "Input should be a valid URL, " + violation.text,
              {{"error", violation.text}}};
    case Kind::kUrlScheme:
      return {"url_scheme",
              "URL scheme should be 'http' or 'https'",
              {{"expected_schemes", "'http' or 'https'"}}};
    case Kind::kUrlTooLong:
      return {"url_too_long",
              "URL should have at most " + plural(violation.limit, "character"),
              {{"max_length", violation.limit}}};
    case Kind::kPattern:
      return {"string_pattern_mismatch",
              "String should match pattern '" + violation.limit.get<std::string>() + "'",
              {{"pattern", violation.limit}}};
    case Kind::kArrayType:
      return mistyped(Type::kArray);
    case Kind::kObjectType:
    case Kind::kModelType:
      return mistyped(Type::kObject);
    case Kind::kExtra:
      return {"extra_forbidden", "Extra inputs are not permitted", {}};
    case Kind::kValue:
      return {"value_error", "Value error, " + violation.text, {{"error", Json::object()}}};
    case Kind::kJson:
      return {"json_invalid", "JSON decode error", {{"error", violation.text}}};
  }
  return {};
}

// Python's JSON cannot carry these: what str() makes of them.
void make_finite(Json& value) {
  if (value.is_structured()) {
    for (Json& part : value) make_finite(part);
  } else if (value.is_number_float() && !std::isfinite(value.get<double>())) {
    const double number = value.get<double>();
    value = std::isnan(number) ? "nan" : number < 0 ? "-inf" : "inf";
  }
}

Json item(const Violation& violation, const PydanticStyle& style) {
  Words words = words_of(violation, style);
  Json loc = {"body"};
  for (const auto& step : violation.where)
    std::visit([&loc](const auto& part) { loc.push_back(part); }, step);
  Json input = violation.kind == Kind::kJson ? Json::object() : violation.input;
  if (style.non_finite_as_text) make_finite(input);
  Json entry = Json::object();
  entry["type"] = std::move(words.type);
  entry["loc"] = std::move(loc);
  entry["msg"] = std::move(words.msg);
  entry["input"] = std::move(input);
  if (!words.ctx.is_null()) entry["ctx"] = std::move(words.ctx);
  return entry;
}

}  // namespace

Json pydantic_detail(const std::vector<Violation>& violations, const PydanticStyle& style) {
  Json list = Json::array();
  for (const Violation& violation : violations) list.push_back(item(violation, style));
  return list;
}

}  // namespace emulator::contract
