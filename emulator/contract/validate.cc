// A body is read in one walk beside the fields of its endpoint, which both fills in defaults and
// notes what is wrong: the walk goes on after a violation, since providers tell of all of them at
// once, and in the order in which their own libraries would have met them. How each is worded is
// wording.cc.
#include "emulator/contract/validate.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/contract/coerce.h"
#include "emulator/contract/pattern.h"

namespace emulator::contract {
namespace {

using Kind = Violation::Kind;
using Where = decltype(Violation::where);

// A step on the way to the value that is looked at; turned into text only for a violation.
struct Step {
  const std::string* name;  // null: an item of an array
  std::int64_t index;
};

// Walks a body and its fields together. Violations are collected in the order in which pydantic
// and Zod meet them: by field, unknown keys after the known ones.
class Validation {
 public:
  explicit Validation(const Rules& rules) : rules_(rules) {}

  std::vector<Violation>& violations() { return violations_; }

  Json object(const Json& value, const std::vector<Field>& fields, bool closed) {
    Json result = object_with_room(fields.size());
    auto& members = result.get_ref<Json::object_t&>();
    for (const Field& field : fields) {
      if (enough()) return result;
      const Json* member = find(value, field.name);
      where_.push_back({&field.name, 0});
      if (member != nullptr) {
        members.emplace_back(field.name, one(*member, field));
      } else if (field.required) {
        add(Kind::kMissing, value, &field);
      } else if (field.default_value) {
        members.emplace_back(field.name, *field.default_value);
      }
      where_.pop_back();
    }
    if (closed || rules_.keep_unknown) unknown(value, fields, closed, members);
    return result;
  }

  void add(Kind kind, const Json& input, const Field* field, Json limit = nullptr,
           std::string text = {}) {
    if (enough()) return;
    violations_.push_back({kind, where(), input, std::move(limit), std::move(text), field});
  }

 private:
  bool strict() const { return rules_.coercion == Coercion::kStrict; }
  bool enough() const { return !rules_.all && !violations_.empty(); }

  static const Json* find(const Json& object, const std::string& name) {
    for (const auto& [key, member] : object.get_ref<const Json::object_t&>())
      if (key == name) return &member;
    return nullptr;
  }

  void unknown(const Json& value, const std::vector<Field>& fields, bool closed,
               Json::object_t& members) {
    for (const auto& [key, member] : value.get_ref<const Json::object_t&>()) {
      const auto same = [&name = key](const Field& field) { return field.name == name; };
      if (std::any_of(fields.begin(), fields.end(), same)) continue;
      if (!closed) {
        members.emplace_back(key, member);
        continue;
      }
      where_.push_back({&key, 0});
      add(Kind::kExtra, member, nullptr);
      where_.pop_back();
    }
  }

  Json one(const Json& value, const Field& field) {
    if (value.is_null() && field.type != Type::kAny) {
      if (!field.nullable) add(Kind::kNull, value, &field, options_of(field));
      return value;
    }
    switch (field.type) {
      case Type::kString:
        return text(value, field);
      case Type::kInteger:
        return number(value, field, to_integer(value, rules_.coercion));
      case Type::kNumber:
        return number(value, field, to_number(value, rules_.coercion));
      case Type::kBoolean:
        return plain(value, field, to_boolean(value, rules_.coercion));
      case Type::kEnum:
        return option(value, field);
      case Type::kUrl:
        return url(value, field);
      case Type::kArray:
        return array(value, field);
      case Type::kObject:
        if (value.is_object()) return object(value, field.fields, field.closed);
        add(Kind::kObjectType, value, &field);
        return value;
      case Type::kAny:
        break;
    }
    return value;
  }

  // The coerced value, or the violation that coercing met.
  Json plain(const Json& input, const Field& field, Coerced coerced) {
    if (!coerced.wrong) return std::move(coerced.value);
    add(*coerced.wrong, input, &field, nullptr, std::move(coerced.text));
    return input;
  }

  static Json options_of(const Field& field) {
    return field.type == Type::kEnum ? Json(field.options) : Json();
  }

  Json option(const Json& value, const Field& field) {
    for (const Json& known : field.options)
      if (known.is_boolean() == value.is_boolean() && known == value) return known;
    add(Kind::kEnum, value, &field, options_of(field));
    return value;
  }

  // A bound as the field's type prints it: 6 for integers, 6.0 for numbers.
  static Json limit_of(const Field& field, double bound) {
    if (field.type == Type::kInteger) return static_cast<std::int64_t>(bound);
    return bound;
  }

  static bool is_multiple(const Json& value, std::int64_t of) {
    if (value.is_number_unsigned())
      return value.get<std::uint64_t>() % static_cast<std::uint64_t>(of) == 0;
    if (value.is_number_integer()) return value.get<std::int64_t>() % of == 0;
    if (is_big_integer(value)) {
      std::int64_t rest = 0;  // of what is read so far; ten times it fits, since `of` is small
      for (const char c : digits_of(value))
        if (c != '-') rest = (rest * 10 + (c - '0')) % of;
      return rest == 0;
    }
    // As pydantic has it for floats: a rest of a billionth of the value does not count.
    const double number = value.get<double>();
    const auto unit = static_cast<double>(of);
    const double rest = std::fabs(std::fmod(number, unit));
    const double slack = std::fabs(number) / 1e9;
    return rest <= slack || std::fabs(rest - unit) <= slack;
  }

