#include "emulator/scenario/fit.h"

#include <algorithm>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/scenario/when.h"

namespace emulator::scenario {
namespace {

using What = Condition::What;

std::string was(std::string_view value) {
  constexpr std::size_t kShown = 60;
  return " (this was " + valid_utf8(value.substr(0, kShown)) +
         (value.size() > kShown ? "..." : "") + ")";
}

const Json* value_at(const Json* value, const std::vector<Step>& path) {
  for (const Step& step : path) {
    if (const std::string* name = std::get_if<std::string>(&step)) {
      if (!value->is_object() || !value->contains(*name)) return nullptr;
      value = &value->at(*name);
    } else {
      const std::size_t index = std::get<std::size_t>(step);
      if (!value->is_array() || index >= value->size()) return nullptr;
      value = &value->at(index);
    }
  }
  return value;
}

std::string was_in(const Json* body, const std::vector<Step>& path) {
  if (body == nullptr) return " (there was no JSON body)";
  const Json* value = value_at(body, path);
  return value == nullptr ? " (there was none)" : was(compact_json(*value));
}

std::string failed(const Condition& condition, const Occasion& occasion) {
  switch (condition.what) {
    case What::kBetween:
      return condition.written + was(worded(std::chrono::floor<Millis>(occasion.age)));
    case What::kKey:
      return condition.written + was(occasion.sandbox);
    case What::kEndpoint:
      return condition.written + was(occasion.endpoint);
    case What::kPath:
      return condition.written + was(occasion.path);
    case What::kPrompt:
      return condition.written + was(occasion.prompt);
    case What::kQuery:
      return condition.written + was(occasion.query);
    case What::kHeader: {
      const auto value = occasion.headers ? occasion.headers->get(condition.name) : std::nullopt;
      return condition.written + (value ? was(*value) : " (there was none)");
    }
    case What::kBody:
      return condition.written + was_in(occasion.body, condition.path);
  }
  return condition.written;
}

}  // namespace

bool looks_at_path(const When& when) {
  return std::any_of(when.conditions.begin(), when.conditions.end(),
                     [](const Condition& condition) { return condition.what == What::kPath; });
}

Fit fit(const When& when, Occasion occasion, const std::function<const Json*()>& body) {
  if (when.on && *when.on != occasion.on)
    return {0, "on: " + std::string(to_string(*when.on)) + was(to_string(occasion.on))};
  if (!when.provider.empty() && when.provider != occasion.provider)
    return {1, "provider: " + when.provider + was(occasion.provider)};
  Fit out{2, ""};
  // Those over the body after the others, since it may have to be decoded first.
  for (const bool of_body : {false, true})
    for (const Condition& condition : when.conditions) {
      if ((condition.what == What::kBody) != of_body) continue;
      if (of_body && occasion.body == nullptr && body) occasion.body = body();
      if (!holds(condition, occasion)) {
        out.failed = failed(condition, occasion);
        return out;
      }
      ++out.held;
    }
  return out;
}

}  // namespace emulator::scenario
