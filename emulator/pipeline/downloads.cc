// A picture's tag follows from its parameters, so that a client that has the file already is told
// so without anybody drawing it, and one that asks for its size is answered from what was learned
// when it was drawn last. Only who wants the bytes costs a drawing, and only a quick one is done at
// once.
#include "emulator/pipeline/downloads.h"

#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/base/text.h"
#include "emulator/image/drawing.h"
#include "emulator/pipeline/file_reply.h"

namespace emulator {
namespace {

std::uint64_t pixels_of(const image::Picture& picture) {
  return static_cast<std::uint64_t>(picture.width) * static_cast<std::uint64_t>(picture.height);
}

http::Reply too_large(const image::Picture& picture, std::uint64_t most) {
  return our_error(501, "picture_too_large",
                   "a picture of " + std::to_string(picture.width) + "x" +
                       std::to_string(picture.height) +
                       " pixels is not drawn: --max-picture-pixels is " + std::to_string(most));
}

// The headers, with the digest where they are to have one and it is known.
http::Headers with_digest(http::Headers headers, const std::string& md5) {
  if (headers.has("content-md5")) headers.set("content-md5", base64(md5));
  return headers;
}

http::Headers without_digest(http::Headers headers) {
  headers.remove("content-md5");
  return headers;
}

}  // namespace

bool Downloads::Wanted::own_file() const {
  return trouble && trouble->kind == scenario::ImageTrouble::Kind::kFile;
}

std::variant<Downloads::Reply, Downloads::Drawing> Downloads::answer(Wanted wanted) {
  const bool own_file = wanted.own_file();
  if (!own_file && pixels_of(wanted.picture) > options_.most_pixels)
    return Reply(too_large(wanted.picture, options_.most_pixels));
  const std::string tag = "\"0x" + picture_tag(wanted.picture) + '"';
  if (auto reply = undrawn(wanted, tag)) return Reply(std::move(*reply));
  const bool at_once = image::is_quick(wanted.picture) && !own_file;
  Drawing drawing = this->drawing(std::move(wanted), tag);
  if (!at_once) return drawing;
  Unhindered pace;
  drawing.work(pace);
  return drawing.and_then();
}

// The answer where it takes no bytes of the picture: the client has it, or asks for none of them.
std::optional<http::Reply> Downloads::undrawn(const Wanted& wanted, const std::string& tag) {
  const auto* known = follows_from_tag(wanted.trouble) ? known_.find(tag) : nullptr;
  if (known != nullptr && known->md5.empty() && wanted.headers.has("content-md5")) known = nullptr;
  const std::string type(announced_type(wanted.picture, wanted.trouble));
  const auto headers = [&] {
    return known != nullptr ? with_digest(wanted.headers, known->md5)
                            : without_digest(wanted.headers);
  };
  if (!wanted.own_file())
    if (auto same = not_modified(*wanted.request, headers(), type, tag)) return same;
  if (known == nullptr) return std::nullopt;
  return reply_without_bytes(*wanted.request, headers(), known->size, type, tag);
}

Downloads::Drawing Downloads::drawing(Wanted wanted, const std::string& tag) {
  const auto made = std::make_shared<PictureFile>();
  const bool own_file = wanted.own_file();
  Drawing out;
  out.room = image::room_for(wanted.picture);
  out.work = [picture = wanted.picture, trouble = wanted.trouble, made, read = read_file_,
              hashed = own_file || wanted.headers.has("content-md5")](Pace& pace) {
    *made = rendered(picture, trouble, read, pace);
    if (hashed) made->md5 = md5(made->bytes);
  };
  out.and_then = [this, made, tag, own_file, follows = follows_from_tag(wanted.trouble),
                  request = std::move(wanted.request),
                  headers = std::move(wanted.headers)]() -> Reply {
    if (!made->problem.empty()) return Failure{made->problem};
    if (follows) known_.keep(tag, {made->bytes.size(), made->md5});
    return file_reply(*request, with_digest(headers, made->md5), std::move(made->bytes),
                      made->content_type, own_file ? '"' + to_hex(made->md5) + '"' : tag);
  };
  return out;
}

}  // namespace emulator
