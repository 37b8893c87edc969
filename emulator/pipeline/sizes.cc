#include "emulator/pipeline/sizes.h"

#include <algorithm>
#include <cmath>

#include "emulator/contract/facts.h"

namespace emulator {
namespace {

using contract::AreaSize;
using contract::NearestSize;
using contract::TableSize;

int stepped(double value, int step) {
  return std::max(step, step * static_cast<int>(std::lround(value / step)));
}

std::optional<image::Size> by_area(const AreaSize& rule, double ratio) {
  if (!rule.pixels) return std::nullopt;
  if (rule.least) ratio = std::max(ratio, *rule.least);
  if (rule.most) ratio = std::min(ratio, *rule.most);
  return image::Size{stepped(std::sqrt(*rule.pixels * ratio), rule.step),
                     stepped(std::sqrt(*rule.pixels / ratio), rule.step)};
}

// Nearest by the quotient of ratios, so that 1:2 is as far from 1:1 as 2:1 is.
std::optional<image::Size> by_nearest(const NearestSize& rule, double ratio) {
  std::optional<image::Size> best;
  double least = 0;
  for (const image::Size& size : rule.of) {
    const double off = std::abs(std::log(static_cast<double>(size.width) / size.height / ratio));
    if (best && off >= least) continue;
    best = size;
    least = off;
  }
  return best;
}

// The text of a field; "" where it has none.
std::string_view asked(const Json& input, const std::string& field) {
  const auto found = field.empty() ? input.end() : input.find(field);
  if (found == input.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

}  // namespace

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

std::optional<image::Size> size_for(const contract::SizeRule& rule, double ratio) {
  if (const auto* area = std::get_if<AreaSize>(&rule)) return by_area(*area, ratio);
  if (const auto* nearest = std::get_if<NearestSize>(&rule)) return by_nearest(*nearest, ratio);
  return std::nullopt;
}

std::optional<image::Size> size_for(const contract::SizeRule& rule, std::string_view ratio) {
  if (const auto* table = std::get_if<TableSize>(&rule)) {
    for (const auto& [text, size] : table->of)
      if (text == ratio) return size;
    return std::nullopt;
  }
  const auto parsed = ratio_of(ratio);
  return parsed ? size_for(rule, *parsed) : std::nullopt;
}

contract::SizeRule rule_for(const contract::SizeRule& rule, const Json& input) {
  const auto factor = [&input](const contract::Scale& scale) {
    const auto found = scale.of.find(asked(input, scale.by));
    return found == scale.of.end() ? 1 : found->second;
  };
  if (const auto* area = std::get_if<AreaSize>(&rule)) {
    AreaSize out = *area;
    const auto own = out.pixels_by.find(asked(input, out.scale.by));
    if (own != out.pixels_by.end()) out.pixels = own->second;
    // Worked into the area, so that sides are rounded once.
    const double scale = factor(out.scale);
    if (out.pixels) *out.pixels *= scale * scale;
    return out;
  }
  if (const auto* table = std::get_if<TableSize>(&rule)) {
    const double scale = factor(table->scale);
    TableSize out = *table;
    if (scale != 1)
      for (auto& [text, size] : out.of)
        size = {static_cast<int>(std::lround(size.width * scale)),
                static_cast<int>(std::lround(size.height * scale))};
    return out;
  }
  return rule;
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

}  // namespace emulator
