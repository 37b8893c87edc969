// What outlasts the process: a request waits until what it needs of it is here, and what is kept of
// tasks is read again.
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/fleet/fleet.h"
#include "emulator/pipeline/flow.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/state/keeper.h"
#include "emulator/state/values.h"

namespace emulator {

// Brings back, one after the other: the sandbox that is named; the one whose task or picture is
// asked for, where nobody here has it; where no sandbox has it, the one that is meant without a
// key.
void Pipeline::bring(Flow& flow) {
  const Call& call = flow.call;
  std::optional<std::uint64_t> key;  // of a task or a file that is not here
  bool by_id = false;
  if (call.route != nullptr) switch (call.route->on) {
      case On::kPoll:
      case On::kResult:
      case On::kStream:
      case On::kCancel: {
        by_id = true;
        const std::string id = flow.dialect->addressed(call);
        if (!parts_.sandboxes.find_task(call.provider, id))
          key = state::task_key(call.provider, id);
        break;
      }
      case On::kDownload:
        by_id = true;
        if (!parts_.sandboxes.find_picture(call.provider, call.path) &&
            parts_.uploads.find(call.provider, call.path) == nullptr)
          key = media_key(call.provider, call.path);
        break;
      default:
        break;
    }
  const auto again = [this, kept = flow.shared_from_this()](const std::string& problem) {
    if (problem.empty()) return bring(*kept);
    turn_away(*kept->call.request, kept->respond, our_error(500, "state", problem));
  };
  state::Keeper& keeper = *parts_.keeper;
  const state::Keeper::Wanted named{flow.claim.box, std::nullopt, false};
  if ((flow.claim.named || !by_id) && keeper.bring(named, again)) return;
  if (key && keeper.bring({"", key, false}, again)) return;
  if (key && call.route->on == On::kDownload &&
      keeper.bring({"", state::upload_key(call.provider, call.path), false}, again))
    return;
  if (key && !flow.claim.named && keeper.bring(named, again)) return;
  begin(flow);
}

// With several emulators: the request goes on here when the sandbox it is about is at home here, by
// the same rules. What keys keep apart is at home where the key's own sandbox is.
void Pipeline::find_home(Flow& flow) {
  const Call& call = flow.call;
  if (auto reply = unknown_scenario(flow.claim.box, parts_.sandboxes, parts_.library))
    return turn_away(*call.request, flow.respond, std::move(*reply));
  const auto provider = call.provider;
  fleet::Fleet::Meant meant{flow.claim.box, {}};
  if (call.route != nullptr) switch (call.route->on) {
      case On::kPoll:
      case On::kResult:
      case On::kStream:
      case On::kCancel: {
        if (flow.claim.named && flow.dialect->keys_separate_tasks()) break;
        const std::string id = flow.dialect->addressed(call);
        if (const auto found = parts_.sandboxes.find_task(provider, id))
          meant.name = found.box->name();
        else
          meant.keys = {state::task_key(provider, id)};
        break;
      }
      case On::kDownload:
        if (const auto found = parts_.sandboxes.find_picture(provider, call.path))
          meant.name = found.box->name();
        else if (const Uploads::File* const file = parts_.uploads.find(provider, call.path))
          meant.name = file->sandbox;
        else
          meant.keys = {media_key(provider, call.path), state::upload_key(provider, call.path)};
        break;
      default:
        break;
    }
  const auto request = call.request;
  parts_.fleet->settle(
      std::move(meant), request, flow.respond,
      [this, kept = flow.shared_from_this()](const std::string& problem, http::Respond respond) {
        kept->respond = std::move(respond);
        if (problem.empty()) return begin(*kept);
        turn_away(*kept->call.request, kept->respond, our_error(500, "state", problem));
      },
      [this, request](http::Respond respond) { handle(request, std::move(respond)); });
}

std::string Pipeline::whole_input(const Task& task) {
  return compact_json(input_of(parts_.registry.contract(task.provider), task));
}

}  // namespace emulator
