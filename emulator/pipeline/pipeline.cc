#include "emulator/pipeline/pipeline.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/base/json_build.h"
#include "emulator/base/text.h"
#include "emulator/contract/packed_input.h"
#include "emulator/image/drawing.h"
#include "emulator/pipeline/change.h"
#include "emulator/pipeline/contain.h"
#include "emulator/pipeline/expect.h"
#include "emulator/pipeline/file_reply.h"
#include "emulator/pipeline/flow.h"
#include "emulator/pipeline/reason.h"
#include "emulator/pipeline/wire.h"
#include "emulator/sandbox/spill_folder.h"
#include "emulator/state/keeper.h"

namespace emulator {

using scenario::Then;

std::string phase_word(const TaskView& view) {
  switch (view.phase) {
    case Phase::kQueued:
      return "queued";
    case Phase::kRunning:
      return "running";
    case Phase::kEnded:
      return std::string(word(view.end));
  }
  return "";
}

void remark(std::string& note, const std::string& text) {
  if (!note.empty()) note += "; ";
  note += text;
}

namespace {

// Keys up to this length are kept with their names; and what one takes beside its text.
constexpr std::size_t kLongestKept = 512;
constexpr std::size_t kNameNode = 130;

// True when any of the parts that act after acceptance was scripted.
bool acts_later(const Then& then) {
  return then.error || !then.nsfw.empty() || then.links || then.image || then.webhook;
}

// Draws a span; what chance decided is noted for whoever asks why.
Duration drawn(const scenario::Span& span, Draw& draw, Exchange& exchange, const char* what) {
  const Duration value = span.drawn(draw);
  if (span.kind != scenario::Span::Kind::kFixed) exchange.drawn.push_back({what, value});
  return value;
}

}  // namespace

Pipeline::Pipeline(Options options, Parts parts)
    : options_(std::move(options)),
      parts_(std::move(parts)),
      router_(parts_.registry, options_.public_url),
      own_files_(parts_.registry, parts_.sandboxes, parts_.uploads, options_.public_url),
      keys_(options_.auth, options_.welcome_key),
      known_files_(options_.known_pictures),
      names_held_(parts_.sandboxes.memory(), Held::kNames) {}

void Pipeline::go_by(std::shared_ptr<const KeyBook> book) {
  keys_.go_by(std::move(book), [this](std::string_view key) { return sandbox_name(key); });
}

std::string Pipeline::sandbox_name(std::string_view key) {
  if (const auto known = names_.find(std::string(key)); known != names_.end()) return known->second;
  std::string_view text = key.substr(0, 200);
  std::string name;
  bool real = false;
  for (std::uint16_t p = 0; p < parts_.registry.size() && !real; ++p)
    for (const std::string& pattern : parts_.registry.doors(p).real_keys)
      if (RE2::FullMatch(re2::StringPiece(key.data(), key.size()), pattern)) real = true;
  if (real) {
    name = std::string(key.substr(0, 4)) + "~" + to_hex(sha256(key)).substr(0, 8);
  } else {
    if (const auto colon = text.find(':'); colon != std::string_view::npos && colon > 0)
      text = text.substr(0, colon);
    name = std::string(text);
  }
  for (char& c : name) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-' || c == '~';
    if (!plain) c = '-';
  }
  if (name.empty()) name = "default";
  // Whoever sends long keys has them read each time; they are not kept.
  if (key.size() > kLongestKept) return name;
  if (names_.size() >= options_.max_names) let_names_go();
  names_.emplace(key, name);
  names_held_.add(kNameNode + key.size() + name.size());
  return name;
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
  known_files_.forget();
}

void Pipeline::let_names_go() {
  names_ = {};
  names_held_.set(0);
}

http::Reply Pipeline::busy(const std::shared_ptr<const http::Request>& request) {
  constexpr std::string_view kWhy = "there is no memory left for this (--max-memory)";
  auto call = router_.find(request);
  if (!call) return our_error(503, "memory", kWhy);
  const Dialect& dialect = parts_.registry.dialect(call->provider);
  find_route(*call, dialect.contract());
  call->now = parts_.sandboxes.wall().now();
  // Where a dialect takes its chance from; those of keys are left as they are.
  if (!busy_box_)
    busy_box_ = std::make_unique<Sandbox>("busy", parts_.sandboxes.wall(), call->now, 1.0);
  call->box = busy_box_.get();
  Refusal refusal;
  refusal.kind = RefusalKind::kUnavailable;
  http::Reply reply = dialect.refused(*call, refusal);
  reply.headers.add("x-emulator-busy", std::string(kWhy));
  return reply;
}

// What waits for an answer needs no large body any more once nobody waits for the answer.
void Pipeline::watch_caller(const FlowPtr& flow) {
  if (flow->call.request->body.size() <= options_.kept_request) return;
  const auto caller = flow->call.request->caller.lock();
  if (!caller) return;
  caller->on_left([weak = std::weak_ptr(flow)] {
    const FlowPtr still = weak.lock();
    if (!still) return;
    const bool recorded = still->exchange->request == still->call.request;
    still->call.let_body_go();
    if (recorded) still->exchange->request = still->call.request;
  });
}

