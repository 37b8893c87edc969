#include <utility>

#include "emulator/base/random.h"
#include "emulator/state/bytes.h"
#include "emulator/state/values.h"

namespace emulator::state {
namespace {

constexpr std::uint64_t kTaskSalt = 0x7461736b;  // apart from the keys of pictures' paths

void put_fate(const Fate& fate, Packer& to) {
  to.span(fate.queued_for);
  to.span(fate.running_for);
  to.word(fate.end);
  to.whole(fate.polls);
  to.span(fate.links_live_for);
  to.flag(fate.script != nullptr);
  if (fate.script) pack_script(*fate.script, to);
}

Fate take_fate(Unpacker& from) {
  Fate fate;
  fate.queued_for = from.span();
  fate.running_for = from.span();
  fate.end = from.word(End::kVanished);
  fate.polls = static_cast<int>(from.whole());
  fate.links_live_for = from.span();
  if (from.flag()) fate.script = std::make_shared<const scenario::Then>(take_script(from));
  return fate;
}

void put_plan(const Plan& plan, Packer& to) {
  to.whole(plan.width);
  to.whole(plan.height);
  to.word(plan.format);
  to.number(plan.quality);
  to.number(plan.count);
  to.flag(plan.caption);
}

Plan take_plan(Unpacker& from) {
  Plan plan;
  plan.width = static_cast<int>(from.whole());
  plan.height = static_cast<int>(from.whole());
  plan.format = from.word(image::Format::kWebp);
  plan.quality = static_cast<std::uint8_t>(from.number(UINT8_MAX));
  plan.count = static_cast<std::uint8_t>(from.number(UINT8_MAX));
  plan.caption = from.flag();
  return plan;
}

void put_ask(const WebhookAsk& ask, Packer& to) {
  to.text(ask.url);
  to.text(ask.secret);
  to.number(ask.events);
  to.text(ask.page);
}

WebhookAsk take_ask(Unpacker& from) {
  WebhookAsk ask;
  ask.url = from.text();
  ask.secret = from.text();
  ask.events = static_cast<std::uint32_t>(from.number(UINT32_MAX));
  ask.page = from.text();
  return ask;
}

// What comes first, so that keys can be read without the rest.
bool take_names(Unpacker& from, Task& task, std::string_view& id) {
  if (from.number() != kTaskForm) return false;
  task.provider = static_cast<std::uint16_t>(from.number(UINT16_MAX));
  id = from.text();
  task.links.resize(from.count());
  for (std::uint64_t& link : task.links) link = from.fixed();
  return !from.failed();
}

}  // namespace

std::uint64_t task_key(std::uint16_t provider, std::string_view id) {
  return hash_of(id, kTaskSalt + provider);
}

void pack_task(const Task& task, std::string_view input, bool unsettled, bool active,
               std::string& out) {
  Packer to(out);
  to.number(kTaskForm);
  to.number(task.provider);
  to.text(task.id);
  to.number(task.links.size());
  for (const std::uint64_t link : task.links) to.fixed(link);
  to.flag(unsettled);
  to.flag(active);
  to.text(task.endpoint);
  to.instant(task.accepted);
  put_fate(task.fate, to);
  put_plan(task.plan, to);
  to.fixed(task.seed.number);
  to.flag(task.seed.text != nullptr);
  if (task.seed.text) to.text(*task.seed.text);
  to.real(task.cost);
  to.text(task.prompt);
  to.text(input);
  to.flag(task.note != nullptr);
  if (task.note) to.text(*task.note);
  to.flag(task.webhook != nullptr);
  if (task.webhook) put_ask(*task.webhook, to);
  to.span(task.held_for);
  to.maybe(task.cancelled, [&](Instant at) { to.instant(at); });
  to.maybe(task.shown, [&](Instant at) { to.instant(at); });
  to.number(task.polled);
  to.flag(task.deleted);
  to.word(task.told);
}

bool task_keys(std::string_view bytes, const std::function<void(std::uint64_t key)>& found) {
  Unpacker from(bytes);
  Task task;
  std::string_view id;
  if (!take_names(from, task, id)) return false;
  found(task_key(task.provider, id));
  for (const std::uint64_t link : task.links) found(link);
  return true;
}

Result<TaskValue, std::string> unpacked_task(std::string_view bytes) {
  Unpacker from(bytes);
  TaskValue out;
  Task& task = out.task;
  std::string_view id;
  if (!take_names(from, task, id))
    return Failure{std::string("a task in a form that is not known here")};
  task.id = id;
  out.unsettled = from.flag();
  out.active = from.flag();
  task.endpoint = from.text();
  task.accepted = from.instant();
  task.fate = take_fate(from);
  task.plan = take_plan(from);
  task.seed = Seed(from.fixed());
  if (from.flag()) task.seed.text = std::make_shared<const std::string>(from.text());
  task.cost = from.real();
  task.prompt = from.text();
  task.packed_input = from.text();
  if (from.flag()) task.note = std::make_shared<const std::string>(from.text());
  if (from.flag()) task.webhook = std::make_shared<const WebhookAsk>(take_ask(from));
  task.held_for = from.span();
  from.maybe(task.cancelled, [&] { return from.instant(); });
  from.maybe(task.shown, [&] { return from.instant(); });
  task.polled = static_cast<std::uint32_t>(from.number(UINT32_MAX));
  task.deleted = from.flag();
  task.told = from.word(Told::kFailed);
  if (!from.whole_and_good()) return Failure{std::string("a task that cannot be read")};
  return out;
}

}  // namespace emulator::state
