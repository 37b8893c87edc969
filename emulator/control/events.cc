// What happens in a sandbox, live, as server-sent events.
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
    case Happening::Kind::kGone:
      return "gone";
  }
  return "";
}

std::optional<std::uint64_t> last_seen(const http::Request& request) {
  const auto header = request.headers.get("last-event-id");
  if (!header || header->empty() || header->size() > 18) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : *header) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

}  // namespace

const std::vector<std::string>& event_kinds() {
  static const std::vector<std::string> kKinds = {"request", "held",     "task",    "clock",
                                                  "reset",   "scenario", "webhook", "gone"};
  return kKinds;
}

struct Watch::Stream {
  std::string sandbox;
  std::vector<std::string> kinds;
  std::optional<std::uint64_t> after;
  std::shared_ptr<http::BodySink> sink;
  std::shared_ptr<void> listening, timer;
  std::unordered_set<Agenda::Ticket> looks;  // at ends to come
};

http::Reply Watch::stream(const std::string& sandbox, std::vector<std::string> kinds,
                          std::optional<std::uint64_t> after) {
  if (streams_.size() >= limits_.streams || stopped_)
    return our_error(429, "too_many_streams",
                     std::to_string(limits_.streams) +
                         " readers of events are connected already; that is the limit "
                         "(--max-event-streams)");
  const auto stream = std::make_shared<Stream>();
  stream->sandbox = sandbox;
  stream->kinds = std::move(kinds);
  stream->after = after;
  http::Reply reply;
  reply.headers.add("content-type", "text/event-stream");
  reply.headers.add("cache-control", "no-store");
  reply.stream = [this, stream](std::shared_ptr<http::BodySink> sink) {
    stream->sink = std::move(sink);
    begin(stream);
  };
  return reply;
}

void Watch::begin(const StreamPtr& stream) {
  const std::weak_ptr weak(stream);
  streams_.insert(stream);
  stream->sink->on_closed([this, weak] {
    if (const auto left = weak.lock()) end(left);
  });
  Sandbox& box = parts_.sandboxes.named(stream->sandbox);
  stream->listening = box.feed.listen([this, weak](const Happening& happening) {
    if (const auto still = weak.lock()) tell(still, happening);
  });
  beat(stream);
  if (stream->after)
    for (auto number = box.journal.first(); number <= box.journal.seen(); ++number) {
      if (number <= *stream->after) continue;
      if (const auto exchange = box.journal.find(number); exchange->answered != Instant{})
        send(stream, "request", exchange_line(box, *exchange), number);
    }
  for (const Task& task : box.tasks.all()) watch_end(stream, task);
}

void Watch::tell(const StreamPtr& stream, const Happening& happening) {
  Sandbox* box = parts_.sandboxes.find(stream->sandbox);
  if (box == nullptr) return end(stream);
  const std::string_view kind = word_of(happening.kind);
  switch (happening.kind) {
    case Happening::Kind::kRequest:
      if (happening.exchange->answered != Instant{}) return;  // told as `request`
      return send(stream, kind, exchange_line(*box, *happening.exchange));
    case Happening::Kind::kAnswer:
      return send(stream, kind, exchange_line(*box, *happening.exchange),
                  happening.exchange->number);
    case Happening::Kind::kTask: {
      send(stream, kind,
           {{"at", rfc3339(happening.at, 3)}, {"id", happening.id}, {"state", happening.what}});
      for (auto task = box->tasks.all().rbegin(); task != box->tasks.all().rend(); ++task)
        if (task->id == happening.id) {
          if (happening.what == "accepted") watch_end(stream, *task);
          break;
        }
      return;
    }
    case Happening::Kind::kClock:
      return send(stream, kind, {{"at", rfc3339(happening.at, 3)}, {"speed", box->clock.speed()}});
    case Happening::Kind::kReset:
    case Happening::Kind::kScenario:
    case Happening::Kind::kWebhook:
      return send(stream, kind,
                  {{"at", rfc3339(happening.at, 3)},
                   {"id", happening.id},
                   {"what", valid_utf8(happening.what)}});
    case Happening::Kind::kGone:
      send(stream, kind, {{"at", rfc3339(happening.at, 3)}});
      return end(stream);
  }
}

