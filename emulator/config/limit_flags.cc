// A row for each bound: its flag, the member of the part that keeps it, its range, and what it is.
// What the member is at first is the preset that help shows.
#include "emulator/config/serve_flags.h"

namespace emulator {

void limit_flags(Flags& flags, ServeConfig& serve) {
  flags.count("--max-sandboxes", serve.sandboxes.sandboxes, 1, 1'000'000,
              "sandboxes kept; the longest idle goes first");
  flags.count("--max-tasks", serve.sandboxes.tasks, 1, 100'000'000,
              "tasks kept, of all sandboxes together; the oldest goes first");
  flags.count("--max-journal", serve.sandboxes.journal_entries, 0, 10'000'000,
              "journal entries kept for each sandbox");
  flags.size("--max-journal-bytes", serve.sandboxes.journal_bytes, 0, 64ull << 30,
             "bytes of journal kept for each sandbox");
  flags.size(
      "--max-journal-total", serve.sandboxes.journals_bytes, 0, 1ull << 40,
      "bytes of journal kept for all sandboxes together; the longest idle lose theirs first");
  flags.count("--max-waits", serve.control.waits, 0, 1'000'000,
              "calls of the control API that wait (verify, within) at once");
  flags.count("--max-event-streams", serve.control.streams, 0, 100'000,
              "readers of events connected at once");
  flags.size("--max-event-backlog", serve.control.stream_backlog, 1'024, 1u << 30,
             "bytes a reader of events may be behind before it is dropped");
  flags.count(
      "--max-notes", serve.sandboxes.notes, 1, 10'000'000,
      "notes kept for each sandbox and provider: repeat keys, uploads under way and the like; "
      "the oldest goes first");
  flags.count("--max-fired", serve.sandboxes.fired, 1, 10'000'000,
              "events told by one call that moves a clock; it says when there were more");
  flags.count("--max-names", serve.pipeline.max_names, 1, 10'000'000,
              "keys whose sandbox names are remembered; more are worked out anew. Models that were "
              "warned of, too");
  flags.count("--max-findings", serve.judge.findings, 0, 1'000'000,
              "findings about the client kept for each sandbox; more are counted");
  flags.count(
      "--max-watched", serve.judge.watched, 0, 10'000'000,
      "tasks, and requests that come again, remembered for each sandbox to judge its client "
      "by; the oldest goes first; 0: nobody is judged, nor outcomes counted");
  flags.size("--max-memory", serve.max_memory, 16u << 20, 1ull << 40,
             "bytes of everything that clients can make grow; at the bound the least missed goes "
             "first, and requests there is no room for are refused");
  flags.size("--max-body", serve.server.limits.body_bytes, 1, 4ull << 30, "largest request body");
  flags.count("--max-json-values", serve.pipeline.json.values, 1, 100'000'000,
              "values in a JSON body, at all depths together");
  flags.count("--max-json-members", serve.pipeline.json.members, 1, 100'000'000,
              "members of one object in a JSON body");
  flags.time<std::chrono::milliseconds>(
      "--long-turn", serve.server.long_turn, 1, 60'000,
      "milliseconds of processor time after which a turn of the event loop is counted as "
      "long, and told on stderr with the request that took it");
  flags.count("--max-picture-pixels", serve.pipeline.picture_pixels, 1, 64u << 20,
              "pixels of the largest picture that is drawn; a scenario's may ask for more, and is "
              "answered an emulator error");
  flags.count("--max-known-pictures", serve.pipeline.known_pictures, 0, 10'000'000,
              "pictures whose sizes are remembered, so that HEAD needs no drawing");
  flags.size("--max-scenario", serve.scenario_limits.bytes, 1'024, 4u << 20,
             "largest text of a scenario");
  flags.size("--max-scenario-patterns", serve.scenario_limits.pattern_bytes, 1'024, 1u << 30,
             "bytes that all patterns of a scenario may take once they are compiled");
  flags.size("--max-picture-file", serve.max_picture_file, 1, 1ull << 30,
             "largest file that a scenario's image: { file: PATH } may name");
  flags.size("--max-upload-memory", serve.uploads.memory, 0, 64ull << 30,
             "bytes of uploaded files kept in memory; more go to a temporary folder");
  flags.size("--max-uploads", serve.uploads.total, 0, 1ull << 40,
             "bytes of uploaded files kept at all; the oldest go first");
  flags.count("--max-upload-files", serve.uploads.files, 1, 10'000'000,
              "uploaded files kept at all; the oldest go first");
  flags.count("--max-webhooks", serve.webhooks.limits.waiting, 0, 10'000'000,
              "webhooks that wait to be delivered, of all sandboxes together; further ones are "
              "refused");
  flags.count("--max-webhook-records", serve.webhooks.limits.records, 0, 10'000'000,
              "webhooks that are over kept to be looked at, for each sandbox");
  flags.size("--max-webhook-bytes", serve.webhooks.limits.record_bytes, 0, 64ull << 30,
             "bytes of those");
  flags.count("--max-webhook-connections", serve.webhooks.limits.pool.at_once, 1, 60'000,
              "webhooks on their way at once");
  flags.count("--max-webhook-share", serve.webhooks.limits.pool.of_one_group, 1, 60'000,
              "of those, for each sandbox");
  flags.size("--max-webhook-reply", serve.webhook_client.body_bytes, 0, 1u << 30,
             "bytes read of a receiver's answer");
  flags.count("--max-inbox", serve.inbox.letters, 1, 10'000'000,
              "requests kept in all inboxes together; the oldest goes first");
  flags.size("--max-inbox-bytes", serve.inbox.bytes, 1, 64ull << 30, "bytes of those");
  flags.size("--max-header", serve.server.limits.header_bytes, 1'024, 16u << 20,
             "largest request line with headers");
  flags.count("--max-connections", serve.server.limits.connections, 1, 1'000'000,
              "connections held at once");
  flags.time<std::chrono::seconds>("--head-time", serve.server.limits.head_time, 1, 86'400,
                                   "seconds for the headers of a request, and for a TLS handshake");
  flags.time<std::chrono::seconds>("--body-time", serve.server.limits.body_time, 1, 86'400,
                                   "seconds a body may make no progress, either way");
  flags.time<std::chrono::seconds>("--idle-time", serve.server.limits.idle_time, 1, 86'400,
                                   "seconds between two requests of a connection");
}

}  // namespace emulator
