#include "emulator/contract/packed_input.h"

#include <algorithm>
#include <utility>

#include "emulator/base/json_text.h"

namespace emulator::contract {
namespace {

// In front of a text that has members left out; a whole one begins with its bracket.
constexpr char kLeftOut = '~';
constexpr std::string_view kPrompt = "prompt";

// What is assumed of a field that is left out.
class Assumed {
 public:
  explicit Assumed(std::optional<std::string_view> prompt) : prompt_(prompt) {}

  bool has(const Field& field) const { return is_prompt(field) || field.default_value; }
  bool is(const Field& field, const Json& value) const {
    if (is_prompt(field))
      return value.is_string() && value.get_ref<const std::string&>() == *prompt_;
    return field.default_value && same_text(value, *field.default_value);
  }
  Json of(const Field& field) const {
    return is_prompt(field) ? Json(std::string(*prompt_)) : *field.default_value;
  }

 private:
  bool is_prompt(const Field& field) const { return prompt_ && field.name == kPrompt; }
  std::optional<std::string_view> prompt_;
};

std::optional<Json> left(const Json& input, const std::vector<Field>& fields,
                         const Assumed& assumed) {
  if (!input.is_object()) return std::nullopt;
  const auto& members = input.get_ref<const Json::object_t&>();
  Json few = Json::object();
  auto& kept = few.get_ref<Json::object_t&>();
  auto next = members.begin();
  for (const Field& field : fields) {
    if (next != members.end() && next->first == field.name) {
      if (!assumed.is(field, next->second)) kept.emplace_back(next->first, next->second);
      ++next;
    } else if (assumed.has(field)) {
      return std::nullopt;
    }
  }
  for (; next != members.end(); ++next) {
    const auto same = [&](const Field& field) { return field.name == next->first; };
    if (std::any_of(fields.begin(), fields.end(), same)) return std::nullopt;
    kept.emplace_back(next->first, next->second);
  }
  return few;
}

}  // namespace

bool same_text(const Json& a, const Json& b) {
  if (!a.is_structured() || !b.is_structured())
    return a.is_number_float() == b.is_number_float() && a == b;
  if (a.type() != b.type() || a.size() != b.size()) return false;
  if (a.is_array()) return std::equal(a.begin(), a.end(), b.begin(), same_text);
  const auto& ours = a.get_ref<const Json::object_t&>();
  const auto& theirs = b.get_ref<const Json::object_t&>();
  return std::equal(ours.begin(), ours.end(), theirs.begin(), [](const auto& x, const auto& y) {
    return x.first == y.first && same_text(x.second, y.second);
  });
}

std::optional<Json> without_defaults(const Json& input, const std::vector<Field>& fields) {
  return left(input, fields, Assumed(std::nullopt));
}

std::string packed_input(const Json& input, const std::vector<Field>* fields,
                         std::string_view prompt) {
  const auto few =
      fields != nullptr ? left(input, *fields, Assumed(prompt)) : std::optional<Json>();
  std::string text = few ? kLeftOut + compact_json(*few) : compact_json(input);
  text.shrink_to_fit();
  return text;
}

Json unpacked_input(std::string_view packed, const std::vector<Field>* fields,
                    std::string_view prompt) {
  const bool whole = packed.empty() || packed.front() != kLeftOut;
  auto said = decode_json(whole ? packed : packed.substr(1));
  if (!said) return nullptr;
  if (whole || fields == nullptr || !said->is_object()) return std::move(*said);
  const Assumed assumed{prompt};
  Json input = object_with_room(fields->size() + said->size());
  auto& members = input.get_ref<Json::object_t&>();
  auto& given = said->get_ref<Json::object_t&>();
  auto next = given.begin();
  for (const Field& field : *fields) {
    if (next != given.end() && next->first == field.name) {
      members.emplace_back(next->first, std::move(next->second));
      ++next;
    } else if (assumed.has(field)) {
      members.emplace_back(field.name, assumed.of(field));
    }
  }
  for (; next != given.end(); ++next) members.emplace_back(next->first, std::move(next->second));
  return input;
}

}  // namespace emulator::contract
