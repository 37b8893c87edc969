// The tasks of a sandbox.
#include <algorithm>
#include <utility>
#include <vector>

#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/listing.h"
#include "emulator/control/routes.h"
#include "emulator/control/views.h"

namespace emulator::control {
namespace {

http::Reply no_such_task(std::string_view id) {
  return not_found("no task \"" + valid_utf8(id.substr(0, 200)) + "\" in this sandbox");
}

}  // namespace

Task* task_in(const Call& call, Sandbox& box) {
  const std::string& id = call.capture("id");
  for (Task& task : box.tasks.all())
    if (task.id == id) return &task;
  return nullptr;
}

// The latest of those before `?before=`, the oldest first.
http::Reply list_tasks(const Call& call) {
  Query query(*call.request, {"limit", "before", "brief"});
  const std::size_t limit = query.whole("limit", 0, kMostListed).value_or(kDefaultListed);
  const auto before = query.text("before");
  const bool brief = query.word("brief", {"true", "false"}) == "true";
  Sandbox& box = call.box();
  const auto& all = box.tasks.all();
  std::size_t end = all.size();
  if (before) {
    while (end > 0 && all[end - 1].id != *before) --end;
    if (end == 0) query.fail("before", "is the id of no task in this sandbox");
  }
  if (query.failed()) return query.answer();
  if (before) --end;
  const Instant now = box.now();
  Json list = Json::array();
  for (std::size_t i = end > limit ? end - limit : 0; i < end; ++i)
    list.push_back(task_view(call.parts.registry, all[i], now, brief));
  return json_reply(200, {{"tasks", std::move(list)}, {"kept", all.size()}});
}

http::Reply show_task(const Call& call) {
  Sandbox& box = call.box();
  const Task* task = task_in(call, box);
  if (task == nullptr) return no_such_task(call.capture("id"));
  return json_reply(200, task_view(call.parts.registry, *task, box.now()));
}

}  // namespace emulator::control
