#include "emulator/providers/fal/streams.h"

#include <algorithm>
#include <string>

#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/failure.h"
#include "emulator/providers/fal/output.h"
#include "emulator/providers/fal/ticket.h"

namespace emulator::fal {
namespace {

std::string event(const std::string& json) { return "data: " + json + "\n\n"; }
std::string event(const Json& data) { return event(compact_json(data)); }

}  // namespace

http::Reply stream_head() {
  http::Reply reply;
  reply.headers.add("content-type", "text/event-stream");
  reply.headers.add("cache-control", "no-cache");
  return reply;
}

Piece status_event(const emulator::Dialect& dialect, const Call& call, const Task& task,
                   const TaskView& view, Json& kept) {
  if (view.done() && view.end == End::kVanished) return {"", true, std::nullopt};
  const contract::Contract& contract = dialect.contract();
  const bool logs = wants_logs(call);
  const std::size_t told = kept.is_number() ? kept.get<std::size_t>() : 0;
  Piece piece;
  piece.bytes = event(status_body(call, contract, task, view, logs, told));
  if (logs) kept = std::max(told, log_lines(contract, task, view));
  piece.last = view.done();
  piece.next = next_change(contract, task, view, logs);
  return piece;
}

Piece output_event(const emulator::Dialect& dialect, const Call& call, const Task& task,
                   const TaskView& view, Json& kept) {
  const int previews = facts_of(dialect.contract()).stream_previews;
  int told = kept.is_number() ? kept.get<int>() : 0;
  const auto due = [&](int number) {
    return task.accepted + task.fate.queued_for + task.fate.running_for * number / (previews + 1);
  };
  Piece piece;
  const bool running = view.phase == Phase::kRunning;
  while (told < previews && (view.made() || (running && view.now >= due(told + 1)))) {
    piece.bytes += event(output_of(dialect, call, task, view, told));
    ++told;
  }
  kept = told;
  if (view.done()) {
    piece.bytes += event(view.made() ? output_of(dialect, call, task, view)
                                     : failure_of(dialect.contract(), task, view).body);
    piece.last = true;
  } else if (running && told < previews && task.fate.polls == 0) {
    piece.next = due(told + 1);
  }
  return piece;
}

}  // namespace emulator::fal
