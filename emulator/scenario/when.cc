#include "emulator/scenario/when.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"

namespace emulator::scenario {
namespace {

using What = Condition::What;

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stopped != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

// ---- texts: endpoint, sandbox name, prompt, header, query

bool text_holds(const Test& test, std::optional<std::string_view> text) {
  if (test.kind == Test::Kind::kPresent) return text.has_value() == test.present;
  if (!text) return false;
  switch (test.kind) {
    case Test::Kind::kEquals:
      return *text == test.text;
    case Test::Kind::kContains:
      return text->find(test.text) != std::string_view::npos;
    case Test::Kind::kMatches:
      return RE2::PartialMatch(re2::StringPiece(text->data(), text->size()), *test.regex);
    case Test::Kind::kGlob:
      return glob_matches(test.text, *text);
    case Test::Kind::kAbove:
    case Test::Kind::kBelow: {
      const std::optional<double> number = number_of(*text);
      if (!number) return false;
      return test.kind == Test::Kind::kAbove ? *number > test.number : *number < test.number;
    }
    case Test::Kind::kPresent:
      break;
  }
  return false;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  for (const std::string_view pair : split(query, '&')) {
    const std::size_t equals = pair.find('=');
    if (http::percent_decoded(pair.substr(0, equals), true) != name) continue;
    if (pair.empty()) continue;
    if (equals == std::string_view::npos) return std::string();
    return http::percent_decoded(pair.substr(equals + 1), true);
  }
  return std::nullopt;
}

// ---- values of a body

const Json* value_at(const Json* value, const std::vector<Step>& path) {
  for (const Step& step : path) {
    if (!value) return nullptr;
    if (const std::string* name = std::get_if<std::string>(&step)) {
      if (!value->is_object()) return nullptr;
      const auto found = value->find(*name);
      value = found == value->end() ? nullptr : &*found;
    } else {
      const std::size_t index = std::get<std::size_t>(step);
      if (!value->is_array() || index >= value->size()) return nullptr;
      value = &(*value)[index];
    }
  }
  return value;
}

// As it was sent, else as the provider fills it in.
const Json* value_in(const Occasion& occasion, const std::vector<Step>& path) {
  const Json* sent = value_at(occasion.body, path);
  return sent ? sent : value_at(occasion.input, path);
}

bool equals(const Test& test, const Json& value) {
  if (value == test.value) return true;
  return test.as_text && value.is_string() && value.get_ref<const std::string&>() == test.text;
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : compact_json(value);
}

bool body_holds(const Test& test, const Json* value) {
  const bool present = value && !value->is_null();
  switch (test.kind) {
    case Test::Kind::kPresent:
      return present == test.present;
    case Test::Kind::kEquals:
      return value && equals(test, *value);
    case Test::Kind::kContains:
      if (!present) return false;
      if (value->is_array()) {
        return std::any_of(value->begin(), value->end(),
                           [&](const Json& item) { return equals(test, item); });
      }
      return value->is_string() &&
             value->get_ref<const std::string&>().find(test.text) != std::string::npos;
    case Test::Kind::kMatches:
      return present && !value->is_structured() && RE2::PartialMatch(text_of(*value), *test.regex);
    case Test::Kind::kAbove:
    case Test::Kind::kBelow: {
      const bool figure = present && (value->is_number() || is_big_integer(*value));
      if (!present || (!figure && !value->is_string())) return false;
      const auto number = figure ? std::optional<double>(amount_of(*value))
                                 : number_of(value->get_ref<const std::string&>());
      if (!number) return false;
      return test.kind == Test::Kind::kAbove ? *number > test.number : *number < test.number;
    }
    case Test::Kind::kGlob:
      break;
  }
  return false;
}

// ---- which conditions follow from others

bool is_literal(const Test& test) {
  return test.kind == Test::Kind::kEquals ||
         (test.kind == Test::Kind::kGlob && test.text.find_first_of("*?") == std::string::npos);
}

bool implies(const Test& narrow, const Test& wide) {
  using Kind = Test::Kind;
  switch (wide.kind) {
    case Kind::kGlob:
      return narrow.text == wide.text ||
             (is_literal(narrow) && glob_matches(wide.text, narrow.text));
    case Kind::kContains:
      return narrow.kind == Kind::kContains && narrow.value.is_string() == wide.value.is_string() &&
             narrow.text.size() >= wide.text.size() &&
             (narrow.text == wide.text || narrow.text.find(wide.text) != std::string::npos);
    case Kind::kEquals:
      return narrow.kind == Kind::kEquals && narrow.value == wide.value &&
             narrow.text == wide.text && narrow.as_text <= wide.as_text;
    case Kind::kMatches:
      return narrow.kind == Kind::kMatches && narrow.text == wide.text;
    case Kind::kAbove:
      return narrow.kind == Kind::kAbove && narrow.number >= wide.number;
    case Kind::kBelow:
      return narrow.kind == Kind::kBelow && narrow.number <= wide.number;
    case Kind::kPresent:
      if (narrow.kind == Kind::kPresent) return narrow.present == wide.present;
      return wide.present && !(narrow.kind == Kind::kEquals && narrow.value.is_null());
  }
  return false;
}

bool implies(const Condition& narrow, const Condition& wide) {
  if (narrow.what != wide.what || narrow.name != wide.name) return false;
  if (narrow.what == What::kBetween) return narrow.from >= wide.from && narrow.to <= wide.to;
  // In a body, `contains` may also mean an item of a list, which another text does not imply.
  if (narrow.what == What::kBody && wide.test.kind == Test::Kind::kContains) {
    return narrow.test.kind == Test::Kind::kContains && narrow.test.value == wide.test.value &&
           narrow.test.as_text <= wide.test.as_text;
  }
  return implies(narrow.test, wide.test);
}

}  // namespace

bool holds(const Condition& condition, const Occasion& occasion) {
  switch (condition.what) {
    case What::kBetween:
      return occasion.age >= condition.from && occasion.age < condition.to;
    case What::kKey:
      return text_holds(condition.test, occasion.sandbox);
    case What::kEndpoint:
      return text_holds(condition.test, occasion.endpoint);
    case What::kPath:
      return text_holds(condition.test, occasion.path);
    case What::kPrompt:
      return text_holds(condition.test, occasion.prompt);
    case What::kHeader: {
      const auto value = occasion.headers ? occasion.headers->get(condition.name) : std::nullopt;
      return text_holds(condition.test, value);
    }
    case What::kQuery: {
      const std::optional<std::string> value = query_value(occasion.query, condition.name);
      return text_holds(condition.test,
                        value ? std::optional<std::string_view>(*value) : std::nullopt);
    }
    case What::kBody:
      return body_holds(condition.test, value_in(occasion, condition.path));
  }
  return false;
}

bool holds(const When& when, const Occasion& occasion) {
  if (when.on && *when.on != occasion.on) return false;
  if (!when.provider.empty() && when.provider != occasion.provider) return false;
  return std::all_of(when.conditions.begin(), when.conditions.end(),
                     [&](const Condition& condition) { return holds(condition, occasion); });
}

bool implies(const When& narrow, const When& wide) {
  if (wide.on && narrow.on != wide.on) return false;
  if (!wide.provider.empty() && narrow.provider != wide.provider) return false;
  return std::all_of(wide.conditions.begin(), wide.conditions.end(), [&](const Condition& asked) {
    return std::any_of(narrow.conditions.begin(), narrow.conditions.end(),
                       [&](const Condition& given) { return implies(given, asked); });
  });
}

}  // namespace emulator::scenario
