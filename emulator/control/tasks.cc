// The tasks of a sandbox.
#include <utility>

#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"
#include "emulator/control/views.h"

namespace emulator::control {
namespace {

constexpr std::uint64_t kDefaultLimit = 1'000;
constexpr std::uint64_t kMostLimit = 100'000;

}  // namespace

http::Reply list_tasks(const Call& call) {
  Query query(*call.request, {"limit"});
  const std::size_t limit = query.whole("limit", 0, kMostLimit).value_or(kDefaultLimit);
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
