#include "emulator/pipeline/change.h"

#include <algorithm>
#include <string>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/pipeline/flow.h"
#include "emulator/pipeline/pipeline.h"

namespace emulator {

void apply_change(const scenario::ReplyChange& change, const scenario::FactOf& fact,
                  http::Reply& reply) {
  if (change.status) reply.status = *change.status;
  if (change.body) reply.body = *change.body;
  if (!change.patch.is_null()) {
    if (auto worded = decode_json(reply.body)) {
      worded->merge_patch(scenario::patch_with_facts(change.patch, *worded, fact));
      reply.body = compact_json(*worded);
    }
  }
  for (const auto& [name, value] : change.headers) {
    const scenario::FactOf here = [&, &header = name](std::string_view asked) {
      const auto was = asked == "was" ? reply.headers.get(header) : std::nullopt;
      return asked != "was" ? fact(asked) : was ? Json(*was) : Json();
    };
    std::string text = scenario::with_facts(value, here);
    // A prompt may hold what would begin another line.
    std::replace_if(
        text.begin(), text.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    reply.headers.set(name, std::move(text));
  }
}

// What a text of `reply` may name (scenario/facts.h); null where there is no such thing.
Json Pipeline::fact(const Flow& flow, std::string_view name) {
  const Exchange& exchange = *flow.exchange;
  const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  if (name == "id") return text(exchange.task);
  if (name == "endpoint") return text(exchange.endpoint);
  if (name == "provider") return exchange.provider;
  if (name == "sandbox") return flow.box_name;
  if (name == "now") return rfc3339(flow.call.now, 3);
  if (name == "request") return flow.box_name + "-" + std::to_string(exchange.number);
  const Sandboxes::Found found = parts_.sandboxes.find_task(flow.call.provider, exchange.task);
  const bool own = found && found.box->name() == flow.box_name;
  if (name == "prompt" && !own)
    return flow.submission != nullptr ? text(flow.submission->prompt) : Json();
  if (!own) return nullptr;
  const Task& task = *found.task;
  if (name == "prompt") return task.prompt;
  if (name == "seed") return task.seed.json();
  if (name == "cost") return task.cost;
  if (name == "accepted") return rfc3339(task.accepted, 3);
  return nullptr;
}

}  // namespace emulator
