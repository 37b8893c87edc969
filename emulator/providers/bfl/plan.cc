// Sizes and prices of pictures, by the rules of the contract.
#include "emulator/providers/bfl/plan.h"

#include <algorithm>
#include <cmath>

#include "emulator/base/text.h"
#include "emulator/pipeline/body.h"
#include "emulator/pipeline/sizes.h"
#include "emulator/providers/bfl/facts.h"

namespace emulator::bfl {
namespace {

using contract::Contract;
using contract::Endpoint;
using contract::Field;

constexpr double kMegapixel = 1'048'576;  // BFL counts in powers of two

double two_decimals(double value) { return std::round(value * 100) / 100; }

// The ratio a prompt asks for by name, among those the endpoint has; "" when it names none. A
// figure that is part of a longer one ("16:90") does not count.
std::string_view ratio_in_prompt(std::string_view prompt, const Field& ratios) {
  const auto is_digit = [&](std::size_t at) {
    return at < prompt.size() && prompt[at] >= '0' && prompt[at] <= '9';
  };
  for (const Json& known : ratios.options) {
    const std::string_view text = known.get_ref<const std::string&>();
    if (text.find(':') == std::string_view::npos) continue;
    for (auto at = prompt.find(text); at != std::string_view::npos; at = prompt.find(text, at + 1))
      if (!(at > 0 && is_digit(at - 1)) && !is_digit(at + text.size())) return text;
  }
  return "";
}

// The ratio the caller wants; "" leaves it to the first picture sent in. `auto` takes one that the
// prompt asks for.
std::string_view ratio_asked(const Json& input, const Endpoint& endpoint) {
  const std::string_view ratio = text_in(input, "aspect_ratio");
  const Field* field = endpoint.field("aspect_ratio");
  if (ratio != "auto" || field == nullptr) return ratio;
  return ratio_in_prompt(text_in(input, "prompt"), *field);
}

image::Size by_ratio(const contract::SizeRule& rule, std::string_view ratio,
                     const InputImages& images) {
  constexpr image::Size kSquare{1024, 1024};
  if (!ratio.empty()) return size_for(rule, ratio).value_or(kSquare);
  if (images.first)
    return size_for(rule, static_cast<double>(images.first->width) / images.first->height)
        .value_or(kSquare);
  // Rules by a class of area have a square of their own; the others leave it at 1024.
  const auto* area = std::get_if<contract::AreaSize>(&rule);
  return area != nullptr && !area->scale.by.empty() ? size_for(rule, 1.0).value_or(kSquare)
                                                    : kSquare;
}

}  // namespace

image::Size output_size(const Json& input, const Endpoint& endpoint, const InputImages& images) {
  if (const auto* rule = std::get_if<contract::FieldsSize>(&endpoint.size))
    return {number_in(input, "width").value_or(rule->usual.width),
            number_in(input, "height").value_or(rule->usual.height)};
  if (const auto* rule = std::get_if<contract::InputSize>(&endpoint.size)) {
    image::Size size = images.first.value_or(rule->usual);
    if (!rule->margins) return size;
    size.width += number_in(input, "left").value_or(0) + number_in(input, "right").value_or(0);
    size.height += number_in(input, "top").value_or(0) + number_in(input, "bottom").value_or(0);
    return size;
  }
  if (const auto* rule = std::get_if<contract::FieldsOrInputSize>(&endpoint.size)) {
    const image::Size usual = images.first.value_or(rule->usual);
    // Sides beyond the largest picture are brought within it below.
    const auto side = [&](const char* field, int otherwise) {
      const int asked = std::min(number_in(input, field).value_or(otherwise), 65'536);
      return std::max(rule->step, asked / rule->step * rule->step);
    };
    return within({side("width", usual.width), side("height", usual.height)}, rule->pixels,
                  rule->step);
  }
  return by_ratio(rule_for(endpoint.size, input), ratio_asked(input, endpoint), images);
}

image::Format format_in(const Json& input, const Endpoint& endpoint) {
  const std::string& only = facts_of(endpoint).format;
  return format_named(only.empty() ? format_word_in(input, endpoint.fields) : only);
}

double price_of(const Json& input, const Endpoint& endpoint, image::Size size,
                const InputImages& images) {
  const EndpointFacts& facts = facts_of(endpoint);
  if (facts.price_by) return contract::price_in(*facts.price_by, input).value_or(endpoint.price);
  if (!facts.megapixels) return endpoint.price;
  const double made = static_cast<double>(size.width) * size.height / kMegapixel;
  const double given = images.pixels / kMegapixel;
  const double further = facts.megapixels->further;
  return two_decimals(facts.megapixels->first + further * std::max(0.0, std::ceil(made) - 1) +
                      further * std::ceil(given));
}

void note_megapixels(Json& note, const Endpoint& endpoint, image::Size size,
                     const InputImages& images) {
  if (!facts_of(endpoint).megapixels) return;
  note["input_mp"] = two_decimals(images.pixels / kMegapixel);
  note["output_mp"] = two_decimals(static_cast<double>(size.width) * size.height / kMegapixel);
}

std::optional<std::string> canvas_problem(const Json& input, const Endpoint& endpoint,
                                          const InputImages& images, const Contract& contract) {
  if (facts_of(endpoint).needs != "canvas" || !images.first || flag_in(input, "auto_crop"))
    return std::nullopt;
  // Null centres the picture, which then fits when it is no larger.
  const auto fits = [&](const char* offset, const char* side, int length) {
    const int canvas = number_in(input, side).value_or(0);
    const int from = number_in(input, offset).value_or((canvas - length) / 2);
    return length <= canvas && from >= 0 && from + length <= canvas;
  };
  if (fits("reference_offset_x", "width", images.first->width) &&
      fits("reference_offset_y", "height", images.first->height))
    return std::nullopt;
  return facts_of(contract).canvas_text;
}

std::string megapixels(double pixels) {
  const double binary = pixels / kMegapixel;
  return std::to_string(std::lround(binary == std::floor(binary) ? binary : pixels / 1e6));
}

}  // namespace emulator::bfl
