#include "emulator/providers/wavespeed/window.h"

#include <utility>

#include "emulator/base/text.h"
#include "emulator/contract/validate.h"
#include "emulator/providers/wavespeed/wording.h"

namespace emulator::wavespeed {
namespace {

contract::Field whole_number(const char* name, std::optional<double> most) {
  contract::Field field;
  field.name = name;
  field.type = contract::Type::kInteger;
  field.required = true;
  field.min = 1;
  field.max = most;
  return field;
}

contract::Field text(const char* name) {
  contract::Field field;
  field.name = name;
  field.type = contract::Type::kString;
  return field;
}

}  // namespace

std::optional<Instant> time_in(std::string_view text) {
  if (const auto instant = parse_instant(text)) return *instant;
  if (const auto day = parse_instant(std::string(text) + "T00:00:00Z")) return *day;
  return std::nullopt;
}

Result<Window, Refusal> window_of(const Json& body, const WindowNames& names) {
  std::vector<contract::Field> fields = {text(names.model), text(names.from), text(names.to)};
  if (names.paged) {
    constexpr double kMostItems = 100;
    fields.insert(fields.begin(),
                  {whole_number("page", std::nullopt), whole_number("page_size", kMostItems)});
  }
  // Only what is asked for below: the rest may be long, and says nothing here.
  Json given = Json::object();
  auto& kept = given.get_ref<Json::object_t&>();
  for (const contract::Field& field : fields)
    if (const auto member = body.find(field.name); member != body.end() && !member->is_null())
      kept.emplace_back(field.name, *member);
  contract::Rules rules;
  rules.coercion = contract::Coercion::kStrict;
  rules.all = false;
  const auto checked = contract::validate(given, fields, false, rules);
  if (!checked) return Failure{about(checked.error().front())};

  Window out;
  if (names.paged) {
    out.page = checked->at("page").get<std::int64_t>();
    out.page_size = checked->at("page_size").get<std::int64_t>();
  }
  out.model = checked->value(names.model, "");
  for (const auto& [name, place] :
       {std::pair{names.from, &out.from}, std::pair{names.to, &out.to}}) {
    const std::string when = checked->value(name, "");
    if (when.empty()) continue;
    const auto instant = time_in(when);
    if (!instant)
      return Failure{
          about_field("wrong_type", name, {{"kind", "ISO 8601 time"}, {"got", shown_value(when)}})};
    *place = *instant;
  }
  return out;
}

}  // namespace emulator::wavespeed
