#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/pace.h"
#include "emulator/base/result.h"
#include "emulator/image/picture.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/scenario/scenario.h"

namespace emulator {

// What a download sends, before any wire fault.
struct PictureFile {
  std::string bytes;
  std::string content_type;
  std::string md5;      // raw, 16 bytes; "" where nobody has worked it out
  std::string problem;  // why the user's file could not be read: a fault of ours; else ""
};

// The picture of number `index` of a task, trouble that changes the picture itself included.
image::Picture picture_of(const Dialect& dialect, const Task& task, int index,
                          const std::optional<scenario::ImageTrouble>& trouble);

// A tag that is equal exactly for equal pictures, without rendering: 16 hex digits.
std::string picture_tag(const image::Picture& picture);

// Renders, and applies what the trouble does to the file. Pure, but for reading the user's file.
PictureFile rendered(const image::Picture& picture,
                     const std::optional<scenario::ImageTrouble>& trouble,
                     const FileReader& read_file);

// Draws it in pieces; what `pace` throws ends it.
PictureFile rendered(const image::Picture& picture,
                     const std::optional<scenario::ImageTrouble>& trouble,
                     const FileReader& read_file, Pace& pace);

// The content type that goes with it.
std::string_view announced_type(const image::Picture& picture,
                                const std::optional<scenario::ImageTrouble>& trouble);

// True where the file that `rendered` makes is a function of the picture's tag alone.
bool follows_from_tag(const std::optional<scenario::ImageTrouble>& trouble);

// The prompt without `[[...]]` directives, as it stands in the picture.
std::string prompt_without_directives(std::string_view prompt);

}  // namespace emulator
