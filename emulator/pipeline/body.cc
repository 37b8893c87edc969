#include "emulator/pipeline/body.h"

#include <algorithm>
#include <chrono>

#include "emulator/base/text.h"

namespace emulator {
namespace {

using contract::Field;
using contract::Role;

// The first field of the role that the input has something for.
const Json* brought(const Json& input, const std::vector<Field>& fields, Role role) {
  for (const Field& field : fields)
    if (field.role == role)
      if (const Json* value = member_in(input, field.name); value != nullptr && !value->is_null())
        return value;
  return nullptr;
}

std::string_view text_of(const Json* value) {
  if (value == nullptr || !value->is_string()) return {};
  return value->get_ref<const std::string&>();
}

}  // namespace

bool is_json_body(const Call& call) {
  const auto header = call.request->headers.get("content-type");
  if (!header || *header == "application/json") return true;
  const std::string type = lower_case(trimmed(header->substr(0, header->find(';'))));
  return type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

const Json& framework_body(const Call& call, Json& room) {
  room = nullptr;
  if (call.request->body.empty()) return room;
  if (is_json_body(call)) return call.json() ? *call.json() : room;
  return room = valid_utf8(call.request->body);
}

const Json* member_in(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  for (const auto& [key, value] : object.get_ref<const Json::object_t&>())
    if (key == name) return &value;
  return nullptr;
}

std::string_view text_in(const Json& object, std::string_view name) {
  return text_of(member_in(object, name));
}

bool flag_in(const Json& object, std::string_view name, bool otherwise) {
  const Json* value = member_in(object, name);
  return value != nullptr && value->is_boolean() ? value->get<bool>() : otherwise;
}

std::optional<int> number_in(const Json& object, std::string_view name, int least, int most) {
  const Json* value = member_in(object, name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return static_cast<int>(std::clamp<double>(value->get<double>(), least, most));
}

std::string_view prompt_in(const Json& input, const std::vector<Field>& fields) {
  return text_of(brought(input, fields, Role::kPrompt));
}

std::optional<Seed> seed_in(const Json& input, const std::vector<Field>& fields) {
  const Json* value = brought(input, fields, Role::kSeed);
  if (value == nullptr || !is_seed(*value)) return std::nullopt;
  return seed_of(*value);
}

std::string_view format_word_in(const Json& input, const std::vector<Field>& fields) {
  if (const Json* value = brought(input, fields, Role::kFormat)) return text_of(value);
  for (const Field& field : fields)
    if (field.role == Role::kFormat && field.default_value) return text_of(&*field.default_value);
  return {};
}

image::Format format_named(std::string_view word) {
  if (word == "png") return image::Format::kPng;
  return word == "webp" ? image::Format::kWebp : image::Format::kJpeg;
}

std::int64_t unix_seconds(Instant at) {
  return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace emulator
