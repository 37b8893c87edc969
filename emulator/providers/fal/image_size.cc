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
  const Json& about = field.extra.at("image_size");
  if (about.contains("auto")) names.emplace_back("auto");
  if (const auto more = about.find("more"); more != about.end())
    names.insert(names.end(), more->begin(), more->end());
  return names;
}

Field side(const char* name, const Field& field, const Contract& contract) {
  const Json& sides = field.extra.at("image_size").at("sides");
  Field out;
  out.name = name;
  out.type = contract::Type::kInteger;
  out.default_value = facts_of(contract).custom_side;
  const double least = sides.at(0).get<double>();
  if (least <= 1) {
    out.above = 0;
  } else {
    out.min = least;
  }
  out.max = sides.at(1).get<double>();
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

bool is_image_size(const Field& field) {
  return field.extra.is_object() && field.extra.contains("image_size");
}

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
