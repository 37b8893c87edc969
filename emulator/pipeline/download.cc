// What links lead to: pictures of tasks, and files that clients uploaded.
#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/pipeline/downloads.h"
#include "emulator/pipeline/file_reply.h"
#include "emulator/pipeline/flow.h"
#include "emulator/pipeline/occasion.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/reason.h"
#include "emulator/pipeline/trace.h"
#include "emulator/sandbox/spill_folder.h"

namespace emulator {

Pipeline::Outcome Pipeline::download(Flow& flow) {
  const Call& call = flow.call;
  const Dialect& dialect = *flow.dialect;
  const Task* const task = flow.found.task;
  if (auto reply = decide(flow, subject_of(task))) return std::move(*reply);
  if (task == nullptr) return uploaded(flow);

  const TaskView view = state_at(*task, call.now);
  const scenario::Then* script = task->fate.script.get();
  const auto links = flow.then.links ? flow.then.links : script ? script->links : std::nullopt;
  if (auto dead = dead_link(dialect, call, *task, view, links)) {
    remark(flow.exchange->note, dead_link_words(*task, view, call.now, links));
    return std::move(*dead);
  }
  flow.task_header = task->id;
  Downloads::Wanted wanted;
  wanted.request = call.request;
  wanted.trouble = flow.then.image;
  if (!wanted.trouble && script != nullptr) wanted.trouble = script->image;
  wanted.picture = picture_of(dialect, *task, flow.found.index, wanted.trouble);
  dialect.pictures()->picture_headers(call, *task, wanted.headers);
  return draw(flow, std::move(wanted));
}

// A picture that takes long is drawn beside the loop, and given up when the client leaves.
// Sandboxes take turns there.
Pipeline::Outcome Pipeline::draw(Flow& flow, Downloads::Wanted wanted) {
  if (wanted.own_file()) flow.bytes = Bytes::kAnybodys;
  auto answered = downloads_.answer(std::move(wanted));
  if (auto* reply = std::get_if<Downloads::Reply>(&answered)) return drawn(flow, std::move(*reply));
  auto& drawing = std::get<Downloads::Drawing>(answered);
  // Held by what is called at last, so that letting go of that gives the work up.
  const auto handle = std::make_shared<std::shared_ptr<void>>();
  auto done = [this, handle, kept = flow.shared_from_this(),
               and_then = std::move(drawing.and_then)] {
    const auto over = std::move(*handle);
    answer(*kept, drawn(*kept, and_then()));
  };
  *handle =
      parts_.loop.offload({flow.box_name, drawing.room, std::move(drawing.work), std::move(done)});
  return Later{};
}

http::Reply Pipeline::drawn(Flow& flow, Downloads::Reply reply) {
  if (!reply) return our_fault(flow, "picture_file", reply.error());
  return std::move(*reply);
}

// A file that a client uploaded, or nothing that is known.
http::Reply Pipeline::uploaded(Flow& flow) {
  const Call& call = flow.call;
  const PictureWording* const store = flow.dialect->pictures();
  if (store == nullptr) return flow.dialect->no_route(call);
  using Missing = PictureWording::Missing;
  const Uploads::File* file = parts_.uploads.find(call.provider, call.path);
  if (file == nullptr) return store->picture_missing(call, Missing::kUnknown);
  if (file->expires && call.now >= *file->expires)
    return store->picture_missing(call, Missing::kExpired);
  if (auto refused = store->upload_refused(call, *file)) return std::move(*refused);
  http::Headers headers;
  store->upload_headers(call, *file, headers);
  const std::string type = file->content_type;
  std::optional<std::string> bytes;
  try {
    bytes = parts_.uploads.read(call.provider, call.path);
  } catch (const StorageFault& fault) {
    return our_fault(flow, "storage", fault.what());
  }
  if (!bytes) return store->picture_missing(call, Missing::kGone);
  flow.bytes = Bytes::kAnybodys;
  const std::string tag = '"' + to_hex(md5(*bytes)) + '"';
  return file_reply(*call.request, std::move(headers), std::move(*bytes), type, tag);
}

}  // namespace emulator
