#include "emulator/providers/fal/image_size.h"

#include <string>
#include <utility>

#include "emulator/providers/fal/facts.h"

namespace emulator::fal {
namespace {

using contract::Contract;
using contract::Field;
using contract::Violation;
using Kind = Violation::Kind;

std::vector<Json> names_of(const Field& field, const Contract& contract) {
  std::vector<Json> names;
  for (const auto& [name, size] : facts_of(contract).presets) names.emplace_back(name);
  const ImageSizeRule& rule = *facts_of(field).image_size;
  if (rule.automatic) names.emplace_back("auto");
  names.insert(names.end(), rule.more.begin(), rule.more.end());
  return names;
}

Field side(const char* name, const Field& field, const Contract& contract) {
  const contract::Bounds& sides = facts_of(field).image_size->sides;
  Field out;
  out.name = name;
  out.type = contract::Type::kInteger;
  out.default_value = facts_of(contract).custom_side;
  if (sides.low <= 1) {
    out.above = 0;
  } else {
    out.min = sides.low;
  }
  out.max = sides.high;
  return out;
}

// `literal['a','b']`, as pydantic calls that branch.
std::string literal_label(const std::vector<Json>& names) {
  std::string label = "literal[";
  for (const Json& name : names)
    label += (label.back() == '[' ? "'" : ",'") + name.get<std::string>() + "'";
  return label + "]";
}

}  // namespace

bool is_image_size(const Field& field) { return facts_of(field).image_size.has_value(); }

Result<Json, std::vector<Violation>> checked_image_size(const Json& value, const Field& field,
                                                        const Contract& contract) {
  if (value.is_null() && field.nullable) return value;
  const std::vector<Json> names = names_of(field, contract);
  for (const Json& name : names)
    if (name == value) return value;

  std::vector<Violation> violations;
  if (value.is_object()) {
    const std::vector<Field> sides = {side("width", field, contract),
                                      side("height", field, contract)};
    auto custom = contract::validate(value, sides, false, {});
    if (custom) return std::move(*custom);
    violations = std::move(custom.error());
    for (Violation& violation : violations) {
      violation.where.insert(violation.where.begin(), {field.name, "ImageSize"});
      if (violation.kind == Kind::kNull) violation.kind = Kind::kIntType;
      violation.field = nullptr;  // made for this check alone
    }
  } else {
    Violation object{};
    object.kind = Kind::kObjectType;
    object.where = {field.name, "ImageSize"};
    object.input = value;
    violations.push_back(std::move(object));
  }
  Violation literal{};
  literal.kind = Kind::kEnum;
  literal.where = {field.name, literal_label(names)};
  literal.input = value;
  literal.limit = names;
  violations.push_back(std::move(literal));
  return Failure{std::move(violations)};
}

std::optional<image::Size> pixels_of(const Json& value, const Contract& contract) {
  if (value.is_object())
    return image::Size{value.at("width").get<int>(), value.at("height").get<int>()};
  if (!value.is_string()) return std::nullopt;
  for (const auto& [name, size] : facts_of(contract).presets)
    if (value == name) return size;
  return std::nullopt;
}

}  // namespace emulator::fal
