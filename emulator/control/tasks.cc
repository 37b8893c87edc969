// The tasks of a sandbox.
#include <utility>

#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/listing.h"
#include "emulator/control/routes.h"
#include "emulator/control/views.h"

namespace emulator::control {
namespace {}  // namespace

http::Reply list_tasks(const Call& call) {
  Query query(*call.request, {"limit"});
  const std::size_t limit = query.whole("limit", 0, kMostListed).value_or(kDefaultListed);
  if (query.failed()) return query.answer();
  Sandbox& box = call.box();
  const Instant now = box.now();
  Json list = Json::array();
  const auto& all = box.tasks.all();
  for (std::size_t i = all.size() > limit ? all.size() - limit : 0; i < all.size(); ++i)
    list.push_back(task_view(call.parts.registry, all[i], now));
  return json_reply(200, {{"tasks", std::move(list)}});
}

http::Reply show_task(const Call& call) {
  Sandbox& box = call.box();
  const std::string& id = call.capture("id");
  for (Task& task : box.tasks.all())
    if (task.id == id) return json_reply(200, task_view(call.parts.registry, task, box.now()));
  return not_found("no task \"" + valid_utf8(id.substr(0, 200)) + "\" in this sandbox");
}

}  // namespace emulator::control
