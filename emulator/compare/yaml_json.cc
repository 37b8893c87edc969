#include "emulator/compare/yaml_json.h"

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"

namespace emulator::compare {
namespace {

Result<Json, std::string> scalar_of(const yaml::Node& node, int line) {
  if (node.tag == "!!binary") {
    auto bytes = from_base64(node.scalar);
    if (!bytes) return Failure{"line " + std::to_string(line) + ": !!binary that is no base64"};
    return Json(std::move(*bytes));
  }
  // Texts of Python 2, which say no more than that they are texts.
  const bool text = node.tag == "!!python/unicode" || node.tag == "!!python/str";
  if (!node.tag.empty() && !text)
    return Failure{"line " + std::to_string(line) + ": the tag \"" + node.tag +
                   "\" asks for an object to be made, which is not done"};
  if (text || node.quoted) return Json(node.scalar);
  if (node.scalar == "true" || node.scalar == "True") return Json(true);
  if (node.scalar == "false" || node.scalar == "False") return Json(false);
  if (node.scalar == "null" || node.scalar == "~") return Json(nullptr);
  const bool numeric =
      !node.scalar.empty() && node.scalar.find_first_not_of("0123456789+-.eE") == std::string::npos;
  if (numeric)
    if (auto number = decode_json(node.scalar)) return std::move(*number);
  return Json(node.scalar);
}

}  // namespace

Result<Json, std::string> json_of_yaml(const yaml::Node& node, int line_before) {
  using Kind = yaml::Node::Kind;
  const int line = node.at.line + line_before;
  if (node.kind == Kind::kScalar) return scalar_of(node, line);
  const bool plain = node.tag.empty() || node.tag == "!!python/tuple";
  if (!plain)
    return Failure{"line " + std::to_string(line) + ": the tag \"" + node.tag +
                   "\" asks for an object to be made, which is not done"};
  if (node.kind == Kind::kNull) return Json(nullptr);
  if (node.kind == Kind::kSequence) {
    Json out = Json::array();
    for (const yaml::Node& item : node.items) {
      auto value = json_of_yaml(item, line_before);
      if (!value) return value;
      out.push_back(std::move(*value));
    }
    return out;
  }
  Json out = object_with_room(node.entries.size());
  for (const auto& [key, value] : node.entries) {
    auto read = json_of_yaml(value, line_before);
    if (!read) return read;
    // The loader refuses a key that is given twice.
    out.get_ref<Json::object_t&>().emplace_back(key.scalar, std::move(*read));
  }
  return out;
}

}  // namespace emulator::compare
