#include "emulator/control/metrics.h"

#include <cmath>
#include <cstdint>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/control/routes.h"
#include "emulator/control/tally.h"
#include "emulator/control/watch.h"

namespace emulator::control {
namespace {

// Whole numbers as such, others as JSON writes them, which is a form Prometheus reads.
std::string number(double value) {
  constexpr double kWhole = 1LL << 53;  // what a double holds every whole number up to
  if (std::abs(value) <= kWhole && std::trunc(value) == value)
    return std::to_string(static_cast<std::int64_t>(value));
  return compact_json(value);
}

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : valid_utf8(value)) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    out += c;
  }
  return out;
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

void add_process(Metrics& out, const Call& call) {
  out.family("emulator_build_info", "gauge", "Always 1; the version is in the label.");
  out.sample(1, {{"version", call.version}});
  out.one("process_start_time_seconds", "gauge", "When it started, in seconds since 1970.",
          seconds(call.started.time_since_epoch()));
  if (!call.parts.process) return;
  const ProcessFigures process = call.parts.process();
  out.one("process_resident_memory_bytes", "gauge", "Memory held.", process.resident_bytes);
  out.one("process_cpu_seconds_total", "counter", "Processor time used.", process.cpu_seconds);
  out.one("emulator_connections", "gauge", "Connections open now.", process.connections);
  out.one("emulator_connections_total", "counter", "Connections accepted.", process.accepted);
  out.one("emulator_http_requests_total", "counter",
          "Requests of every kind that came over HTTP, those of the control API included.",
          process.requests);
  out.one("emulator_loop_turns_total", "counter", "Turns of the event loop.", process.turns);
  out.one("emulator_loop_long_turns_total", "counter",
          "Turns of the event loop that used more processor time than --long-turn.",
          process.long_turns);
  out.one("emulator_loop_longest_turn_seconds", "gauge",
          "Processor time of the longest turn; 0 while none used half of --long-turn.",
          process.longest_turn);
  out.one("emulator_loop_longest_turn_wall_seconds", "gauge",
          "The same by the wall, which counts what other processes took as well.",
          process.longest_turn_wall);
  out.one("emulator_background_waiting", "gauge",
          "Pictures, scenario texts and the like that wait for a helper thread.",
          process.background_waiting);
  out.one("emulator_background_begun", "gauge", "Those that helper threads are in the middle of.",
          process.background_begun);
  out.one("emulator_background_done_total", "counter", "Those that were done.",
          process.background_done);
  out.one("emulator_background_given_up_total", "counter", "Those that nobody waited for any more.",
          process.background_given_up);
  out.one("emulator_connections_let_go_total", "counter",
          "Idle connections closed because others wanted in.", process.let_go);
  out.one("emulator_log_lines_dropped_total", "counter",
          "Lines of the log dropped because nobody read it.", process.log_dropped);
}

void add_memory(Metrics& out, const Memory& memory) {
  out.one("emulator_memory_limit_bytes", "gauge", "What --max-memory allows.",
          static_cast<double>(memory.most()));
  out.family("emulator_memory_bytes", "gauge",
             "Bytes counted towards --max-memory, by what holds them.");
  for (std::size_t i = 0; i < kHelds; ++i)
    out.sample(static_cast<double>(memory.of(static_cast<Held>(i))),
               {{"what", to_string(static_cast<Held>(i))}});
  out.family("emulator_memory_let_go_bytes_total", "counter",
             "Bytes let go because --max-memory was reached, by what held them.");
  for (const Memory::LetGo& one : memory.let_go())
    out.sample(static_cast<double>(one.bytes), {{"what", one.what}});
  out.one("emulator_memory_refusals_total", "counter",
          "Requests and messages refused because nothing more could be let go.",
          static_cast<double>(memory.refused()));
}

