#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/contract/fact_table.h"
#include "emulator/contract/size_rule.h"
#include "emulator/image/picture.h"

// Pixel sizes by the rules contracts write under `size` (contract/size_rule.h).
namespace emulator {

using contract::ratio_of;

// Two ratios, as a contract writes them: `["1:4", "4:1"]`.
struct RatioLimits {
  std::string least, most;

  bool allow(double ratio) const;
};
void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                RatioLimits& out);
std::string kind_of(const contract::FactRow& row, const RatioLimits*);

// The size `rule` gives for a ratio: by area, by the nearest or by a table of texts; nullopt when
// the rule is of another kind, or has no answer.
std::optional<image::Size> size_for(const contract::SizeRule& rule, std::string_view ratio);
std::optional<image::Size> size_for(const contract::SizeRule& rule, double ratio);

// `rule` as an input has it: with the `pixels` and the scale of the sides that the field it names
// asks for.
contract::SizeRule rule_for(const contract::SizeRule& rule, const Json& input);

// Scaled down, keeping the ratio and rounding to `step`, until width * height <= pixels.
image::Size within(image::Size size, double pixels, int step);

}  // namespace emulator
