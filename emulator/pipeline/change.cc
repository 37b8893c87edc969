#include "emulator/pipeline/change.h"

#include <algorithm>
#include <string>
#include <utility>

#include "emulator/base/json_build.h"
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
      merge_patch(*worded, scenario::patch_with_facts(change.patch, *worded, fact));
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

namespace {

// For a caller of this machine the other name of it, so that a client sees another origin.
Json elsewhere_address(const Call& call, const Dialect& dialect) {
  Origin there = call.origin;
  const std::string_view name = without_port(there.authority);
  const std::string port(std::string_view(there.authority).substr(name.size()));
  if (name == "127.0.0.1")
    there.authority = "localhost" + port;
  else if (name == "localhost")
    there.authority = "127.0.0.1" + port;
  for (const contract::Route& route : dialect.contract().routes)
    if (route.on == On::kDownload)
      return there.link(dialect.picture_door(),
                        route.path.substr(0, route.path.find('{')) + "elsewhere.jpg");
  return nullptr;
}

}  // namespace

// What a text of `reply` may name (scenario/facts.h); null where there is no such thing.
Json Pipeline::fact(const Flow& flow, std::string_view name) {
  const Exchange& exchange = *flow.exchange;
  const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  if (name == "id") return text(exchange.task);
  if (name == "elsewhere") return elsewhere_address(flow.call, *flow.dialect);
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
