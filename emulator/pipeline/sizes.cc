#include "emulator/pipeline/sizes.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "emulator/base/text.h"
#include "emulator/contract/facts.h"

namespace emulator {
namespace {

std::optional<double> plain_number(std::string_view text) {
  if (text.empty() || text.size() > 12) return std::nullopt;
  for (const char c : text)
    if ((c < '0' || c > '9') && c != '.') return std::nullopt;
  return std::strtod(std::string(text).c_str(), nullptr);
}

constexpr int kMostSide = 16'384;

int stepped(double value, int step) {
  return std::max(step, step * static_cast<int>(std::lround(value / step)));
}

std::optional<image::Size> by_area(const Json& rule, double ratio) {
  const auto bound = [&](const char* name) -> std::optional<double> {
    const auto found = rule.find(name);
    return found == rule.end() ? std::nullopt : ratio_of(found->get_ref<const std::string&>());
  };
  if (const auto least = bound("least")) ratio = std::max(ratio, *least);
  if (const auto most = bound("most")) ratio = std::min(ratio, *most);
  const double pixels = rule.at("pixels").get<double>();
  const int step = rule.at("step").get<int>();
  return image::Size{stepped(std::sqrt(pixels * ratio), step),
                     stepped(std::sqrt(pixels / ratio), step)};
}

// Nearest by the quotient of ratios, so that 1:2 is as far from 1:1 as 2:1 is.
std::optional<image::Size> by_nearest(const Json& rule, double ratio) {
  std::optional<image::Size> best;
  double least = 0;
  for (const Json& size : rule.at("of")) {
    const double w = size.at(0).get<double>();
    const double h = size.at(1).get<double>();
    const double off = std::abs(std::log(w / h / ratio));
    if (!best || off < least) {
      best = image::Size{static_cast<int>(w), static_cast<int>(h)};
      least = off;
    }
  }
  return best;
}

}  // namespace

std::optional<double> ratio_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto w = plain_number(text.substr(0, colon));
  const auto h = plain_number(text.substr(colon + 1));
  if (!w || !h || *w <= 0 || *h <= 0) return std::nullopt;
  return *w / *h;
}

namespace image {

std::string kind_of(const contract::FactRow&, const Size*) {
  return "a width and a height such as [1024, 768]";
}

void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                Size& out) {
  const Json sides = contract::json_of(part);
  const auto is_side = [](const Json& side) {
    return side.is_number_integer() && side > 0 && side <= kMostSide;
  };
  if (sides.is_array() && sides.size() == 2 && is_side(sides[0]) && is_side(sides[1]))
    out = {sides[0].get<int>(), sides[1].get<int>()};
  else
    read.expected(part, kind_of(row, &out), row.name);
}

}  // namespace image

bool RatioLimits::allow(double ratio) const {
  return ratio >= ratio_of(least).value_or(0) && ratio <= ratio_of(most).value_or(HUGE_VAL);
}

std::string kind_of(const contract::FactRow&, const RatioLimits*) {
  return "two ratios such as \"1:4\" and \"4:1\"";
}

void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                RatioLimits& out) {
  const std::vector<contract::Part> items = read.items(part, row.name);
  const auto text = [&](std::size_t i) {
    return i < items.size() && items[i].is_scalar() ? items[i].node->scalar : std::string();
  };
  if (items.size() == 2 && ratio_of(text(0)) && ratio_of(text(1)))
    out = {text(0), text(1)};
  else if (part.is_sequence())
    read.expected(part, kind_of(row, &out), row.name);
}

std::optional<image::Size> size_for(const Json& rule, double ratio) {
  const std::string name = rule.is_object() ? rule.value("rule", "") : "";
  if (name == "area") return by_area(rule, ratio);
  if (name == "nearest") return by_nearest(rule, ratio);
  return std::nullopt;
}

std::optional<image::Size> size_for(const Json& rule, std::string_view ratio) {
  if (rule.is_object() && rule.value("rule", "") == "table") {
    const Json& table = rule.at("of");
    const auto found = table.find(std::string(ratio));
    if (found == table.end()) return std::nullopt;
    return image::Size{found->at(0).get<int>(), found->at(1).get<int>()};
  }
  const auto parsed = ratio_of(ratio);
  if (!parsed) return std::nullopt;
  return size_for(rule, *parsed);
}

Json rule_for(const Json& rule, const Json& input) {
  if (!rule.is_object() || !rule.contains("by")) return rule;
  const auto asked = input.find(rule.at("by").get_ref<const std::string&>());
  if (asked == input.end() || !asked->is_string()) return rule;
  const auto pixels = rule.at("pixels").find(asked->get_ref<const std::string&>());
  if (pixels == rule.at("pixels").end()) return rule;
  Json out = rule;
  out["pixels"] = *pixels;
  return out;
}

image::Size within(image::Size size, double pixels, int step) {
  const double have = static_cast<double>(size.width) * size.height;
  if (have <= pixels) return size;
  const double factor = std::sqrt(pixels / have);
  const auto down = [&](int side) {
    return std::max(step, static_cast<int>(side * factor) / step * step);
  };
  return {down(size.width), down(size.height)};
}

std::optional<std::string> inline_file(std::string_view text) {
  if (starts_with_name(text, "data:")) {
    const auto comma = text.find(',');
    if (comma == std::string_view::npos ||
        text.substr(0, comma).find("base64") == std::string_view::npos)
      return std::nullopt;
    return from_base64(text.substr(comma + 1));
  }
  if (starts_with_name(text, "http://") || starts_with_name(text, "https://")) return std::nullopt;
  return from_base64(text);
}

}  // namespace emulator
