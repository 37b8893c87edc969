// What happens in a sandbox or in all of them, live, as server-sent events.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"
#include "emulator/control/views.h"
#include "emulator/control/watch.h"

namespace emulator::control {
namespace {

// Often enough that nobody between takes a quiet stream for a dead one.
constexpr Duration kBeat = std::chrono::seconds(15);

std::string_view word_of(Happening::Kind kind) {
  switch (kind) {
    case Happening::Kind::kRequest:
      return "held";
    case Happening::Kind::kAnswer:
      return "request";
    case Happening::Kind::kTask:
      return "task";
    case Happening::Kind::kClock:
      return "clock";
    case Happening::Kind::kReset:
      return "reset";
    case Happening::Kind::kScenario:
      return "scenario";
    case Happening::Kind::kWebhook:
      return "webhook";
    case Happening::Kind::kFinding:
      return "finding";
    case Happening::Kind::kGone:
      return "gone";
    case Happening::Kind::kLetter:
      return "letter";
  }
  return "";
}

// Fewer bytes than an event of a request has.
constexpr std::size_t kLeastEvent = 256;

std::optional<std::uint64_t> number_of(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

std::string_view last_seen(const http::Request& request) {
  return request.headers.get("last-event-id").value_or("");
}

}  // namespace

const std::vector<std::string>& event_kinds() {
  static const std::vector<std::string> kKinds = {"request", "held",     "task",    "clock",
                                                  "reset",   "scenario", "webhook", "finding",
                                                  "gone",    "letter"};
  return kKinds;
}

struct Watch::Stream {
  std::string sandbox;  // "" : all of them
  std::vector<std::string> kinds;
  std::optional<std::uint64_t> after;
  std::string last, run;  // of a stream of all
  std::shared_ptr<http::BodySink> sink;
  std::shared_ptr<void> listening, timer;
  std::set<std::pair<std::string, Agenda::Ticket>> looks;  // at ends to come, by sandbox

