#include "emulator/providers/wavespeed/terms.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "emulator/pipeline/sizes.h"

namespace emulator::wavespeed {
namespace {

using contract::Endpoint;

const Json* member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(std::string(name));
  return found == object.end() ? nullptr : &*found;
}

std::string text_of(const Json& object, std::string_view name) {
  const Json* found = member(object, name);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

// Sides are kept within what can be drawn, however large a size is asked for.
image::Size drawable(image::Size size) {
  constexpr int kMostSide = 16'384;
  constexpr double kMostPixels = 64.0 * 1024 * 1024;
  return within({std::clamp(size.width, 1, kMostSide), std::clamp(size.height, 1, kMostSide)},
                kMostPixels, 1);
}

// The factor of the sides, by the field the rule names.
double scale_of(const Json& rule, const Json& input) {
  const Json* scales = member(rule, "scale");
  if (scales == nullptr) return 1;
  const Json* factor = member(*scales, text_of(input, text_of(rule, "by")));
  return factor != nullptr && factor->is_number() ? factor->get<double>() : 1;
}

// The rule with its scale worked in, so that areas are rounded once.
Json scaled(const Json& rule, const Json& input) {
  const double scale = scale_of(rule, input);
  if (scale == 1) return rule;
  Json out = rule;
  if (text_of(rule, "rule") == "area")
    out["pixels"] = rule.at("pixels").get<double>() * scale * scale;
  else if (text_of(rule, "rule") == "table")
    for (Json& size : out.at("of"))
      for (Json& side : size) side = static_cast<int>(std::lround(side.get<double>() * scale));
  return out;
}

// By a ratio that stands in no table: the nearest of the table's sizes.
std::optional<image::Size> nearest_size(const Json& rule, double ratio) {
  if (text_of(rule, "rule") != "table") return size_for(rule, ratio);
  Json sizes = Json::array();
  for (const Json& size : rule.at("of")) sizes.push_back(size);
  return size_for(Json{{"rule", "nearest"}, {"of", std::move(sizes)}}, ratio);
}

double price_of_one(const Endpoint& endpoint, const Json& input) {
  const Json* prices = member(endpoint.extra, "prices");
  if (prices == nullptr) return endpoint.price;
  double price = endpoint.price;
  if (const Json* of = member(*prices, "of"))
    if (const Json* own = member(*of, text_of(input, text_of(*prices, "by"))))
      price = own->get<double>();
  if (const Json* plus = member(*prices, "plus"))
    for (const auto& [flag, more] : plus->get_ref<const Json::object_t&>())
      if (const Json* set = member(input, flag); set != nullptr && *set == true)
        price += more.get<double>();
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
  if (const auto asked = size_in(text_of(input, "size"))) return drawable(*asked);
  const Json rule = scaled(endpoint.size, input);
  if (const std::string ratio = text_of(input, "aspect_ratio"); !ratio.empty())
    if (const auto size = size_for(rule, std::string_view(ratio))) return drawable(*size);
  const bool by_ratio = text_of(rule, "otherwise") == "ratio" || member(rule, "scale") != nullptr;
  if (by_ratio) {
    const double ratio = given ? static_cast<double>(given->width) / given->height : 1;
    if (const auto size = nearest_size(rule, ratio)) return drawable(*size);
  }
  image::Size usual{1024, 1024};
  if (const Json* own = member(rule, "usual"))
    usual = {own->at(0).get<int>(), own->at(1).get<int>()};
  return drawable(given.value_or(usual));
}

std::uint8_t picture_count(const Json& input, const Endpoint& endpoint) {
  const std::string own = text_of(endpoint.extra, "count");
  const Json* count = member(input, own.empty() ? "num_images" : own);
  if (count == nullptr || !count->is_number()) return 1;
  constexpr double kMost = 16;  // that many links a task has room for
  return static_cast<std::uint8_t>(std::clamp(count->get<double>(), 1.0, kMost));
}

double cost_of(const Endpoint& endpoint, const Json& input) {
  return price_of_one(endpoint, input) * picture_count(input, endpoint);
}

}  // namespace emulator::wavespeed