void Pipeline::handle(std::shared_ptr<const http::Request> request, http::Respond respond) {
  if (!welcome_name(*request)) {
    turn_away(*request, respond,
              our_error(421, "foreign_host",
                        "Host \"" + valid_utf8(request->host().substr(0, 100)) +
                            "\" is no provider's, and no name of this emulator: use localhost, an "
                            "address or a name without dots, or start with --allow-host NAME"));
    return;
  }
  const auto flow = std::make_shared<Flow>();
  flow->respond = std::move(respond);
  flow->exchange = std::make_shared<Exchange>();
  flow->exchange->request = request;
  flow->began = parts_.sandboxes.wall().now();

  auto call = router_.find(request);
  if (!call) {
    std::string names;
    for (std::uint16_t p = 0; p < parts_.registry.size(); ++p)
      names += (p == 0 ? "/" : ", /") + parts_.registry.name(p);
    turn_away(*request, flow->respond,
              our_error(404, "no_provider",
                        "no provider answers " + valid_utf8(request->path.substr(0, 200)) +
                            "; begin the path with one of " + names +
                            ", or send a provider's Host header"));
    return;
  }
  flow->call = std::move(*call);
  flow->call.own_files = &own_files_;
  flow->call.json_limits = options_.json;
  flow->dialect = &parts_.registry.dialect(flow->call.provider);
  flow->call.files = &parts_.read_file;
  find_route(flow->call, flow->dialect->contract());
  name_sandbox(flow);
  parts_.keeper != nullptr ? bring(flow) : begin(flow);
}

void Pipeline::begin(const FlowPtr& flow) {
  if (!settle_sandbox(flow)) return;
  work(flow);
  note(flow);
}

// Answered by us before it reached a sandbox, so no journal has it.
void Pipeline::turn_away(const http::Request& request, const http::Respond& respond,
                         http::Reply reply) {
  if (parts_.turned_away) parts_.turned_away(request, reply);
  respond(std::move(reply));
}