  bool wants(std::string_view kind) const {
    return kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  }
};

http::Reply Watch::stream(const std::string& sandbox, std::vector<std::string> kinds,
                          std::optional<std::uint64_t> after) {
  const auto stream = std::make_shared<Stream>();
  stream->sandbox = sandbox;
  stream->kinds = std::move(kinds);
  stream->after = after;
  return reply_for(stream);
}

http::Reply Watch::stream_of_all(std::vector<std::string> kinds, std::string last,
                                 std::string run) {
  const auto stream = std::make_shared<Stream>();
  stream->kinds = std::move(kinds);
  stream->last = std::move(last);
  stream->run = std::move(run);
  return reply_for(stream);
}

http::Reply Watch::reply_for(const StreamPtr& stream) {
  if (streams_.size() >= limits_.streams || stopped_)
    return our_error(429, "too_many_streams",
                     std::to_string(limits_.streams) +
                         " readers of events are connected already; that is the limit "
                         "(--max-event-streams)");
  http::Reply reply;
  reply.headers.add("content-type", "text/event-stream");
  reply.headers.add("cache-control", "no-store");
  reply.stream = [this, stream](std::shared_ptr<http::BodySink> sink) {
    stream->sink = std::move(sink);
    streams_.insert(stream);
    stream->sink->on_closed([this, weak = std::weak_ptr(stream)] {
      if (const auto left = weak.lock()) end(left);
    });
    if (stream->sandbox.empty())
      begin_all(stream);
    else
      begin(stream);
  };
  return reply;
}

void Watch::begin(const StreamPtr& stream) {
  Sandbox& box = parts_.sandboxes.named(stream->sandbox);
  stream->listening =
      box.feed.listen([this, weak = std::weak_ptr(stream)](const Happening& happening) {
        if (const auto still = weak.lock()) tell(still, happening);
      });
  beat(stream);
  if (stream->after)
    for (auto number = box.journal.first(); number <= box.journal.seen(); ++number) {
      if (number <= *stream->after) continue;
      if (const auto exchange = box.journal.find(number); exchange->answered != Instant{})
        send(stream, "request", exchange_line(box, *exchange), &box, std::to_string(number));
    }
  for (const Task& task : box.tasks.all()) watch_end(stream, box, task);
}

void Watch::begin_all(const StreamPtr& stream) {
  if (!remembering_)
    remembering_ = parts_.sandboxes.everywhere().listen(
        [this](const Happening& happening) { remember(happening); });
  stream->listening = parts_.sandboxes.everywhere().listen(
      [this, weak = std::weak_ptr(stream)](const Happening& happening) {
        if (const auto still = weak.lock()) tell(still, happening);
      });
  beat(stream);
  // Where the reader was, if that can still be gone on from.
  const std::string own = stream->run + "-";
  const auto seen = stream->last.starts_with(own)
                        ? number_of(std::string_view(stream->last).substr(own.size()))
                        : std::nullopt;
  const bool resumed = seen && *seen >= told_before_ && *seen <= told_before_ + told_.size();
  send(stream, "hello", {{"run", stream->run}, {"resumed", resumed}}, nullptr,
       own + std::to_string(told_before_ + told_.size()));
  for (std::uint64_t next = resumed ? *seen : told_before_ + told_.size();
       next < told_before_ + told_.size(); ++next) {
    const Told& told = told_[static_cast<std::size_t>(next - told_before_)];
    const Sandbox* box = parts_.sandboxes.find(told.sandbox);
    const auto exchange = box == nullptr ? nullptr : box->journal.find(told.number);
    if (exchange)
      send(stream, "request", exchange_line(*box, *exchange), box, own + std::to_string(next + 1));
  }
  for (Sandbox* box : parts_.sandboxes.all())
    for (const Task& task : box->tasks.all()) watch_end(stream, *box, task);
}

void Watch::remember(const Happening& happening) {
  if (happening.kind != Happening::Kind::kAnswer) return;
  told_.push_back({happening.box->name(), happening.exchange->number});
  while (told_.size() > limits_.stream_backlog / kLeastEvent) {
    told_.pop_front();
    ++told_before_;
  }
}

// The sandbox that it happened in; null when it is let go, or none was concerned.
Sandbox* Watch::box_of(const Stream& stream, const Happening& happening) const {
  return stream.sandbox.empty() ? happening.box : parts_.sandboxes.find(stream.sandbox);
}

void Watch::tell(const StreamPtr& stream, const Happening& happening) {
  Sandbox* box = box_of(*stream, happening);
  const std::string_view kind = word_of(happening.kind);
  if (happening.kind == Happening::Kind::kLetter)
    return send(stream, kind,
                {{"at", rfc3339(happening.at, 3)},
                 {"inbox", valid_utf8(happening.id)},
                 {"number", valid_utf8(happening.what)}},
                nullptr);
  if (box == nullptr) return end(stream);
  switch (happening.kind) {
    case Happening::Kind::kRequest:
      if (happening.exchange->answered != Instant{}) return;  // told as `request`
      return send(stream, kind, exchange_line(*box, *happening.exchange), box);
    case Happening::Kind::kAnswer:
      return send(stream, kind, exchange_line(*box, *happening.exchange), box,
                  stream->sandbox.empty()
                      ? stream->run + "-" + std::to_string(told_before_ + told_.size())
                      : std::to_string(happening.exchange->number));
    case Happening::Kind::kTask: {
      send(stream, kind,
           {{"at", rfc3339(happening.at, 3)}, {"id", happening.id}, {"state", happening.what}},
           box);
      for (auto task = box->tasks.all().rbegin(); task != box->tasks.all().rend(); ++task)
        if (task->id == happening.id) {
          if (happening.what == "accepted") watch_end(stream, *box, *task);
          break;
        }
      return;
    }
    case Happening::Kind::kClock:
      return send(stream, kind, {{"at", rfc3339(happening.at, 3)}, {"speed", box->clock.speed()}},
                  box);
    case Happening::Kind::kReset:
    case Happening::Kind::kScenario:
    case Happening::Kind::kWebhook:
      return send(stream, kind,
                  {{"at", rfc3339(happening.at, 3)},
                   {"id", happening.id},
                   {"what", valid_utf8(happening.what)}},
                  box);
    case Happening::Kind::kFinding:
      return send_text(stream, kind, happening.what);
    case Happening::Kind::kGone:
      send(stream, kind, {{"at", rfc3339(happening.at, 3)}}, box);
      if (!stream->sandbox.empty()) end(stream);
      return;
    case Happening::Kind::kLetter:
      return;
  }
}

// Nothing happens when a task ends, it is only seen to have ended; so somebody has to look then.
void Watch::watch_end(const StreamPtr& stream, Sandbox& box, const Task& task) {
  const auto due = due_end(task);
  if (!due || *due <= box.now() || !stream->wants("task")) return;
  const auto ticket = std::make_shared<Agenda::Ticket>();
  const auto look = [this, weak = std::weak_ptr(stream), provider = task.provider, id = task.id,
                     name = box.name(), ticket](const std::function<void()>& finished) {
    const auto still = weak.lock();
    if (still) still->looks.erase({name, *ticket});
    const Sandboxes::Found found = parts_.sandboxes.find_task(provider, id);
    if (still && found && found.box->name() == name) {
      const TaskView view = state_at(*found.task, found.box->now());
      if (!view.done()) {
        watch_end(still, *found.box, *found.task);
      } else if (!found.task->cancelled) {
        send(still, "task",
             {{"at", rfc3339(view.ended, 3)},
              {"id", id},
              {"state", "ended"},
              {"end", to_string(view.end)}},
             found.box);
      }
    }
    finished();
  };
  *ticket = parts_.sandboxes.put(box, *due, {"", "", look});
  stream->looks.emplace(box.name(), *ticket);
}

void Watch::send(const StreamPtr& stream, std::string_view kind, Json data, const Sandbox* box,
                 const std::string& id) {
  if (stream->sandbox.empty() && box != nullptr) data["sandbox"] = box->name();
  send_text(stream, kind, compact_json(data), id);
}

void Watch::send_text(const StreamPtr& stream, std::string_view kind, std::string_view data,
                      const std::string& id) {
  if (!stream->sink || (kind != "hello" && !stream->wants(kind))) return;
  if (stream->sink->backlog() > limits_.stream_backlog) {
    ++dropped_;
    stream->sink->write(
        "event: dropped\ndata: {\"reason\":\"more than " + std::to_string(limits_.stream_backlog) +
        " bytes behind (--max-event-backlog); connect again with last-event-id\"}\n\n");
    return end(stream);
  }
  std::string text;
  if (!id.empty()) text += "id: " + id + "\n";
  text += "event: ";
  text += kind;
  text += "\ndata: ";
  text += data;
  text += "\n\n";
  stream->sink->write(std::move(text));
}

void Watch::beat(const StreamPtr& stream) {
  if (!stream->sink) return;
  stream->sink->write(":\n\n");
  stream->timer = parts_.loop.after(kBeat, [this, weak = std::weak_ptr(stream)] {
    if (const auto still = weak.lock()) beat(still);
  });
}

void Watch::end(const StreamPtr& stream) {
  // The set may hold the last one.
  const StreamPtr held = stream;  // NOLINT(performance-unnecessary-copy-initialization)
  streams_.erase(held);
  // Whoever connects again and again shall leave nothing behind.
  for (const auto& [name, ticket] : held->looks)
    if (Sandbox* box = parts_.sandboxes.find(name)) box->agenda.cancel(ticket);
  held->looks.clear();
  held->listening.reset();
  held->timer.reset();
  if (const auto sink = std::exchange(held->sink, nullptr)) sink->end();
}

namespace {

// The kinds asked for, or nothing and `query` says what is wrong.
std::vector<std::string> kinds_in(Query& query) {
  std::vector<std::string> kinds;
  if (const auto text = query.text("kind"))
    for (const std::string_view kind : split(*text, ',')) kinds.emplace_back(kind);
  for (const std::string& kind : kinds)
    if (std::find(event_kinds().begin(), event_kinds().end(), kind) == event_kinds().end())
      query.fail("kind", "no kind of event is called \"" + valid_utf8(kind) + "\"", event_kinds());
  return kinds;
}

}  // namespace

// What handlers are given is what their table says.
// NOLINTBEGIN(performance-unnecessary-value-param)
void events(const Call& call, http::Respond respond) {
  Query query(*call.request, {"kind"});
  std::vector<std::string> kinds = kinds_in(query);
  if (query.failed()) return respond(query.answer());
  call.box();
  respond(call.watch.stream(call.capture("sandbox"), std::move(kinds),
                            number_of(last_seen(*call.request))));
}

void all_events(const Call& call, http::Respond respond) {
  Query query(*call.request, {"kind"});
  std::vector<std::string> kinds = kinds_in(query);
  if (query.failed()) return respond(query.answer());
  const auto started = std::chrono::duration_cast<Millis>(call.started.time_since_epoch());
  respond(call.watch.stream_of_all(std::move(kinds), std::string(last_seen(*call.request)),
                                   std::to_string(started.count())));
}
// NOLINTEND(performance-unnecessary-value-param)

}  // namespace emulator::control
