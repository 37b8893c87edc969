#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/contract/fact_table.h"
#include "emulator/image/picture.h"

namespace emulator::image {
// A size as a contract writes it: `[1024, 768]`.
void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                Size& out);
std::string kind_of(const contract::FactRow& row, const Size*);
}  // namespace emulator::image

// How the pixel size of a picture is found: `size: { rule: WORD, ... }` of an endpoint. Which rules
// a provider's endpoints may have is its dialect's business; pipeline/sizes.h works out those by
// ratio.
namespace emulator::contract {

// What two sizes by ratio have in common: a factor of the sides by the value of a field.
struct Scale {
  std::string by;                                 // the field; "" for none
  std::map<std::string, double, std::less<>> of;  // by its value; 1 for any other
};

// `{rule: area, pixels: 4194304, step: 64, least: "9:21", most: "21:9"}`: by ratio, about that
// area, in steps. `pixels` may depend on a field: `{pixels: {1k: 1048576, 2k: 4194304}, by:
// resolution}`.
struct AreaSize {
  std::optional<double> pixels;
  std::map<std::string, double, std::less<>> pixels_by;  // by the value of the field `scale.by`
  Scale scale;
  int step = 1;
  std::optional<double> least, most;  // ratios; others are brought within
  std::string otherwise;              // ratio, input: what counts where no ratio is asked for
  bool free = false;                  // the ratio may be any text of the form W:H
};

// `{rule: nearest, of: [[1024, 1024], [1392, 752]]}`: the one of nearest ratio.
struct NearestSize {
  std::vector<image::Size> of;
};

// `{rule: table, of: {"16:9": [2752, 1536]}}`: by the text of the ratio.
struct TableSize {
  std::vector<std::pair<std::string, image::Size>> of;
  Scale scale;
  std::string otherwise;  // ratio: without one, by that of the picture sent in
};

// `{rule: fields}`: width and height are fields.
struct FieldsSize {
  image::Size usual{1024, 768};  // `default`
  std::optional<double> pixels;  // at most, in steps
  int step = 1;
};

// `{rule: input}`: that of the first picture sent in; with `margins` and what is added to its
// sides.
struct InputSize {
  image::Size usual{1024, 1024};  // `default`
  bool margins = false;
};

// `{rule: fields_or_input, step: 16, pixels: 4194304}`: width and height, each else as the first
// picture has it.
struct FieldsOrInputSize {
  image::Size usual{1024, 1024};  // `default`
  int step = 1;
  double pixels = 0;  // at most
};

// `{rule: text, usual: [2048, 2048]}`: a field `size` such as "1024*768".
struct TextSize {
  image::Size usual{1024, 1024};
};

// `{rule: image_size, least_pixels: 921600}`: a field `image_size`, a name or two sides.
struct NamedSize {
  double least_pixels = 0;
};

// `{rule: asked, otherwise: square_hd, step: 16}`: `image_size`, else ratio and resolution, else a
// size by its name.
struct AskedSize {
  std::string otherwise;
  int step = 1;
  std::optional<double> least, most;  // ratios
};

using SizeRule = std::variant<std::monostate, AreaSize, NearestSize, TableSize, FieldsSize,
                              InputSize, FieldsOrInputSize, TextSize, NamedSize, AskedSize>;

// Width over height of "16:9", "2.35:1"; nullopt for other texts and for zero sides.
std::optional<double> ratio_of(std::string_view text);

// `size:` of an endpoint.
SizeRule read_size_rule(Reader& read, const Part& part);

}  // namespace emulator::contract
