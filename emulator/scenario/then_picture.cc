#include <algorithm>

#include "emulator/base/text.h"
#include "emulator/image/picture.h"
#include "emulator/scenario/keys.h"
#include "emulator/scenario/then_parts.h"

// Reads `image`: what is wrong with a picture.
namespace emulator::scenario {

namespace {

// `1x1` into width and height.
bool read_pixels(Reader& reader, const yaml::Node& node, ImageTrouble& image) {
  const std::string_view text = node.scalar;
  const std::size_t cross = text.find('x');
  const auto side = [&](std::string_view digits) {
    int pixels = 0;
    if (digits.empty() || digits.size() > 5) return 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return 0;
      pixels = pixels * 10 + (c - '0');
    }
    return pixels <= image::kMostSide ? pixels : 0;
  };
  if (node.is_scalar() && cross != std::string_view::npos) {
    image.width = side(text.substr(0, cross));
    image.height = side(text.substr(cross + 1));
    if (image.width > 0 && image.height > 0) return true;
  }
  reader.expected(node, "size",
                  "pixels such as 1x1, at most " + std::to_string(image::kMostSide) + " a side");
  return false;
}

// Only what lies beside the scenario file, and is not hidden.
bool is_path_inside(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.find('\0') != std::string_view::npos)
    return false;
  if (path.find('\\') != std::string_view::npos) return false;
  const std::vector<std::string_view> parts = split(path, '/');
  return std::none_of(parts.begin(), parts.end(),
                      [](std::string_view part) { return part.starts_with('.') && part != "."; });
}

}  // namespace

void read_image(Reader& reader, const yaml::Node& node, Then& then) {
  ImageTrouble image;
  if (node.is_scalar()) {
    const auto kind = from_word(node.scalar, kImageWords);
    if (!kind) return reader.unknown_word(node, "image", texts_of(kImageWords));
    image.kind = *kind;
    then.image = std::move(image);
    return;
  }
  if (!node.is_mapping() || node.entries.empty()) {
    return reader.expected(node, "image",
                           "one of " + listed(texts_of(kImageWords)) +
                               ", or {size: 1x1}, {style: cells}, {caption: off} or {file: PATH}");
  }
  struct Row {
    std::string_view name;
    void (*read)(Reader&, const yaml::Node&, ImageTrouble&);
  };
  static constexpr Row kRows[] = {
      {"size", [](Reader& r, const yaml::Node& v, ImageTrouble& i) { read_pixels(r, v, i); }},
      {"style",
       [](Reader& r, const yaml::Node& value, ImageTrouble& trouble) {
         if (std::find(kStyles.begin(), kStyles.end(), value.scalar) != kStyles.end()) {
           trouble.style = value.scalar;
         } else {
           r.unknown_word(value, "style", {kStyles.begin(), kStyles.end()});
         }
       }},
      {"caption",
       [](Reader& r, const yaml::Node& value, ImageTrouble& trouble) {
         const bool on = value.scalar == "on";
         if (!on && value.scalar != "off") return r.unknown_word(value, "caption", {"on", "off"});
         trouble.caption = on;
       }},
      {"file",
       [](Reader& r, const yaml::Node& value, ImageTrouble& trouble) {
         if (!r.may_name_files()) {
           return r.problem(value.at,
                            "\"file\" stands only in the file of --scenario: what a request "
                            "carries names no file");
         }
         if (!value.is_scalar() || !is_path_inside(value.scalar)) {
           return r.expected(
               value, "file",
               "a path below the scenario file's folder, without \"..\" and hidden files");
         }
         trouble.kind = ImageTrouble::Kind::kFile;
         trouble.file = value.scalar;
       }},
  };
  read_keys(reader, node, "image", kRows,
            [&](const Row& row, const yaml::Node&, const yaml::Node& value) {
              row.read(reader, value, image);
            });
  if (node.find("file") && node.entries.size() > 1) {
    reader.problem(node.at, "\"image\": a file is sent as it is: leave out the rest");
  }
  then.image = std::move(image);
}

Json image_schema() {
  Json parts = object_schema({{"size", {{"type", "string"}, {"pattern", "^[0-9]+x[0-9]+$"}}},
                              {"style", one_of_texts({kStyles.begin(), kStyles.end()})},
                              {"caption", one_of_texts({"on", "off"})},
                              {"file", {{"type", "string"}, {"minLength", 1}}}});
  parts["minProperties"] = 1;
  return {{"anyOf", Json::array({one_of_texts(texts_of(kImageWords)), std::move(parts)})}};
}

}  // namespace emulator::scenario
