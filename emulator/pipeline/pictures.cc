#include "emulator/pipeline/pictures.h"

#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/image/drawing.h"

namespace emulator {

using scenario::ImageTrouble;
using Kind = ImageTrouble::Kind;

std::string prompt_without_directives(std::string_view prompt) {
  std::string out;
  while (true) {
    const auto open = prompt.find("[[");
    const auto close = open == std::string_view::npos ? open : prompt.find("]]", open);
    if (close == std::string_view::npos) break;
    out += prompt.substr(0, open);
    prompt.remove_prefix(close + 2);
  }
  out += prompt;
  return std::string(trimmed(out));
}

image::Picture picture_of(const Dialect& dialect, const Task& task, int index,
                          const std::optional<ImageTrouble>& trouble) {
  image::Picture picture;
  picture.width = task.plan.width;
  picture.height = task.plan.height;
  picture.format = task.plan.format;
  picture.quality = task.plan.quality;
  picture.caption = task.plan.caption;
  picture.provider = dialect.contract().doors.provider;
  picture.model = task.endpoint;
  picture.seed = task.seed.number;
  if (task.seed.text) picture.seed_text = *task.seed.text;
  picture.prompt = prompt_without_directives(task.prompt);
  picture.index = index;
  picture.black = dialect.pictures() != nullptr && dialect.pictures()->blacks_out(task, index);
  if (!trouble) return picture;
  if (trouble->width > 0) picture.width = trouble->width;
  if (trouble->height > 0) picture.height = trouble->height;
  if (trouble->style == "smooth") picture.style = image::Style::kSmooth;
  if (trouble->style == "noise") picture.style = image::Style::kNoise;
  if (trouble->caption) picture.caption = *trouble->caption;
  if (trouble->kind == Kind::kBlack) picture.black = true;
  if (trouble->kind == Kind::kWrongSize) ++picture.width;
  if (trouble->kind == Kind::kRotated) picture.rotated = 6;
  // Another format than the one announced.
  if (trouble->kind == Kind::kWrongType)
    picture.format =
        picture.format == image::Format::kPng ? image::Format::kJpeg : image::Format::kPng;
  return picture;
}

std::string picture_tag(const image::Picture& picture) {
  std::uint64_t hash = hash_of(picture.prompt, picture.seed);
  hash = hash_of(picture.seed_text, hash_of(picture.model, hash));
  hash = hash_of(picture.provider, hash);
  for (const int part :
       {picture.width, picture.height, static_cast<int>(picture.format), picture.quality,
        static_cast<int>(picture.style), picture.index, static_cast<int>(picture.black),
        picture.rotated, static_cast<int>(picture.caption)})
    hash = mixed(hash ^ mixed(static_cast<std::uint64_t>(part) + 1));
  Draw draw(hash);
  return hex_id(draw, 16);
}

PictureFile rendered(const image::Picture& picture, const std::optional<ImageTrouble>& trouble,
                     const FileReader& read_file) {
  Unhindered pace;
  return rendered(picture, trouble, read_file, pace);
}

std::string_view announced_type(const image::Picture& picture,
                                const std::optional<ImageTrouble>& trouble) {
  if (!trouble || trouble->kind != Kind::kWrongType) return image::content_type(picture.format);
  return image::content_type(picture.format == image::Format::kPng ? image::Format::kJpeg
                                                                   : image::Format::kPng);
}

bool follows_from_tag(const std::optional<ImageTrouble>& trouble) {
  return !trouble || (trouble->kind != Kind::kZeroBytes && trouble->kind != Kind::kBomb &&
                      trouble->kind != Kind::kFile && trouble->kind != Kind::kTruncated);
}

PictureFile rendered(const image::Picture& picture, const std::optional<ImageTrouble>& trouble,
                     const FileReader& read_file, Pace& pace) {
  PictureFile file;
  file.content_type = announced_type(picture, trouble);
  if (!trouble) {
    file.bytes = image::render(picture, pace);
    return file;
  }
  switch (trouble->kind) {
    case Kind::kZeroBytes:
      break;
    case Kind::kBomb:
      file.bytes = image::bomb(50'000, 50'000);
      break;
    case Kind::kFile: {
      auto read = read_file(trouble->file);
      if (read)
        file.bytes = std::move(*read);
      else
        file.problem = read.error();
      break;
    }
    case Kind::kTruncated:
      file.bytes = image::render(picture, pace);
      file.bytes.resize(file.bytes.size() * 3 / 5);
      break;
    default:
      file.bytes = image::render(picture, pace);
  }
  return file;
}

}  // namespace emulator