// Nothing happens when a task ends, it is only seen to have ended; so somebody has to look then.
void Watch::watch_end(const StreamPtr& stream, const Task& task) {
  const auto wanted = [&](std::string_view kind) {
    return stream->kinds.empty() ||
           std::find(stream->kinds.begin(), stream->kinds.end(), kind) != stream->kinds.end();
  };
  Sandbox* box = parts_.sandboxes.find(stream->sandbox);
  const auto due = due_end(task);
  if (box == nullptr || !due || *due <= box->now() || !wanted("task")) return;
  const auto ticket = std::make_shared<Agenda::Ticket>();
  const auto look = [this, weak = std::weak_ptr(stream), provider = task.provider, id = task.id,
                     ticket](const std::function<void()>& finished) {
    const auto still = weak.lock();
    if (still) still->looks.erase(*ticket);
    const Sandboxes::Found found = parts_.sandboxes.find_task(provider, id);
    if (still && found && found.box->name() == still->sandbox) {
      const TaskView view = state_at(*found.task, found.box->now());
      if (!view.done()) {
        watch_end(still, *found.task);
      } else if (!found.task->cancelled) {
        send(still, "task",
             {{"at", rfc3339(view.ended, 3)},
              {"id", id},
              {"state", "ended"},
              {"end", word(view.end)}});
      }
    }
    finished();
  };
  *ticket = parts_.sandboxes.put(*box, *due, {"", "", look});
  stream->looks.insert(*ticket);
}

void Watch::send(const StreamPtr& stream, std::string_view kind, const Json& data,
                 std::uint64_t number) {
  const auto& kinds = stream->kinds;
  if (!stream->sink ||
      (!kinds.empty() && std::find(kinds.begin(), kinds.end(), kind) == kinds.end()))
    return;
  if (stream->sink->backlog() > limits_.stream_backlog) {
    ++dropped_;
    stream->sink->write(
        "event: dropped\ndata: {\"reason\":\"more than " + std::to_string(limits_.stream_backlog) +
        " bytes behind (--max-event-backlog); connect again with last-event-id\"}\n\n");
    return end(stream);
  }
  std::string text;
  if (number > 0) text += "id: " + std::to_string(number) + "\n";
  text += "event: ";
  text += kind;
  text += "\ndata: " + compact_json(data) + "\n\n";
  stream->sink->write(std::move(text));
}

void Watch::beat(const StreamPtr& stream) {
  if (!stream->sink) return;
  stream->sink->write(":\n\n");
  stream->timer = parts_.after(kBeat, [this, weak = std::weak_ptr(stream)] {
    if (const auto still = weak.lock()) beat(still);
  });
}

void Watch::end(const StreamPtr& stream) {
  const StreamPtr held = stream;  // the set may hold the last one
  streams_.erase(held);
  // Whoever connects again and again shall leave nothing behind.
  if (Sandbox* box = parts_.sandboxes.find(held->sandbox))
    for (const Agenda::Ticket ticket : held->looks) box->agenda.cancel(ticket);
  held->looks.clear();
  held->listening.reset();
  held->timer.reset();
  if (const auto sink = std::exchange(held->sink, nullptr)) sink->end();
}

void events(const Call& call, http::Respond respond) {
  Query query(*call.request, {"kind"});
  std::vector<std::string> kinds;
  if (const auto text = query.text("kind"))
    for (const std::string_view kind : split(*text, ',')) kinds.emplace_back(kind);
  for (const std::string& kind : kinds)
    if (std::find(event_kinds().begin(), event_kinds().end(), kind) == event_kinds().end())
      query.fail("kind", "no kind of event is called \"" + valid_utf8(kind) + "\"", event_kinds());
  if (query.failed()) return respond(query.answer());
  call.box();
  respond(call.watch.stream(call.capture("sandbox"), std::move(kinds), last_seen(*call.request)));
}

}  // namespace emulator::control
