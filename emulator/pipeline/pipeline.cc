// The way of a request, as docs/architecture.md draws it: routed, its sandbox settled, checked,
// decided, then accepted, looked up or downloaded, and worded. Each step hands its result on as a
// value: whose request it is (identity), whether the account may (admission), what becomes of a
// task (fate), what a scenario makes of the reply (reply). Here they are put together, and what
// came of them is noted in the exchange. A step that has no reply yet says so (Later), and whoever
// comes by one gives it to `answer`.
#include "emulator/pipeline/pipeline.h"

#include <utility>

#include "emulator/base/text.h"
#include "emulator/pipeline/admission.h"
#include "emulator/pipeline/flow.h"
#include "emulator/pipeline/occasion.h"
#include "emulator/pipeline/progress.h"
#include "emulator/pipeline/reply.h"
#include "emulator/pipeline/wire.h"
#include "emulator/sandbox/spill_folder.h"

namespace emulator {
namespace {

std::vector<std::string> real_keys_of(const Registry& registry) {
  std::vector<std::string> out;
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    for (const std::string& pattern : registry.doors(p).real_keys) out.push_back(pattern);
  return out;
}

http::Reply foreign_host(const http::Request& request) {
  return our_error(421, "foreign_host",
                   "Host \"" + valid_utf8(request.host().substr(0, 100)) +
                       "\" is no provider's, and no name of this emulator: use localhost, an "
                       "address or a name without dots, or start with --allow-host NAME");
}

http::Reply no_provider(const http::Request& request, const Registry& registry) {
  std::string names;
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    names += (p == 0 ? "/" : ", /") + registry.name(p);
  return our_error(404, "no_provider",
                   "no provider answers " + valid_utf8(request.path.substr(0, 200)) +
                       "; begin the path with one of " + names +
                       ", or send a provider's Host header");
}

// Whether the provider knows nothing of a task any more.
bool is_forgotten(const Dialect& dialect, const TaskView& view, Instant now) {
  if (!view.done()) return false;
  const auto kept = dialect.kept_for();
  return view.end == End::kVanished || (kept && now > view.ended + *kept);
}

}  // namespace

Pipeline::Pipeline(Options options, Parts parts)
    : options_(std::move(options)),
      parts_(std::move(parts)),
      router_(parts_.registry, options_.public_url),
      own_files_(parts_.registry, parts_.sandboxes, parts_.uploads, options_.public_url),
      keys_(options_.auth, options_.welcome_key),
      names_(real_keys_of(parts_.registry), options_.max_names, parts_.sandboxes.memory()),
      downloads_({options_.picture_pixels, options_.known_pictures}, parts_.read_file),
      followers_({parts_.sandboxes,
                  [this](Sandbox& box, Task& task, const TaskView& view) {
                    know_pictures(box, task, view);
                  },
                  options_.kept_body}),
      voices_(parts_.registry,
              {[this](Sandbox& box, Task& task, const TaskView& view) {
                 know_pictures(box, task, view);
               },
               parts_.told, options_.kept_request, &parts_.read_file, parts_.judge}) {}

void Pipeline::go_by(std::shared_ptr<const KeyBook> book) {
  keys_.go_by(std::move(book), [this](std::string_view key) { return sandbox_name(key); });
}

// A page whose owner has pointed its name at this machine reads every answer to it, and spends what
// sandboxes hold.
bool Pipeline::welcome_name(const http::Request& request) const {
  const std::string_view name = request.host();
  return name.empty() || request.peer == "unix" || options_.visitors.is_at_home(name) ||
         router_.names_a_provider(name);
}

void Pipeline::forget_what_can_be_found_again() {
  let_names_go();
  downloads_.forget();
}

void Pipeline::handle(std::shared_ptr<const http::Request> request, http::Respond respond) {
  if (!request->passed_on && !welcome_name(*request))
    return turn_away(*request, respond, foreign_host(*request));
  auto call = router_.find(request);
  if (!call) return turn_away(*request, respond, no_provider(*request, parts_.registry));

  const auto flow = std::make_shared<Flow>();
  flow->began = parts_.sandboxes.wall().now();
  flow->respond = std::move(respond);
  flow->exchange = std::make_shared<Exchange>();
  flow->exchange->request = std::move(request);
  flow->call = std::move(*call);
  flow->call.own_files = &own_files_;
  flow->call.json_limits = options_.json;
  flow->call.files = &parts_.read_file;
  flow->dialect = &parts_.registry.dialect(flow->call.provider);
  find_route(flow->call, flow->dialect->contract());
  flow->claim = claim_of(flow->call, *flow->dialect, names_);
  if (parts_.fleet != nullptr) return find_home(*flow);
  parts_.keeper != nullptr ? bring(*flow) : begin(*flow);
}

// Answered by us before it reached a sandbox, so no journal has it.
void Pipeline::turn_away(const http::Request& request, const http::Respond& respond,
                         http::Reply reply) {
  if (parts_.turned_away) parts_.turned_away(request, reply);
  respond(std::move(reply));
}

void Pipeline::begin(Flow& flow) {
  if (auto reply = unknown_scenario(flow.claim.box, parts_.sandboxes, parts_.library))
    return turn_away(*flow.call.request, flow.respond, std::move(*reply));
  settle(flow, identify(flow.call, *flow.dialect, flow.claim, parts_.sandboxes, parts_.uploads));
  Outcome outcome = work(flow);
  if (auto* reply = std::get_if<http::Reply>(&outcome)) answer(flow, std::move(*reply));
  note(flow);
}

// From here on the request belongs to a sandbox, and stands in its journal.
void Pipeline::settle(Flow& flow, Identity who) {
  Call& call = flow.call;
  // Touched in either case: a sandbox that is only polled is not idle.
  Sandbox& box = parts_.sandboxes.named(who.box);
  flow.set_box(box);
  flow.box_name = box.name();
  flow.found = who.found;

  Exchange& exchange = *flow.exchange;
  if (call.route != nullptr) {
    exchange.on = call.route->on;
    exchange.route = call.route->name;
  }
  exchange.provider = parts_.registry.name(call.provider);
  exchange.key = flow.claim.shown;
  exchange.at = call.now;
  exchange.task = std::move(who.task);
  if (flow.found) {
    exchange.endpoint = flow.found.task->endpoint;
    exchange.task_before = phase_word(state_at(*flow.found.task, call.now));
  }
  remark(exchange.note, who.note);
  exchange.request_bytes = call.request->body.size();
  if (box.journal.keeps()) {
    if (exchange.key.find('~') != std::string::npos) flow.mask = {flow.claim.key, exchange.key};
    exchange.request = recorded(call.request, options_.kept_request, flow.mask);
  }
  box.journal.add(flow.exchange);
  call.exchange = flow.exchange->number;
}

Pipeline::Outcome Pipeline::work(Flow& flow) {
  Call& call = flow.call;
  call.standing = keys_.standing(flow.exchange->provider, flow.claim.key);
  if (call.route == nullptr) return flow.dialect->no_route(call);
  if (const auto refusal = flow.dialect->check(call, call.standing)) return refused(flow, *refusal);
  switch (call.route->on) {
    case On::kSubmit:
      return submit(flow);
    case On::kPoll:
    case On::kResult:
    case On::kCancel:
      return look_up(flow);
    case On::kDownload:
      return download(flow);
    case On::kStream:
    case On::kUpload:
    case On::kWebhook:
    case On::kAccount:
      return other(flow);
  }
  return Later{};
}

// Asks the scenario. The reply, where what it says is all there is to say.
std::optional<http::Reply> Pipeline::decide(Flow& flow, const Subject& subject) {
  const Call& call = flow.call;
  Sandbox& box = *flow.box;
  Exchange& exchange = *flow.exchange;
  const bool submits = call.route->on == On::kSubmit;
  scenario::Decision decision =
      scenario::decide(*box.scenario, box.counters, box.seed,
                       occasion_of(call, exchange.provider, subject), box.journal.keeps());
  exchange.scenario = box.scenario;
  exchange.rules = std::move(decision.rules);
  exchange.nth = decision.nth;
  exchange.misses = std::move(decision.misses);
  exchange.draw_key = decision.draw_key;
  exchange.chance = decision.chance;
  flow.draw = Draw(decision.draw_key);
  flow.then = std::move(decision.then);

  const Directives directives = directives_of(
      call.request->headers, submits && options_.prompt_directives ? subject.prompt : "");
  if (directives.any()) {
    Directed own = directed(std::move(flow.then), directives, parts_.library.vocabulary());
    flow.then = std::move(own.then);
    remark(exchange.note, own.note);
    if (!own.problem.empty()) return our_error(400, "bad_directive", own.problem);
  }
  if (flow.then.refuse) {
    auto [refusal, trace] =
        scripted_refusal(flow.then, flow.dialect->contract().refusals, flow.draw);
    explain(exchange, std::move(trace));
    const PictureWording* const store = flow.dialect->pictures();
    if (refusal && call.route->on == On::kDownload && store != nullptr) {
      exchange.refusal = to_string(refusal->kind);
      return store->store_refused(*flow.dialect, call, *refusal);
    }
    if (refusal) return refused(flow, *refusal);
    flow.then.refuse.reset();
  }
  if (flow.then.wire && before_work(flow.then.wire->kind)) return http::Reply{};
  return std::nullopt;
}

// A refusal in the words of the provider's API.
http::Reply Pipeline::refused(Flow& flow, const Refusal& refusal) {
  flow.exchange->refusal = to_string(refusal.kind);
  return flow.dialect->refused(flow.call, refusal);
}

const Task* Pipeline::find_task(const Call& call, std::string_view id) {
  const Sandboxes::Found found = parts_.sandboxes.find_task(call.provider, id);
  return found && found.box == call.box ? found.task : nullptr;
}

void Pipeline::remove_task(const Call& call, const Task& task) {
  Sandbox& box = parts_.sandboxes.named(call.box->name());
  Task* const own = box.tasks.at(task.serial);
  if (own == nullptr) return;
  if (!state_at(*own, call.now).done()) cancel(box, *own, call.now);
  own->deleted = true;
  box.changed(*own);
}

void Pipeline::know_pictures(const Call& call, const Task& task, const TaskView& view) {
  if (!view.made() || !task.links.empty()) return;
  Sandbox& box = parts_.sandboxes.named(call.box->name());
  if (Task* const own = box.tasks.at(task.serial)) know_pictures(box, *own, view);
}

double Pipeline::credits(const Call& call) {
  return credits(parts_.sandboxes.named(call.box->name()), call.provider);
}

std::optional<Instant> Pipeline::now_in(std::string_view box) {
  const Sandbox* const there = parts_.sandboxes.find(box);
  return there != nullptr ? std::optional(there->now()) : std::nullopt;
}

double Pipeline::credits(Sandbox& box, std::uint16_t provider) {
  return credits_at_start(keys_.credits(parts_.registry.name(provider), box.name()), *box.scenario,
                          parts_.registry.contract(provider)) -
         box.spent(provider, box.now());
}

void Pipeline::know_pictures(Sandbox& box, Task& task, const TaskView& view) {
  if (!view.made() || !task.links.empty()) return;
  const PictureWording* const pictures = parts_.registry.dialect(task.provider).pictures();
  if (pictures == nullptr) return;
  for (int i = 0; i < task.plan.count; ++i) {
    task.links.push_back(
        parts_.sandboxes.know_picture(box, task, i, pictures->picture_path(box, task, i)));
  }
  box.changed(task);
}

Pipeline::Outcome Pipeline::look_up(Flow& flow) {
  const Task* const task = flow.found.task;
  if (auto reply = decide(flow, subject_of(task))) return std::move(*reply);
  if (task == nullptr) return flow.dialect->unknown_task(flow.call);
  const Call& call = flow.call;
  if (flow.box->skips && call.route->on != On::kCancel && due_next(*task, call.now))
    return skip(flow);
  return show(flow);
}

// On a clock that skips, whoever asks for a task that goes on is answered as of its next event.
Pipeline::Outcome Pipeline::skip(Flow& flow) {
  const std::uint16_t provider = flow.call.provider;
  const std::string id = flow.found.task->id;
  const auto target = [this, provider, id](const Sandbox& box) -> std::optional<Instant> {
    const Sandboxes::Found found = parts_.sandboxes.find_task(provider, id);
    return found.box == &box ? due_next(*found.task, box.now()) : std::nullopt;
  };
  const auto there = [this, provider, id, kept = flow.shared_from_this()] {
    Call& call = kept->call;
    kept->found = parts_.sandboxes.find_task(provider, id);
    const Instant before = call.now;
    kept->set_box(parts_.sandboxes.named(kept->box_name));
    const Duration went = call.now - before;
    if (!kept->found) return answer(*kept, kept->dialect->unknown_task(call));
    remark(kept->exchange->note, "the clock went " + worded(std::chrono::floor<Millis>(went)) +
                                     " on, to what the task did next");
    answer(*kept, show(*kept));
  };
  parts_.sandboxes.skip(*flow.box, target, there);
  return Later{};
}

// Poll, result and cancel of a task that is there.
http::Reply Pipeline::show(Flow& flow) {
  const Call& call = flow.call;
  Task& task = *flow.found.task;
  const bool cancelling = call.route->on == On::kCancel;
  if (!cancelling) count_poll(*flow.box, task, call.now);
  const TaskView view = state_at(task, call.now);
  flow.exchange->task_after = phase_word(view);
  if (is_forgotten(*flow.dialect, view, call.now)) {
    remark(flow.exchange->note, "the task is no longer known");
    return flow.dialect->unknown_task(call);
  }
  if (cancelling) return cancelled(flow, view);
  know_pictures(*flow.box, task, view);
  return flow.dialect->shown(call, task, view);
}

// `view` is the state before.
http::Reply Pipeline::cancelled(Flow& flow, const TaskView& view) {
  const Call& call = flow.call;
  Sandbox& box = *flow.box;
  Task& task = *flow.found.task;
  const Cancelling* const cancelling = flow.dialect->cancelling();
  if (cancelling == nullptr) return flow.dialect->no_route(call);
  http::Reply reply = cancelling->cancelled(call, task, view);
  if (view.done()) return reply;
  if (!cancelling->lets_go(task, view)) {
    remark(flow.exchange->note, "the task goes on, as it does there once it is at work");
    return reply;
  }
  cancel(box, task, call.now);
  flow.exchange->task_after = phase_word(state_at(task, call.now));
  box.feed.tell({Happening::Kind::kTask, call.now, nullptr, task.id, "cancelled"});
  followers_.wake(call.provider, task.id);
  return reply;
}

// The provider's own calls, and streams that follow a task.
Pipeline::Outcome Pipeline::other(Flow& flow) {
  Task* const task = flow.found.task;
  if (auto reply = decide(flow, subject_of(task))) return std::move(*reply);
  if (flow.call.route->on == On::kStream) {
    if (task == nullptr) return flow.dialect->unknown_task(flow.call);
    if (auto head = follow(flow, *task)) return std::move(*head);
  }
  try {
    return own_reply(flow);
  } catch (const StorageFault& fault) {
    return our_fault(flow, "storage", fault.what());
  }
}

http::Reply Pipeline::own_reply(const Flow& flow) {
  const contract::Route& route = *flow.call.route;
  const OwnCall* const row = own_call(parts_.registry.own_calls(flow.call.provider), route.name);
  if (!route.emulated || row == nullptr) return flow.dialect->not_emulated(flow.call);
  return row->handler(*flow.dialect, flow.call, *this);
}

std::optional<http::Reply> Pipeline::follow(Flow& flow, Task& task) {
  const auto call = std::shared_ptr<Call>(flow.shared_from_this(), &flow.call);
  return followers_.follow({call, flow.dialect, flow.exchange}, *flow.box, task);
}

// The machine failed us: the client is told that it was not the provider, and whoever runs us is
// told why, once for each reason in a row.
http::Reply Pipeline::our_fault(Flow& flow, std::string_view code, const std::string& why) {
  if (parts_.complain && why != last_fault_) parts_.complain(why);
  last_fault_ = why;
  flow.bytes = Bytes::kOurs;
  return our_error(500, code, why);
}

void Pipeline::at(std::string_view box, Instant due, Agenda::Action action) {
  if (Sandbox* const there = parts_.sandboxes.find(box))
    parts_.sandboxes.put(*there, due, {"", "", std::move(action)});
}

}  // namespace emulator