  // The multiple first, then the upper, then the lower limit. Pydantic reports the first of them
  // that is broken, Zod all.
  Json number(const Json& input, const Field& field, Coerced coerced) {
    if (coerced.wrong) {
      add(*coerced.wrong, input, &field);
      if (!strict() || *coerced.wrong != Kind::kIntFromFloat) return input;
      coerced.value = input;
    }
    const Json& value = coerced.value;
    const double amount = amount_of(value);
    struct Check {
      bool broken;
      Kind kind;
      Json limit;
    };
    const auto limit = [&](const std::optional<double>& bound) {
      return bound ? limit_of(field, *bound) : Json();
    };
    const Check checks[] = {
        {field.multiple_of && !is_multiple(value, *field.multiple_of), Kind::kMultipleOf,
         field.multiple_of ? limit_of(field, static_cast<double>(*field.multiple_of)) : Json()},
        {field.max && amount > *field.max, Kind::kLessThanEqual, limit(field.max)},
        {field.below && amount >= *field.below, Kind::kLessThan, limit(field.below)},
        {field.min && amount < *field.min, Kind::kGreaterThanEqual, limit(field.min)},
        {field.above && amount <= *field.above, Kind::kGreaterThan, limit(field.above)},
    };
    for (const Check& check : checks) {
      if (!check.broken) continue;
      add(check.kind, input, &field, check.limit);
      if (!strict()) break;
    }
    return std::move(coerced.value);
  }

  // Whether `length` is within the field's limits; says so if not.
  bool fits(const Json& input, const Field& field, std::size_t length) {
    if (field.min_length && length < *field.min_length) {
      add(Kind::kTooShort, input, &field, *field.min_length);
      return false;
    }
    if (field.max_length && length > *field.max_length) {
      add(Kind::kTooLong, input, &field, *field.max_length);
      return false;
    }
    return true;
  }

  Json text(const Json& input, const Field& field) {
    Coerced coerced = to_text(input);
    if (coerced.wrong) return plain(input, field, std::move(coerced));
    const auto& value = coerced.value.get_ref<const std::string&>();
    if (field.min_length || field.max_length)
      if (!fits(input, field, code_points(value)) && !strict()) return input;
    if (!field.pattern.empty() && !matches_pattern(field, value))
      add(Kind::kPattern, input, &field, field.pattern);
    return std::move(coerced.value);
  }

  static bool matches_pattern(const Field& field, std::string_view value) {
    if (field.compiled) return matches(*field.compiled, value);
    const auto compiled = compile(field.pattern);  // a field that no loader made
    return compiled && matches(**compiled, value);
  }

  Json url(const Json& input, const Field& field) {
    constexpr std::size_t kLongestByDefault = 2083;  // pydantic's HttpUrl
    const std::size_t longest = field.max_length.value_or(kLongestByDefault);
    Coerced coerced = to_url(input, rules_.coercion, longest);
    if (!coerced.wrong) return std::move(coerced.value);
    Json limit = *coerced.wrong == Kind::kUrlTooLong ? Json(longest) : Json();
    add(*coerced.wrong, input, &field, std::move(limit), std::move(coerced.text));
    return input;
  }

  // Pydantic counts the good items while it takes them, so that too many of them hide what is wrong
  // with others; and it looks for too few only when all are good.
  Json array(const Json& input, const Field& field) {
    if (!input.is_array()) {
      add(Kind::kArrayType, input, &field);
      return input;
    }
    if (strict() && !fits(input, field, input.size()) && enough()) return input;
    const std::size_t before = violations_.size();
    Json result = Json::array();
    std::size_t good = 0;
    for (std::size_t i = 0; i < input.size() && !enough(); ++i) {
      const std::size_t before_item = violations_.size();
      where_.push_back({nullptr, static_cast<std::int64_t>(i)});
      result.push_back(field.items ? one(input[i], *field.items) : input[i]);
      where_.pop_back();
      if (violations_.size() == before_item) ++good;
      if (!strict() && field.max_length && good > *field.max_length) {
        violations_.resize(before);
        fits(input, field, input.size());
        return input;
      }
    }
    if (!strict() && violations_.size() == before) fits(input, field, input.size());
    return result;
  }

  Where where() const {
    Where out;
    for (const Step& step : where_) {
      if (step.name != nullptr)
        out.emplace_back(*step.name);
      else
        out.emplace_back(step.index);
    }
    return out;
  }

  const Rules& rules_;
  std::vector<Step> where_;
  std::vector<Violation> violations_;
};

}  // namespace

Violation json_violation(const JsonProblem& problem) {
  return {Kind::kJson, {static_cast<std::int64_t>(problem.position)}, Json(), Json(), problem.text,
          nullptr};
}

Result<Json, std::vector<Violation>> validate(const Json& body, const std::vector<Field>& fields,
                                              bool closed, const Rules& rules) {
  Validation validation(rules);
  if (!body.is_object()) {
    const bool absent = body.is_null() && rules.coercion == Coercion::kLax;
    validation.add(absent ? Kind::kMissing : Kind::kModelType, body, nullptr);
    return Failure{std::move(validation.violations())};
  }
  Json result = validation.object(body, fields, closed);
  if (!validation.violations().empty()) return Failure{std::move(validation.violations())};
  return result;
}

}  // namespace emulator::contract
