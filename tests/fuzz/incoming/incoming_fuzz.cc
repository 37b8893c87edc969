// Pictures that strangers send: looked at as files, and as the texts of a body. What a file is does
// not depend on the form it comes in, and what is whole stays whole with more bytes behind it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "emulator/base/text.h"
#include "emulator/pipeline/incoming.h"

namespace {

using emulator::IncomingPicture;
using emulator::Json;
using emulator::PictureFault;
using State = emulator::image::Inspection::State;
namespace contract = emulator::contract;

const contract::Contract& facts() {
  static const contract::Contract loaded = [] {
    auto read = contract::load({"fuzz.yaml", R"(provider: fuzz
---
endpoints:
  e:
    fields:
      image: { type: string, extra: { image: true } }
      images: { type: array, items: string, extra: { image: true } }
values:
  incoming_pictures:
    value:
      types: [image/png, image/jpeg, image/webp, image/gif]
      inline: { no_base64: refuse text, no_picture: fail file, cut_off: fail file }
)"});
    if (!read) std::abort();
    return *std::move(read);
  }();
  return loaded;
}

void expect(bool holds) {
  if (!holds) std::abort();
}

// The one picture of a body with that text.
void check_text(const std::string& text, const emulator::image::Inspection* file) {
  const Json body = {{"image", text}, {"images", Json::array({text, nullptr, text})}};
  const auto found = emulator::pictures_in(body, facts().endpoints.front().fields, facts(), {});
  expect(found.size() == 3);
  for (const IncomingPicture& picture : found) {
    expect(picture.fault == found.front().fault);
    expect(picture.fault != PictureFault::kNone ||
           picture.form == IncomingPicture::Form::kAddress || picture.picture.size);
    expect(!emulator::place_of(picture).empty());
    if (file == nullptr) continue;
    expect(picture.picture.state == file->state && picture.picture.type == file->type);
  }
  const auto bad = emulator::bad_picture(found, facts());
  expect(!bad || !bad->name.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto file = emulator::image::inspect(bytes);
  expect(file.state == State::kNoPicture || file.state == State::kEmpty || !file.type.empty());
  const bool sized = file.type != "image/avif" && file.type != "image/heic";
  expect(file.state != State::kWhole || !sized || file.size);
  if (file.state == State::kWhole && sized)
    expect(emulator::image::inspect(std::string(bytes) + "more").state == State::kWhole);
  // What has lost its end was not whole before its end either; files of boxes may end behind any.
  if (file.state == State::kCutOff && sized)
    expect(emulator::image::inspect(bytes.substr(0, size / 2)).state != State::kWhole);

  check_text(std::string(bytes), nullptr);
  check_text("data:image/png;base64," + std::string(bytes), nullptr);
  check_text("data:image/png;base64," + emulator::base64(bytes), &file);
  if (!bytes.empty()) check_text(emulator::base64(bytes), &file);
  return 0;
}
