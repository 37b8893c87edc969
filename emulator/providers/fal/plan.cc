#include "emulator/providers/fal/plan.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "emulator/base/text.h"
#include "emulator/pipeline/sizes.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/image_size.h"
#include "emulator/providers/fal/names.h"

namespace emulator::fal {
namespace {

using contract::Contract;
using contract::Endpoint;

constexpr double kOneK = 1024.0 * 1024;
constexpr image::Size kSquare{1024, 1024};

const Json* asked_for(const Json& input, const char* name) {
  const auto found = input.find(name);
  return found == input.end() || found->is_null() ? nullptr : &*found;
}

std::optional<double> area_of_resolution(const Json& input, const Contract& contract) {
  const std::string name = lower_case(text_in(input, "resolution"));
  const auto& areas = facts_of(contract).resolutions;
  const auto found = areas.find(name);
  return found == areas.end() ? std::nullopt : std::optional(found->second);
}

image::Size scaled(image::Size size, double factor) {
  return {std::max(1, static_cast<int>(std::lround(size.width * factor))),
          std::max(1, static_cast<int>(std::lround(size.height * factor)))};
}

// Enlarged, its ratio kept, until it has that many pixels.
image::Size at_least(image::Size size, double pixels) {
  const double have = static_cast<double>(size.width) * size.height;
  if (have >= pixels) return size;
  const double factor = std::sqrt(pixels / have);
  return {static_cast<int>(std::ceil(size.width * factor)),
          static_cast<int>(std::ceil(size.height * factor))};
}

image::Size by_ratio(const Json& input, contract::SizeRule rule, const Contract& contract,
                     std::optional<image::Size> given) {
  const auto resolution = area_of_resolution(input, contract);
  auto* const area = std::get_if<contract::AreaSize>(&rule);
  if (area != nullptr && (resolution || !area->pixels)) area->pixels = resolution.value_or(kOneK);
  std::optional<image::Size> size = size_for(rule, text_in(input, "aspect_ratio"));
  if (!size && given) size = size_for(rule, static_cast<double>(given->width) / given->height);
  if (!size) size = size_for(rule, "1:1");
  if (!size) return kSquare;
  return area != nullptr || !resolution ? *size : scaled(*size, std::sqrt(*resolution / kOneK));
}

// The area a name such as auto_2K stands for, at the ratio of the given picture.
image::Size by_name(const Json& asked, const Contract& contract, std::optional<image::Size> given) {
  const auto& areas = facts_of(contract).auto_sizes;
  if (asked.is_string())
    if (const auto area = areas.find(asked.get<std::string>()); area != areas.end()) {
      const double ratio = given ? static_cast<double>(given->width) / given->height : 1;
      const double pixels = area->second;
      return {std::max(8, static_cast<int>(std::lround(std::sqrt(pixels * ratio) / 8)) * 8),
              std::max(8, static_cast<int>(std::lround(std::sqrt(pixels / ratio) / 8)) * 8)};
    }
  return given.value_or(kSquare);
}

image::Size by_image_size(const Json* asked, double least_pixels, const Contract& contract,
                          std::optional<image::Size> given) {
  if (asked == nullptr) return given.value_or(kSquare);
  const image::Size size = pixels_of(*asked, contract).value_or(by_name(*asked, contract, given));
  return at_least(size, least_pixels);
}

image::Size size_of_output(const Json& input, const Endpoint& endpoint, const Contract& contract,
                           std::optional<image::Size> given) {
  const Json* const asked = asked_for(input, "image_size");
  if (const auto* rule = std::get_if<contract::InputSize>(&endpoint.size))
    return given.value_or(rule->usual);
  if (const auto* rule = std::get_if<contract::NamedSize>(&endpoint.size))
    return by_image_size(asked, rule->least_pixels, contract, given);
  const auto* rule = std::get_if<contract::AskedSize>(&endpoint.size);
  if (rule == nullptr) return by_ratio(input, endpoint.size, contract, given);
  if (asked != nullptr) return by_image_size(asked, 0, contract, given);
  if (asked_for(input, "aspect_ratio") == nullptr && asked_for(input, "resolution") == nullptr)
    return pixels_of(rule->otherwise, contract).value_or(kSquare);
  contract::AreaSize area;
  area.step = rule->step;
  area.least = rule->least;
  area.most = rule->most;
  return by_ratio(input, area, contract, given);
}

image::Format format_of(const Json& input, const Endpoint& endpoint) {
  const std::string_view word = format_word_in(input, endpoint.fields);
  return format_named(word.empty() ? facts_of(endpoint).format : word);
}

}  // namespace

Plan plan_for(const Json& input, const Endpoint& endpoint, const Contract& contract,
              std::optional<image::Size> given) {
  Plan plan;
  const image::Size size =
      within(size_of_output(input, endpoint, contract, given), image::kMostPixels, 1);
  plan.width = std::min(size.width, image::kMostSide);
  plan.height = std::min(size.height, image::kMostSide);
  plan.format = format_of(input, endpoint);
  plan.quality = facts_of(contract).jpeg_quality;
  if (const auto count = input.find("num_images"); count != input.end() && count->is_number())
    plan.count = static_cast<std::uint8_t>(std::clamp(count->get<int>(), 1, 255));
  return plan;
}

double units_of(const Plan& plan, const Endpoint& endpoint) {
  if (!facts_of(endpoint).by_megapixel()) return plan.count;
  return plan.count * std::ceil(static_cast<double>(plan.width) * plan.height / 1'048'576);
}

double unit_price(const Json& input, const Endpoint& endpoint) {
  const auto& prices = facts_of(endpoint).prices;
  return prices ? contract::price_in(*prices, input).value_or(endpoint.price) : endpoint.price;
}

}  // namespace emulator::fal
