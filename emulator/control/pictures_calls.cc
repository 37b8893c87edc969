// The pictures of a task for whoever looks at the emulator: not journalled, and there for as long
// as the task is, whatever became of its links.
#include <charconv>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"
#include "emulator/pipeline/pictures.h"
#include "emulator/scenario/scenario.h"

namespace emulator::control {
namespace {

using scenario::ImageTrouble;
using Kind = ImageTrouble::Kind;

constexpr std::uint64_t kLeastThumb = 16;
constexpr std::uint64_t kMostThumb = 320;
// Larger ones take memory that nobody counts here.
constexpr std::int64_t kMostPixelsShown = 16 << 20;

// What the scenario does to the picture, where the file is no longer what it shows; else "".
std::string_view spoilt(const std::optional<ImageTrouble>& trouble) {
  if (!trouble) return "";
  switch (trouble->kind) {
    case Kind::kTruncated:
      return "truncated";
    case Kind::kZeroBytes:
      return "zero_bytes";
    case Kind::kWrongType:
      return "wrong_type";
    case Kind::kBomb:
      return "bomb";
    case Kind::kFile:
      return "file";
    default:
      return "";
  }
}

// Which picture `{index}` is; nullopt where the task has no such one now.
std::optional<int> picture_number(const std::string& text, const Task& task, Instant now) {
  int index = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc() || end != text.data() + text.size() || index < 0) return std::nullopt;
  if (index >= task.plan.count || !state_at(task, now).made()) return std::nullopt;
  return index;
}

http::Reply no_picture(const Task* task, Instant now) {
  if (task == nullptr) return not_found("no such task in this sandbox");
  const TaskView view = state_at(*task, now);
  if (!view.done()) return not_found("the task has not ended, so there is no picture yet");
  return not_found(
      view.made()
          ? "the task made " + std::to_string(task->plan.count) + " pictures, numbered from 0"
          : "the task ended as " + std::string(to_string(view.end)) + ", without a picture");
}

// A picture that was asked for.
struct Looked {
  image::Picture picture;
  std::optional<ImageTrouble> trouble;
  std::optional<std::uint64_t> thumb;  // pixels of the longer side
  std::string spoilt;                  // what the scenario does to the file, if that shows

  bool own_file() const { return trouble && trouble->kind == Kind::kFile; }
  std::string tag() const {
    return '"' + picture_tag(picture) + (thumb ? "-" + std::to_string(*thumb) : "") +
           (spoilt.empty() ? "" : "-" + spoilt) + '"';
  }
};

Looked looked_at(const Call& call, const Task& task, int index,
                 std::optional<std::uint64_t> thumb) {
  Looked out;
  out.thumb = thumb;
  if (const scenario::Then* script = task.fate.script.get()) out.trouble = script->image;
  out.spoilt = spoilt(out.trouble);
  out.picture = picture_of(call.parts.registry.dialect(task.provider), task, index, out.trouble);
  // What shows nothing, or what no one should unpack, is shown as it was meant.
  if (out.trouble && (out.trouble->kind == Kind::kZeroBytes || out.trouble->kind == Kind::kBomb))
    out.trouble.reset();
  return out;
}

http::Reply picture_head(const Looked& want) {
  http::Reply reply;
  reply.headers.add("cache-control", "private, no-cache");
  reply.headers.add("x-content-type-options", "nosniff");
  reply.headers.add("content-security-policy", "sandbox; default-src 'none'");
  if (!want.spoilt.empty()) reply.headers.add("x-emulator-picture", want.spoilt);
  if (!want.own_file()) reply.headers.add("etag", want.tag());
  return reply;
}

// On any thread.
void draw_picture(const Looked& want, const FileReader& read, http::Reply& reply) {
  PictureFile file;
  if (want.own_file() && !read)
    file.problem = "there are no files of the user's here";
  else if (want.own_file() || !want.thumb)
    file = rendered(want.picture, want.trouble, read);
  else
    file = {image::thumbnail(want.picture, static_cast<int>(*want.thumb)), "image/jpeg", "", ""};
  if (!file.problem.empty()) {
    reply = our_error(500, "picture_file", file.problem);
    return;
  }
  reply.headers.add("content-type", file.content_type);
  reply.body = std::move(file.bytes);
}

}  // namespace

void show_picture(const Call& call, http::Respond respond) {
  Query query(*call.request, {"thumb"});
  const auto thumb = query.whole("thumb", kLeastThumb, kMostThumb);
  if (query.failed()) return respond(query.answer());
  Sandbox& box = call.box();
  const Task* task = task_in(call, box);
  const auto index =
      task == nullptr ? std::nullopt : picture_number(call.capture("index"), *task, box.now());
  if (!index) return respond(no_picture(task, box.now()));
  const Looked want = looked_at(call, *task, *index, thumb);
  if (!thumb && std::int64_t{want.picture.width} * want.picture.height > kMostPixelsShown)
    return respond(our_error(501, "picture_too_large",
                             "pictures of more than 16 megapixels are shown with ?thumb= only"));
  const auto made = std::make_shared<http::Reply>(picture_head(want));
  if (!want.own_file() && call.request->headers.get("if-none-match") == want.tag()) {
    made->status = 304;
    return respond(std::move(*made));
  }
  const auto work = [made, want, read = call.parts.read_file] { draw_picture(want, read, *made); };
  const auto done = [made, respond = std::move(respond)] { respond(std::move(*made)); };
  call.parts.loop.offload(work, done);
}

}  // namespace emulator::control
