// Conversions as pydantic 2 makes them in lax mode, or none at all.
#include "emulator/contract/coerce.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "emulator/base/ascii.h"
#include "emulator/base/text.h"

namespace emulator::contract {
namespace {

using Kind = Violation::Kind;

Coerced good(Json value) { return {std::move(value), std::nullopt, {}}; }
Coerced bad(Kind kind, std::string text = {}) { return {Json(), kind, std::move(text)}; }

// "1_000" as "1000"; what has an underscore elsewhere than between digits stays and will not parse.
std::string without_underscores(std::string_view text) {
  std::string plain(text);
  if (text.empty() || text.front() == '_' || text.back() == '_' ||
      text.find("__") != std::string_view::npos)
    return plain;
  plain.erase(std::remove(plain.begin(), plain.end(), '_'), plain.end());
  return plain;
}

// A sign and digits; "3.00" counts as 3.
Coerced integer_from_text(std::string_view text) {
  constexpr std::size_t kLongest = 4300;  // beyond it Python itself refuses
  if (text.size() > kLongest) return bad(Kind::kIntTooLarge);
  std::string_view number = trimmed(text);
  if (const std::size_t point = number.find('.'); point != std::string_view::npos) {
    if (number.find_first_not_of('0', point + 1) != std::string_view::npos)
      return bad(Kind::kIntParsing);
    number = number.substr(0, point);
  }
  std::string digits = without_underscores(number);
  if (!digits.empty() && digits[0] == '+') digits.erase(0, 1);
  const std::size_t first = !digits.empty() && digits[0] == '-' ? 1 : 0;
  if (digits.size() == first ||
      !std::all_of(digits.begin() + static_cast<std::ptrdiff_t>(first), digits.end(), is_digit))
    return bad(Kind::kIntParsing);
  std::int64_t small = 0;
  const char* const end = digits.data() + digits.size();
  if (std::from_chars(digits.data(), end, small).ec == std::errc()) return good(small);
  std::uint64_t large = 0;
  if (first == 0 && std::from_chars(digits.data(), end, large).ec == std::errc())
    return good(large);
  digits.erase(first, digits.find_first_not_of('0', first) - first);
  return good(big_integer(digits));
}

Coerced integer_from_double(const Json& value, double number) {
  if (!std::isfinite(number)) return bad(Kind::kFiniteNumber);
  if (std::trunc(number) != number) return bad(Kind::kIntFromFloat);
  // One outside 64 bits, written with a point or an exponent, stays what it is.
  constexpr double kLimit = 9223372036854775808.0;
  if (number < -kLimit || number >= kLimit) return good(value);
  return good(static_cast<std::int64_t>(number));
}

// What Rust's f64 parser takes: digits with point and exponent, "inf", "infinity" and "nan".
std::optional<double> double_from_text(std::string_view text) {
  std::string plain = lower_case(without_underscores(trimmed(text)));
  const bool negative = !plain.empty() && plain[0] == '-';
  if (!plain.empty() && (plain[0] == '-' || plain[0] == '+')) plain.erase(0, 1);
  const double sign = negative ? -1 : 1;
  if (plain == "inf" || plain == "infinity") return sign * std::numeric_limits<double>::infinity();
  if (plain == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (plain.empty() || !(is_digit(plain[0]) || plain[0] == '.')) return std::nullopt;
  double number = 0;
  const char* const end = plain.data() + plain.size();
  const auto [stop, error] = std::from_chars(plain.data(), end, number);
  if (stop != end) return std::nullopt;
  if (error != std::errc()) number = std::strtod(plain.c_str(), nullptr);
  return sign * number;
}

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool has_surrogate(std::string_view text) {
  for (std::size_t at = text.find('\xED'); at != std::string_view::npos;
       at = text.find('\xED', at + 1))
    if (code_point_at(text, at).is_surrogate()) return true;
  return false;
}

}  // namespace

Coerced to_integer(const Json& value, Coercion coercion) {
  if (value.is_number_float()) return integer_from_double(value, value.get<double>());
  if (value.is_number() || is_big_integer(value)) return good(value);
  if (coercion == Coercion::kStrict) return bad(Kind::kIntType);
  if (value.is_boolean()) return good(value.get<bool>() ? 1 : 0);
  if (value.is_string()) return integer_from_text(value.get_ref<const std::string&>());
  return bad(Kind::kIntType);
}

Coerced to_number(const Json& value, Coercion coercion) {
  if (is_big_integer(value))
    return good(coercion == Coercion::kStrict ? value : Json(amount_of(value)));
  if (value.is_number()) {
    if (coercion == Coercion::kStrict && value.is_number_float() &&
        !std::isfinite(value.get<double>()))
      return bad(Kind::kFiniteNumber);
    return good(value.is_number_float() || coercion == Coercion::kStrict
                    ? value
                    : Json(value.get<double>()));
  }
  if (coercion == Coercion::kStrict) return bad(Kind::kFloatType);
  if (value.is_boolean()) return good(value.get<bool>() ? 1.0 : 0.0);
  if (!value.is_string()) return bad(Kind::kFloatType);
  const auto number = double_from_text(value.get_ref<const std::string&>());
  return number ? good(*number) : bad(Kind::kFloatParsing);
}

Coerced to_boolean(const Json& value, Coercion coercion) {
  if (value.is_boolean()) return good(value);
  if (coercion == Coercion::kStrict) return bad(Kind::kBoolType);
  if (value.is_string()) {
    const std::string word = lower_case(value.get_ref<const std::string&>());
    if (is_any_of(word, {"1", "on", "t", "true", "y", "yes"})) return good(true);
    if (is_any_of(word, {"0", "off", "f", "false", "n", "no"})) return good(false);
    return bad(Kind::kBoolParsing);
  }
  if (is_big_integer(value)) return bad(Kind::kBoolParsing);
  if (!value.is_number()) return bad(Kind::kBoolType);
  const double number = value.get<double>();
  if (std::trunc(number) != number || !std::isfinite(number)) return bad(Kind::kBoolType);
  if (number != 0 && number != 1) return bad(Kind::kBoolParsing);
  return good(number == 1);
}

Coerced to_text(const Json& value) {
  if (!value.is_string()) return bad(Kind::kStringType);
  if (has_surrogate(value.get_ref<const std::string&>())) return bad(Kind::kStringUnicode);
  return good(value);
}

}  // namespace emulator::contract