void Pipeline::work(const FlowPtr& flow) {
  Call& c = flow->call;
  c.standing = keys_.standing(flow->exchange->provider, flow->dialect->key_of(*c.request));
  if (c.route == nullptr) return answer(flow, flow->dialect->no_route(c));
  if (auto refusal = flow->dialect->check(c, c.standing)) {
    flow->exchange->refusal = word(refusal->kind);
    return answer(flow, flow->dialect->refused(c, *refusal));
  }
  switch (c.route->on) {
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
}

// The sandbox that header or key ask for.
void Pipeline::name_sandbox(const FlowPtr& flow) {
  Call& call = flow->call;
  const http::Request& request = *call.request;
  const std::string key = flow->dialect->key_of(request);
  auto header = request.headers.get("x-emulator-sandbox");
  // For addresses that are fetched by somebody who sets no headers, such as a provider's key set.
  const std::optional<std::string> in_query =
      !header && call.query.find("x-emulator-sandbox") != std::string::npos
          ? call.parameter("x-emulator-sandbox")
          : std::nullopt;
  if (in_query) header = *in_query;
  flow->named = header || !key.empty();
  call.key_box = header ? sandbox_name(*header) : key.empty() ? "default" : sandbox_name(key);
}

// Finds the sandbox: the task's own, else the one that was named. False when answered already.
bool Pipeline::settle_sandbox(const FlowPtr& flow) {
  Call& call = flow->call;
  const http::Request& request = *call.request;
  const std::string key = flow->dialect->key_of(request);

  if (call.key_box.starts_with("emu.") && parts_.sandboxes.find(call.key_box) == nullptr) {
    const std::string_view wanted =
        std::string_view(call.key_box).substr(4, call.key_box.find('.', 4) - 4);
    if (auto known = parts_.library.find(wanted); !known) {
      turn_away(request, flow->respond, our_error(400, "unknown_scenario", known.error()));
      return false;
    }
  }

  Exchange& exchange = *flow->exchange;
  if (call.route != nullptr) {
    exchange.on = call.route->on;
    exchange.route = call.route->name;
    switch (call.route->on) {
      case On::kPoll:
      case On::kResult:
      case On::kStream:
      case On::kCancel: {
        const std::string id = flow->dialect->addressed(call);
        exchange.task = id.substr(0, 200);
        flow->found = parts_.sandboxes.find_task(call.provider, id);
        if (flow->found && !flow->dialect->addresses(call, *flow->found.task)) {
          flow->found = {};
          remark(exchange.note, "the task is known by another path");
        }
        if (flow->found && flow->named && call.key_box != flow->found.box->name() &&
            flow->dialect->keys_separate_tasks()) {
          flow->found = {};
          flow->stranger = true;
        }
        break;
      }
      case On::kDownload:
        flow->found = parts_.sandboxes.find_picture(call.provider, call.path);
        if (!flow->found)
          if (const Uploads::File* file = parts_.uploads.find(call.provider, call.path))
            call.key_box = file->sandbox;
        break;
      default:
        break;
    }
  }
  // Touch it in either case: a sandbox that is only polled is not idle.
  Sandbox& box = parts_.sandboxes.named(flow->found ? flow->found.box->name() : call.key_box);
  call.box = &box;
  call.now = box.now();
  flow->box_name = box.name();

  exchange.provider = parts_.registry.name(call.provider);
  exchange.key = key.empty() ? "" : sandbox_name(key);
  exchange.at = call.now;
  if (flow->found) {
    exchange.task = flow->found.task->id;
    exchange.endpoint = flow->found.task->endpoint;
    exchange.task_before = phase_word(state_at(*flow->found.task, call.now));
  }
  if (flow->stranger) remark(exchange.note, "the task is another key's");
  exchange.request_bytes = request.body.size();
  if (box.journal.keeps()) {
    if (exchange.key.find('~') != std::string::npos) flow->mask = {key, exchange.key};
    exchange.request = recorded(call.request, options_.kept_request, flow->mask);
  }
  box.journal.add(flow->exchange);
  return true;
}

// Asks the scenario. False when the request was answered by what it said.
bool Pipeline::decide(const FlowPtr& flow, std::string_view endpoint, std::string_view prompt,
                      const Json* input) {
  Call& call = flow->call;
  Sandbox& box = *call.box;
  scenario::Occasion occasion;
  occasion.provider = flow->exchange->provider;
  occasion.on = call.route->on;
  occasion.endpoint = endpoint;
  occasion.prompt = prompt;
  if (call.route->on == On::kSubmit)
    if (const auto& sent = call.json(); sent && sent->is_object()) occasion.body = &*sent;
  occasion.input = input;
  occasion.headers = &call.request->headers;
  occasion.path = call.path;
  occasion.query = call.query;
  occasion.sandbox = box.name();
  occasion.age = box.age();
  scenario::Decision decision =
      scenario::decide(*box.scenario, box.counters, box.seed, occasion, box.journal.keeps());
  flow->draw = Draw(decision.draw_key);
  flow->then = std::move(decision.then);
  Exchange& exchange = *flow->exchange;
  exchange.scenario = box.scenario;
  exchange.rules = std::move(decision.rules);
  exchange.nth = decision.nth;
  exchange.misses = std::move(decision.misses);
  exchange.draw_key = decision.draw_key;
  exchange.chance = decision.chance;

  // What the request itself asks for goes before the file.
  const auto override_by = [&](std::string_view text, std::string_view where) {
    auto own = scenario::load_then(text, parts_.library.vocabulary());
    if (!own) {
      answer(flow, our_error(400, "bad_directive", std::string(where) + ": " + own.error()));
      return false;
    }
    Then merged = *own;
    merged.fill_from(flow->then);
    flow->then = std::move(merged);
    remark(flow->exchange->note, std::string(where) + ": " + std::string(text));
    return true;
  };
  if (const auto header = call.request->headers.get("x-emulator-then"))
    if (!override_by(*header, "header x-emulator-then")) return false;
  if (options_.prompt_directives && call.route->on == On::kSubmit) {
    const auto open = prompt.find("[[");
    const auto close = open == std::string_view::npos ? open : prompt.find("]]", open);
    if (close != std::string_view::npos &&
        !override_by(prompt.substr(open + 2, close - open - 2), "directive in the prompt"))
      return false;
  }

  if (flow->then.refuse) {
    const auto& can = flow->dialect->contract().refusals;
    if (std::find(can.begin(), can.end(), *flow->then.refuse) == can.end()) {
      remark(flow->exchange->note, "this provider has no " + std::string(word(*flow->then.refuse)) +
                                       ", so the rule was left out");
      flow->then.refuse.reset();
    } else {
      Refusal refusal;
      refusal.kind = *flow->then.refuse;
      if (flow->then.retry_after)
        refusal.retry_after =
            drawn(*flow->then.retry_after, flow->draw, *flow->exchange, "retry_after");
      flow->exchange->refusal = word(refusal.kind);
      answer(flow, call.route->on == On::kDownload ? flow->dialect->store_refused(call, refusal)
                                                   : flow->dialect->refused(call, refusal));
      return false;
    }
  }
  if (flow->then.wire && before_work(flow->then.wire->kind)) {
    answer(flow, http::Reply{});
    return false;
  }
  return true;
}

double Pipeline::credits(Sandbox& box, std::uint16_t provider) {
  double start = 0;
  if (const auto own = keys_.credits(parts_.registry.name(provider), box.name())) {
    start = *own;  // one key's account says more than a story for all
  } else if (box.scenario->credits) {
    start = *box.scenario->credits;
  } else if (const Json& value = parts_.registry.contract(provider).value("credits");
             value.is_number()) {
    start = value.get<double>();
  }
  return start - box.spent(provider, box.now());
}

std::optional<Refusal> Pipeline::account_refusal(const Flow& flow, const Submission& submission,
                                                 const Limits& limits) {
  const Call& call = flow.call;
  Sandbox& box = *call.box;
  const double left = credits(box, call.provider);
  if (submission.cost > left) {
    Refusal refusal;
    refusal.kind = RefusalKind::kOutOfCredit;
    refusal.args["required"] = submission.cost;
    refusal.args["available"] = left;
    return refusal;
  }
  const contract::Contract& facts = flow.dialect->contract();
  const auto over = [&](const Json& limit, std::string_view endpoint) {
    return limit.is_number_integer() &&
           box.active(call.provider, endpoint, call.now) >= limit.get<std::size_t>();
  };
  const Json& by_endpoint = facts.value("active_limits");
  const Json own =
      by_endpoint.is_object() ? by_endpoint.value(submission.endpoint, Json()) : Json();
  const bool over_own = submission.active_limit &&
                        box.active(call.provider, "", call.now) >= *submission.active_limit;
  if (over_own || over(facts.value("active_limit"), "") || over(own, submission.endpoint)) {
    Refusal refusal;
    refusal.kind = RefusalKind::kRateLimited;
    return refusal;
  }
  if (limits.submissions)
    if (const auto wait =
            box.rate_wait(call.provider, *limits.submissions, limits.window, call.now)) {
      Refusal refusal;
      refusal.kind = RefusalKind::kRateLimited;
      if (limits.announced) refusal.retry_after = *wait;
      return refusal;
    }
  return std::nullopt;
}

Fate Pipeline::fate_of(const Flow& flow, const Submission& submission) {
  Exchange& exchange = *flow.exchange;
  Then then = flow.then;
  const bool lifetime_ruled = then.links_live.has_value();
  then.fill_from(flow.call.box->scenario->defaults);
  Draw draw = flow.draw;

  Fate fate;
  if (then.queue) fate.queued_for = drawn(*then.queue, draw, exchange, "queue");
  if (then.run) fate.running_for = drawn(*then.run, draw, exchange, "run");
  fate.links_live_for = then.links_live ? drawn(*then.links_live, draw, exchange, "links_live")
                                        : flow.dialect->link_life();
  if (submission.links_live && !lifetime_ruled) fate.links_live_for = *submission.links_live;
  // Nobody polls a task whose submitter is waiting for it.
  if (then.polls && !submission.wait) fate.polls = *then.polls;
  if (then.end) {
    const auto& can = flow.dialect->contract().ends;
    const auto has = [&](End end) { return std::find(can.begin(), can.end(), end) != can.end(); };
    if (has(*then.end)) {
      fate.end = *then.end;
    } else if (*then.end == End::kNsfw && has(End::kOutputModerated)) {
      fate.end = End::kOutputModerated;  // this provider has no flag
    } else {
      remark(exchange.note,
             "this provider has no " + std::string(word(*then.end)) + ", so it was left out");
    }
  }
  if (then.error) {
    const std::string_view beyond =
        then.error->part_beyond(error_parts_of(flow.dialect->contract()));
    if (!beyond.empty())
      remark(exchange.note,
             "this provider's errors have no " + std::string(beyond) + ", so it was left out");
  }
  const auto& ends = flow.dialect->contract().ends;
  if (!then.nsfw.empty() && std::find(ends.begin(), ends.end(), End::kNsfw) == ends.end())
    remark(exchange.note, "this provider flags no pictures, so nsfw was left out");
  // A webhook that comes before the answer tells of a task that has ended before the answer.
  if (submission.webhook && then.webhook && then.webhook->early) {
    fate.queued_for = fate.running_for = Duration::zero();
    fate.polls = 0;
  }
  if (submission.doomed) {
    fate.end = *submission.doomed;
    fate.running_for = Duration::zero();
  }
  if (acts_later(then)) fate.script = std::make_shared<const Then>(std::move(then));
  return fate;
}

// Answers a submission whose key was used before with the task of that time. False when the key is
// new, forgotten, or its task is gone.
bool Pipeline::repeated(const FlowPtr& flow, const RepeatKey& repeat) {
  const Call& call = flow->call;
  const Json* const note = call.box->find_note(call.provider, "repeat " + repeat.key);
  if (note == nullptr ||
      call.now.time_since_epoch().count() >= note->at("until").get<std::int64_t>())
    return false;
  const Sandboxes::Found found =
      parts_.sandboxes.find_task(call.provider, note->at("task").get_ref<const std::string&>());
  if (!found || found.box != call.box) return false;
  if (repeat.must_match && note->at("print") != repeat.print) {
    Refusal refusal;
    refusal.kind = RefusalKind::kConflict;
    flow->exchange->refusal = word(refusal.kind);
    answer(flow, flow->dialect->refused(call, refusal));
    return true;
  }
  const TaskView view = state_at(*found.task, call.now);
  know_pictures(*call.box, *found.task, view);
  flow->exchange->task = found.task->id;
  flow->exchange->task_after = phase_word(view);
  remark(flow->exchange->note, "the key was used before, so this is the task of that time");
  flow->task_header = found.task->id;
  answer(flow, flow->dialect->accepted(call, *found.task, view));
  return true;
}

// Most tasks of an application carry the same facts; one after another share them.
std::shared_ptr<const std::string> Pipeline::shared_note(std::string note) {
  if (!last_note_ || *last_note_ != note) {
    note.shrink_to_fit();
    last_note_ = std::make_shared<const std::string>(std::move(note));
  }
  return last_note_;
}

void Pipeline::submit(const FlowPtr& flow) {
  Call& call = flow->call;
  auto read = flow->dialect->read(call);
  if (!read) {
    // What is not emulated is no refusal of the provider's.
    const bool ours = read.error().reply && read.error().reply->headers.has("x-emulator-error");
    if (!ours) flow->exchange->refusal = word(read.error().kind);
    return answer(flow, flow->dialect->refused(call, read.error()));
  }
  flow->submission = &*read;
  take(flow, *read);
  note(flow);
  flow->submission = nullptr;
}

// Into the journal each time, to whoever listens once.
void Pipeline::tell_remark(const Flow& flow, const Submission& submission) {
  if (submission.remark.empty()) return;
  remark(flow.exchange->note, submission.remark);
  if (!parts_.remarked) return;
  if (remarked_.size() >= options_.max_names) remarked_.clear();
  if (remarked_.insert(flow.exchange->provider + " " + submission.endpoint).second)
    parts_.remarked(flow.exchange->provider, submission);
}

void Pipeline::take(const FlowPtr& flow, Submission& submission) {
  Call& call = flow->call;
  flow->exchange->endpoint = submission.endpoint;
  tell_remark(*flow, submission);
  if (!decide(flow, submission.endpoint, submission.prompt, &submission.input)) return;
  if (submission.repeat && repeated(flow, *submission.repeat)) return;
  const Limits limits =
      keys_.limited(flow->dialect->limits(submission), flow->exchange->provider, call.box->name());
  if (const auto refusal = account_refusal(*flow, submission, limits)) {
    flow->exchange->refusal = word(refusal->kind);
    return answer(flow, flow->dialect->refused(call, *refusal));
  }

  Sandbox& box = *call.box;
  Task task;
  task.provider = call.provider;
  task.accepted = call.now;
  task.endpoint = submission.endpoint;
  task.plan = submission.plan;
  task.plan.caption = options_.captions;
  task.cost = submission.cost;
  task.prompt = std::move(submission.prompt);
  const contract::Contract& facts = flow->dialect->contract();
  task.packed_input =
      contract::packed_input(submission.input, fields_of(facts, task.endpoint), task.prompt);
  task.fate = fate_of(*flow, submission);
  if (!submission.note.is_null()) task.note = shared_note(compact_json(submission.note));
  if (submission.webhook) {
    submission.webhook->page = options_.visitors.foreign_page(*call.request).value_or("");
    task.webhook = std::make_shared<const WebhookAsk>(std::move(*submission.webhook));
  }
  Draw draw = box.draw("task " + flow->exchange->provider, box.tasks.next_serial());
  task.id = flow->dialect->task_id_for(call, draw);
  task.seed = submission.seed ? std::move(*submission.seed) : Seed(draw.next() >> 32);
  if (const auto refusal = flow->dialect->declined(call, task)) {
    submission.prompt = std::move(task.prompt);  // for whoever asks what was refused
    flow->exchange->refusal = word(refusal->kind);
    return answer(flow, flow->dialect->refused(call, *refusal));
  }
  Task& kept = parts_.sandboxes.accept(box, std::move(task));
  flow->made = true;
  if (limits.running) box.take_place(kept, *limits.running);
  box.charge(kept);
  if (limits.submissions) box.count_submission(call.provider, limits.window, call.now);
  if (submission.active_limit || !facts.value("active_limit").is_null() ||
      !facts.value("active_limits").is_null())
    box.account(call.provider).active.add(kept);
  flow->exchange->task = kept.id;
  flow->task_header = kept.id;
  judge_body(flow, submission);
  box.feed.tell({Happening::Kind::kTask, call.now, nullptr, kept.id, "accepted"});
  if (submission.repeat) {
    const Instant until = call.now + submission.repeat->life;
    box.put_note(call.provider, "repeat " + submission.repeat->key,
                 {{"task", kept.id},
                  {"print", submission.repeat->print},
                  {"until", until.time_since_epoch().count()}});
  }

  const std::optional<Instant> end = due_end(kept);
  const bool at_once = !submission.follow && (!submission.wait || (end && *end <= call.now));
  const bool early =
      at_once && kept.fate.script && kept.fate.script->webhook && kept.fate.script->webhook->early;
  const bool told = kept.webhook && parts_.courier != nullptr;
  if (told && !early) parts_.courier->expect(box, kept, voice_of(*flow));
  if (submission.follow && follow(flow, kept)) return;
  if (!submission.wait || (end && *end <= call.now)) {
    const TaskView view = state_at(kept, call.now);
    know_pictures(box, kept, view);
    flow->exchange->task_after = phase_word(view);
    http::Reply reply = flow->dialect->accepted(call, kept, view);
    if (!told || !early) return answer(flow, std::move(reply));
    const auto held = std::make_shared<http::Reply>(std::move(reply));
    return parts_.courier->expect(box, kept, voice_of(*flow),
                                  [this, flow, held] { answer(flow, std::move(*held)); });
  }
  // Synchronous: the reply waits for the end, on the sandbox's clock.
  watch_caller(flow);
  Instant until = call.now + *submission.wait;
  const bool gives_up = submission.start_by && kept.fate.queued_for > *submission.start_by;
  if (gives_up) until = std::min(until, call.now + *submission.start_by);
  const auto reply_at_last = [this, flow, id = kept.id, gives_up](std::function<void()> finished) {
    const Sandboxes::Found found = parts_.sandboxes.find_task(flow->call.provider, id);
    if (found) {
      flow->call.box = found.box;
      flow->call.now = found.box->now();
      if (gives_up && !state_at(*found.task, flow->call.now).done()) {
        const auto expected = due_end(*found.task);
        found.task->cancelled = flow->call.now;
        found.box->unsettle(*found.task);
        found.box->end_changed(*found.task, expected, flow->call.now);
      }
      const TaskView view = state_at(*found.task, flow->call.now);
      know_pictures(*found.box, *found.task, view);
      flow->exchange->task_after = phase_word(view);
      answer(flow, flow->dialect->accepted(flow->call, *found.task, view));
    } else {
      answer(flow, flow->dialect->unknown_task(flow->call));
    }
    finished();
  };
  parts_.sandboxes.put(box, end && *end < until ? *end : until,
                       {"reply", kept.id, reply_at_last, /*awaited=*/true});
}

void Pipeline::know_pictures(Sandbox& box, Task& task, const TaskView& view) {
  if (!view.made() || !task.links.empty()) return;
  const Dialect& dialect = parts_.registry.dialect(task.provider);
  for (int i = 0; i < task.plan.count; ++i) {
    task.links.push_back(
        parts_.sandboxes.know_picture(box, task, i, dialect.picture_path(box, task, i)));
  }
  box.changed(task);
}

void Pipeline::look_up(const FlowPtr& flow) {
  Call& call = flow->call;
  Task* task = flow->found.task;
  const bool cancel = call.route->on == On::kCancel;
  if (!decide(flow, task != nullptr ? std::string_view(task->endpoint) : std::string_view(),
              task != nullptr ? std::string_view(task->prompt) : std::string_view(), nullptr))
    return;
  if (task == nullptr) return answer(flow, flow->dialect->unknown_task(call));
  if (!cancel && skip_for(flow)) return;
  show(flow);
}

// Poll, result and cancel of a task that is there.
void Pipeline::show(const FlowPtr& flow) {
  Call& call = flow->call;
  Task* task = flow->found.task;
  const bool cancel = call.route->on == On::kCancel;
  Sandbox& box = *call.box;
  if (!cancel && task->fate.polls > 0 && !task->shown) {
    box.changed(*task);
    if (++task->polled >= static_cast<std::uint32_t>(task->fate.polls)) {
      task->shown = call.now;
      box.end_changed(*task, std::nullopt, call.now);
    }
  }
  const TaskView view = state_at(*task, call.now);
  flow->exchange->task_after = phase_word(view);
  if (view.done()) {
    const auto kept = flow->dialect->kept_for();
    if (view.end == End::kVanished || (kept && call.now > view.ended + *kept)) {
      remark(flow->exchange->note, "the task is no longer known");
      return answer(flow, flow->dialect->unknown_task(call));
    }
  }
  if (cancel) {
    http::Reply reply = flow->dialect->cancelled(call, *task, view);
    if (!view.done() && !flow->dialect->lets_go(*task, view)) {
      remark(flow->exchange->note, "the task goes on, as it does there once it is at work");
    } else if (!view.done()) {
      const auto expected = due_end(*task);
      task->cancelled = call.now;
      box.unsettle(*task);
      box.end_changed(*task, expected, call.now);
      flow->exchange->task_after = phase_word(state_at(*task, call.now));
      box.feed.tell({Happening::Kind::kTask, call.now, nullptr, task->id, "cancelled"});
      wake_followers(call.provider, task->id);
    }
    return answer(flow, std::move(reply));
  }
  know_pictures(box, *task, view);
  answer(flow, flow->dialect->shown(call, *task, view));
}

void Pipeline::download(const FlowPtr& flow) {
  Call& call = flow->call;
  const Dialect& dialect = *flow->dialect;
  Task* task = flow->found.task;
  if (!decide(flow, task != nullptr ? std::string_view(task->endpoint) : std::string_view(),
              task != nullptr ? std::string_view(task->prompt) : std::string_view(), nullptr))
    return;
  if (task == nullptr) return uploaded(flow);

  const TaskView view = state_at(*task, call.now);
  const Then* script = task->fate.script.get();
  const auto links = flow->then.links ? flow->then.links : script ? script->links : std::nullopt;
  if (auto dead = dead_link(dialect, call, *task, view, links)) {
    remark(flow->exchange->note, dead_link_words(*task, view, call.now, links));
    return answer(flow, std::move(*dead));
  }

  std::optional<scenario::ImageTrouble> trouble = flow->then.image;
  if (!trouble && script != nullptr) trouble = script->image;
  const image::Picture picture = picture_of(dialect, *task, flow->found.index, trouble);
  flow->task_header = task->id;
  http::Headers headers;
  dialect.picture_headers(call, *task, headers);
  draw(flow, picture, trouble, std::move(headers));
}

// Answers a download of that picture, without drawing where what is known of it suffices.
void Pipeline::draw(const FlowPtr& flow, const image::Picture& picture,
                    const std::optional<scenario::ImageTrouble>& trouble, http::Headers headers) {
  const bool own_file = trouble && trouble->kind == scenario::ImageTrouble::Kind::kFile;
  if (own_file) flow->bytes = Bytes::kAnybodys;
  const auto pixels =
      static_cast<std::uint64_t>(picture.width) * static_cast<std::uint64_t>(picture.height);
  if (!own_file && pixels > options_.picture_pixels)
    return answer(flow, our_error(501, "picture_too_large",
                                  "a picture of " + std::to_string(picture.width) + "x" +
                                      std::to_string(picture.height) +
                                      " pixels is not drawn: --max-picture-pixels is " +
                                      std::to_string(options_.picture_pixels)));
  const std::string drawn = "\"0x" + picture_tag(picture) + '"';
  const bool follows = follows_from_tag(trouble);
  const auto type = [&] { return std::string(announced_type(picture, trouble)); };
  const auto* known = follows ? known_files_.find(drawn) : nullptr;
  if (known != nullptr && known->md5.empty() && headers.has("content-md5")) known = nullptr;
  if (!own_file) {
    http::Headers all = headers;
    if (known == nullptr) all.remove("content-md5");
    if (known != nullptr && all.has("content-md5")) all.set("content-md5", base64(known->md5));
    if (auto same = not_modified(*flow->call.request, std::move(all), type(), drawn))
      return answer(flow, std::move(*same));
  }
  if (known != nullptr) {
    http::Headers all = headers;
    if (all.has("content-md5")) all.set("content-md5", base64(known->md5));
    if (auto reply =
            reply_without_bytes(*flow->call.request, std::move(all), known->size, type(), drawn))
      return answer(flow, std::move(*reply));
  }
  const auto made = std::make_shared<PictureFile>();
  auto work = [picture, trouble, made, read = parts_.read_file,
               hashed = own_file || headers.has("content-md5")](Pace& pace) {
    *made = rendered(picture, trouble, read, pace);
    if (hashed) made->md5 = md5(made->bytes);
  };
  auto finish = [this, flow, made, headers = std::move(headers), own_file, drawn, follows] {
    if (!made->problem.empty()) return our_fault(flow, "picture_file", made->problem);
    const std::string tag = own_file ? '"' + to_hex(made->md5) + '"' : drawn;
    http::Headers all = headers;
    if (all.has("content-md5")) all.set("content-md5", base64(made->md5));
    if (follows) known_files_.keep(drawn, {made->bytes.size(), made->md5});
    answer(flow, file_reply(*flow->call.request, std::move(all), std::move(made->bytes),
                            made->content_type, tag));
  };
  if (image::is_quick(picture) && !own_file) {
    Unhindered pace;
    work(pace);
    return finish();
  }
  beside_the_loop(flow, image::room_for(picture), std::move(work), std::move(finish));
}

// Has `work` done by a helper thread, and given up when the client leaves. Sandboxes take turns.
void Pipeline::beside_the_loop(const FlowPtr& flow, std::size_t room,
                               std::function<void(Pace&)> work, std::function<void()> done) {
  const auto handle = std::make_shared<std::shared_ptr<void>>();
  *handle =
      parts_.loop.offload({flow->box_name, room, std::move(work), [handle, done = std::move(done)] {
                             const auto kept = std::move(*handle);
                             done();
                           }});
}

// A file that a client uploaded, or nothing that is known.
void Pipeline::uploaded(const FlowPtr& flow) {
  const Call& call = flow->call;
  const Dialect& dialect = *flow->dialect;
  const Uploads::File* file = parts_.uploads.find(call.provider, call.path);
  if (file == nullptr)
    return answer(flow, dialect.picture_missing(call, Dialect::Missing::kUnknown));
  if (file->expires && call.now >= *file->expires)
    return answer(flow, dialect.picture_missing(call, Dialect::Missing::kExpired));
  if (auto refused = dialect.upload_refused(call, *file)) return answer(flow, std::move(*refused));
  http::Headers headers;
  dialect.upload_headers(call, *file, headers);
  const std::string type = file->content_type;
  std::optional<std::string> bytes;
  try {
    bytes = parts_.uploads.read(call.provider, call.path);
  } catch (const StorageFault& fault) {
    return our_fault(flow, "storage", fault.what());
  }
  if (!bytes) return answer(flow, dialect.picture_missing(call, Dialect::Missing::kGone));
  flow->bytes = Bytes::kAnybodys;
  const std::string tag = '"' + to_hex(md5(*bytes)) + '"';
  answer(flow, file_reply(*call.request, std::move(headers), std::move(*bytes), type, tag));
}

http::Reply Pipeline::own_reply(const Flow& flow) {
  const contract::Route& route = *flow.call.route;
  const OwnCall* const row = own_call(parts_.registry.own_calls(flow.call.provider), route.name);
  if (!route.emulated || row == nullptr) return flow.dialect->not_emulated(flow.call);
  return row->handler(*flow.dialect, flow.call, *this);
}

void Pipeline::other(const FlowPtr& flow) {
  Task* task = flow->found.task;
  if (!decide(flow, task != nullptr ? std::string_view(task->endpoint) : std::string_view(),
              task != nullptr ? std::string_view(task->prompt) : std::string_view(), nullptr))
    return;
  if (flow->call.route->on == On::kStream && task == nullptr)
    return answer(flow, flow->dialect->unknown_task(flow->call));
  if (flow->call.route->on == On::kStream && follow(flow, *task)) return;
  try {
    answer(flow, own_reply(*flow));
  } catch (const StorageFault& fault) {
    our_fault(flow, "storage", fault.what());
  }
}

// The machine failed us: the client is told that it was not the provider, and whoever runs us is
// told why, once for each reason in a row.
void Pipeline::our_fault(const FlowPtr& flow, std::string_view code, const std::string& why) {
  if (parts_.complain && why != last_fault_) parts_.complain(why);
  last_fault_ = why;
  flow->bytes = Bytes::kOurs;
  answer(flow, our_error(500, code, why));
}

void Pipeline::at(Sandbox& box, Instant due, std::string kind, std::string id,
                  Agenda::Action action) {
  parts_.sandboxes.put(box, due, {std::move(kind), std::move(id), std::move(action)});
}

// Changes the reply as the scenario says, then sends it, now or after the scripted delay.
void Pipeline::answer(const FlowPtr& flow, http::Reply reply) {
  // The provider would have read that body: what its dialect says of it is not the provider's word.
  if (const JsonProblem* ours = flow->call.beyond_limits(); ours && flow->exchange->task.empty()) {
    reply = beyond_json_limits(*ours);
    flow->exchange->refusal.clear();
    remark(flow->exchange->note, "the body exceeds our limits on JSON");
  }
  const Then& then = flow->then;
  if (then.reply || then.wire) flow->bytes = Bytes::kAnybodys;
  if (then.reply) {
    // What stands in for something that is not emulated is no error of ours any more.
    if (then.reply->status) reply.headers.remove("x-emulator-error");
    apply_change(
        *then.reply, [&](std::string_view name) { return fact(*flow, name); }, reply);
  }
  if (then.wire) {
    flow->exchange->wire = word(then.wire->kind);
    if (const std::string why = apply_wire(*then.wire, flow->draw, reply); !why.empty()) {
      flow->exchange->wire.clear();
      remark(flow->exchange->note, why);
    }
  }

  Sandbox* box = parts_.sandboxes.find(flow->box_name);
  if (then.delay && box != nullptr) {
    const Duration wait = drawn(*then.delay, flow->draw, *flow->exchange, "delay");
    if (wait > Duration::zero()) {
      const std::size_t bytes = sizeof(Flow) + reply.body.capacity();
      const auto held = std::make_shared<http::Reply>(std::move(reply));
      watch_caller(flow);
      parts_.sandboxes.put(*box, box->now() + wait,
                           {"reply", flow->box_name + "-" + std::to_string(flow->exchange->number),
                            [this, flow, held](std::function<void()> finished) {
                              send(flow, std::move(*held));
                              finished();
                            },
                            false, bytes});
      return;
    }
  }
  send(flow, std::move(reply));
}

void Pipeline::send(const FlowPtr& flow, http::Reply reply) {
  Exchange& exchange = *flow->exchange;
  Sandbox* box = parts_.sandboxes.find(flow->box_name);
  const Instant now = box != nullptr ? box->now() : flow->call.now;
  if (!reply.headers.has("date")) reply.headers.add("date", http_date(now));
  reply.headers.add("x-emulator-request", flow->box_name + "-" + std::to_string(exchange.number));
  if (!flow->task_header.empty()) reply.headers.add("x-emulator-task", flow->task_header);

  contain(reply, flow->bytes);

  exchange.answered = now;
  using Fault = http::Fault::Kind;
  const Fault fault = reply.fault.kind;
  const bool no_reply = fault == Fault::kClose || fault == Fault::kReset || fault == Fault::kHang ||
                        fault == Fault::kRaw;
  exchange.status = no_reply ? 0 : reply.status;
  exchange.reply_bytes = reply.body.size();
  exchange.took = parts_.sandboxes.wall().now() - flow->began;
  if (exchange.status >= 400) {
    exchange.own_error = reply.headers.get("x-emulator-error").value_or("");
    exchange.said = reason_in(reply);
  }
  if (box != nullptr) {
    const bool keeps = box->journal.keeps();
    const bool whole = keeps && !reply.stream && kept_whole(reply, options_.kept_body, flow->mask);
    if (keeps && !whole) record_reply(exchange, reply, options_.kept_body, flow->mask);
    note(flow);
    if (reply.stream)
      box->journal.changed(exchange);  // it grows with every piece
    else
      box->journal.completed(exchange, whole ? &reply : nullptr);
    judge_answer(flow, *box, reply);
    box->feed.tell({Happening::Kind::kAnswer, now, &exchange, exchange.task, ""});
    if (parts_.told) parts_.told(*box, exchange);
  }
  if (parts_.keeper == nullptr || box == nullptr) return flow->respond(std::move(reply));
  parts_.keeper->when_kept(*box, [flow, held = std::make_shared<http::Reply>(std::move(reply))] {
    flow->respond(std::move(*held));
  });
}

// The request is understood, whether it is answered by now or waits: it counts from here on.
void Pipeline::note(const FlowPtr& flow) {
  if (std::exchange(flow->noted, true)) return;
  Exchange& exchange = *flow->exchange;
  Sandbox* box = parts_.sandboxes.find(flow->box_name);
  if (box == nullptr) return;
  if (flow->submission != nullptr && exchange.task.empty() &&
      (box->journal.keeps() || !box->scenario->expect.empty()))
    exchange.submitted = std::make_shared<const Submitted>(
        Submitted{flow->submission->prompt,
                  shortened(compact_json(flow->submission->input), options_.kept_request)});
  count_expected(*box, exchange, parts_.registry, parts_.sandboxes);
  box->feed.tell({Happening::Kind::kRequest, box->now(), &exchange, exchange.task, ""});
}

}  // namespace emulator