void add_worlds(Metrics& out, const Call& call) {
  std::size_t entries = 0, bytes = 0, pending = 0;
  std::uint64_t forgotten = 0;
  for (const Sandbox* box : call.parts.sandboxes.all()) {
    entries += box->journal.size();
    bytes += box->journal.bytes();
    forgotten += box->journal.forgotten();
    pending += box->agenda.size();
  }
  const auto gauge = [&](const char* name, const char* help, std::size_t value) {
    out.one(name, "gauge", help, static_cast<double>(value));
  };
  gauge("emulator_sandboxes", "Sandboxes there are.", call.parts.sandboxes.all().size());
  gauge("emulator_tasks", "Tasks kept.", call.parts.sandboxes.tasks());
  gauge("emulator_agenda_items", "Things due on the clocks of all sandboxes.", pending);
  gauge("emulator_journal_entries", "Exchanges kept in the journals.", entries);
  gauge("emulator_journal_bytes", "Bytes counted for the journals.", bytes);
  gauge("emulator_journal_forgotten", "Exchanges that the journals of today have let go.",
        static_cast<std::size_t>(forgotten));
}

void add_answers(Metrics& out, const Tally& tally) {
  out.family("emulator_requests_total", "counter",
             "Requests to providers that were answered; status 0 is no HTTP reply at all.");
  for (const auto& [labels, count] : tally.requests())
    out.sample(static_cast<double>(count), {{"provider", std::get<0>(labels)},
                                            {"on", std::get<1>(labels)},
                                            {"status", std::to_string(std::get<2>(labels))}});
  out.family("emulator_refusals_total", "counter", "Requests refused, by reason.");
  for (const auto& [reason, count] : tally.refusals())
    out.sample(static_cast<double>(count), {{"reason", reason}});
  out.family("emulator_wire_faults_total", "counter", "Scripted faults on the wire, by kind.");
  for (const auto& [kind, count] : tally.faults())
    out.sample(static_cast<double>(count), {{"kind", kind}});

  const Tally::Durations& durations = tally.durations();
  out.family("emulator_request_duration_seconds", "histogram",
             "Wall time from a request to its answer, scripted waits included.");
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < Tally::kBounds.size(); ++i) {
    sum += durations.below[i];
    out.sample(static_cast<double>(sum), {{"le", number(Tally::kBounds[i])}}, "_bucket");
  }
  out.sample(static_cast<double>(durations.count), {{"le", "+Inf"}}, "_bucket");
  out.sample(durations.sum, {}, "_sum");
  out.sample(static_cast<double>(durations.count), {}, "_count");
}

void add_findings(Metrics& out, const judge::Judge& judge) {
  out.family("emulator_findings_total", "counter",
             "Findings about clients, by code; the same of the same counts once.");
  for (const auto& known : kFindingWords)
    out.sample(static_cast<double>(judge.counts()[static_cast<std::size_t>(known.value)]),
               {{"code", known.text}});
}

void add_watchers(Metrics& out, const Watch& watch) {
  const Watch::Figures figures = watch.figures();
  out.one("emulator_verify_waits", "gauge", "Calls of verify that wait.",
          static_cast<double>(figures.waits));
  out.one("emulator_event_streams", "gauge", "Readers of events connected.",
          static_cast<double>(figures.streams));
  out.one("emulator_event_streams_dropped_total", "counter",
          "Readers of events that were too slow.", static_cast<double>(figures.dropped));
}

}  // namespace

void Metrics::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + " ";
  text_ += help;
  text_ += "\n# TYPE " + name_ + " ";
  text_ += type;
  text_ += '\n';
}

void Metrics::sample(double value, Labels labels, std::string_view suffix) {
  text_ += name_;
  text_ += suffix;
  char before = '{';
  for (const auto& [name, label] : labels) {
    text_ += before;
    text_ += name;
    text_ += "=\"" + escaped(label) + '"';
    before = ',';
  }
  if (before == ',') text_ += '}';
  text_ += ' ' + number(value) + '\n';
}

void Metrics::one(std::string_view name, std::string_view type, std::string_view help,
                  double value) {
  family(name, type, help);
  sample(value);
}

http::Reply metrics(const Call& call) {
  Metrics out;
  add_process(out, call);
  if (call.parts.memory != nullptr) add_memory(out, *call.parts.memory);
  add_worlds(out, call);
  add_answers(out, call.tally);
  if (call.parts.judge != nullptr) add_findings(out, *call.parts.judge);
  add_watchers(out, call.watch);
  if (call.parts.keeper != nullptr) add_state(out, *call.parts.keeper);
  if (call.parts.fleet != nullptr) add_fleet(out, *call.parts.fleet);
  http::Reply reply;
  reply.headers.add("content-type", "text/plain; version=0.0.4; charset=utf-8");
  reply.body = out.take();
  return reply;
}

}  // namespace emulator::control
