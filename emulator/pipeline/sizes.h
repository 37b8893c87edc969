#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/contract/fact_table.h"
#include "emulator/image/picture.h"

// Pixel sizes by the rules contracts write under `size`:
//
//   {rule: area, pixels: 4194304, step: 64, least: "9:21", most: "21:9"}
//       by ratio, about that area
//   {rule: nearest, of: [[1024, 1024], [1392, 752]]}
//       the one of nearest ratio
//   {rule: table, of: {"16:9": [2752, 1536]}}
//       by the text of the ratio
//
// `pixels` may also depend on a field: {pixels: {1k: 1048576, 2k: 4194304}, by: resolution}; see
// `rule_for`. Rules of other names are the dialects' own.
namespace emulator {

// Width over height of "16:9", "2.35:1"; nullopt for other texts and for zero sides.
std::optional<double> ratio_of(std::string_view text);

namespace image {
// A size as a contract writes it: `[1024, 768]`.
void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                Size& out);
std::string kind_of(const contract::FactRow& row, const Size*);
}  // namespace image

// Two ratios, as a contract writes them: `["1:4", "4:1"]`.
struct RatioLimits {
  std::string least, most;

  bool allow(double ratio) const;
};
void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                RatioLimits& out);
std::string kind_of(const contract::FactRow& row, const RatioLimits*);

// The size `rule` gives for a ratio; nullopt when the rule is none of the above, or has no answer.
std::optional<image::Size> size_for(const Json& rule, std::string_view ratio);
std::optional<image::Size> size_for(const Json& rule, double ratio);

// `rule` with the `pixels` that the field named by `by` asks for; as it is when it has no `by`, or
// has no figure for what the field holds.
Json rule_for(const Json& rule, const Json& input);

// Scaled down, keeping the ratio and rounding to `step`, until width * height <= pixels.
image::Size within(image::Size size, double pixels, int step);

// The picture file in a value that holds base64 or a data URI; nullopt for URLs and other texts.
std::optional<std::string> inline_file(std::string_view text);

}  // namespace emulator
