#include "emulator/providers/wavespeed/terms.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "emulator/pipeline/body.h"
#include "emulator/pipeline/sizes.h"
#include "emulator/providers/wavespeed/facts.h"

namespace emulator::wavespeed {
namespace {

using contract::Endpoint;

// Sides are kept within what can be drawn, however large a size is asked for.
image::Size drawable(image::Size size) {
  const auto side = [](int asked) { return std::clamp(asked, 1, image::kMostSide); };
  return within({side(size.width), side(size.height)}, image::kMostPixels, 1);
}

// By a ratio that stands in no table: the nearest of the table's sizes.
std::optional<image::Size> nearest_size(const contract::SizeRule& rule, double ratio) {
  const auto* table = std::get_if<contract::TableSize>(&rule);
  if (table == nullptr) return size_for(rule, ratio);
  contract::NearestSize sizes;
  for (const auto& [text, size] : table->of) sizes.of.push_back(size);
  return size_for(sizes, ratio);
}

// Whether a size is found by the picture that came in, or for a square, where no ratio is asked
// for.
bool goes_by_ratio(const contract::SizeRule& rule) {
  const auto does = [](const auto& one) {
    return one.otherwise == "ratio" || !one.scale.of.empty();
  };
  if (const auto* area = std::get_if<contract::AreaSize>(&rule)) return does(*area);
  const auto* table = std::get_if<contract::TableSize>(&rule);
  return table != nullptr && does(*table);
}

double price_of_one(const Endpoint& endpoint, const Json& input) {
  const Prices& prices = facts_of(endpoint).prices;
  const auto own = prices.of.find(text_in(input, prices.by));
  double price = own == prices.of.end() ? endpoint.price : own->second;
  for (const auto& [flag, more] : prices.plus)
    if (flag_in(input, flag)) price += more;
  return price;
}

}  // namespace

std::optional<image::Size> size_in(std::string_view text) {
  const auto star = text.find('*');
  if (star == std::string_view::npos) return std::nullopt;
  const auto side = [](std::string_view digits) -> std::optional<int> {
    int value = 0;
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = bad == std::errc() && end == digits.data() + digits.size();
    return whole && value > 0 ? std::optional(value) : std::nullopt;
  };
  const auto width = side(text.substr(0, star));
  const auto height = side(text.substr(star + 1));
  if (!width || !height) return std::nullopt;
  return image::Size{*width, *height};
}

image::Size output_size(const Json& input, const Endpoint& endpoint,
                        std::optional<image::Size> given) {
  if (const auto asked = size_in(text_in(input, "size"))) return drawable(*asked);
  const contract::SizeRule rule = rule_for(endpoint.size, input);
  if (const std::string_view ratio = text_in(input, "aspect_ratio"); !ratio.empty())
    if (const auto size = size_for(rule, ratio)) return drawable(*size);
  if (goes_by_ratio(rule)) {
    const double ratio = given ? static_cast<double>(given->width) / given->height : 1;
    if (const auto size = nearest_size(rule, ratio)) return drawable(*size);
  }
  const auto* text = std::get_if<contract::TextSize>(&rule);
  return drawable(given.value_or(text != nullptr ? text->usual : image::Size{1024, 1024}));
}

std::uint8_t picture_count(const Json& input, const Endpoint& endpoint) {
  const Json* count = member_in(input, facts_of(endpoint).count);
  if (count == nullptr || !count->is_number()) return 1;
  constexpr double kMost = 16;  // that many links a task has room for
  return static_cast<std::uint8_t>(std::clamp(count->get<double>(), 1.0, kMost));
}

double cost_of(const Endpoint& endpoint, const Json& input) {
  return price_of_one(endpoint, input) * picture_count(input, endpoint);
}

}  // namespace emulator::wavespeed
