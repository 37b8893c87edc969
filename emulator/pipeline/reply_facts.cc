#include "emulator/pipeline/reply_facts.h"

#include "emulator/base/text.h"

namespace emulator {
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
  if (dialect.pictures() == nullptr) return nullptr;
  for (const contract::Route& route : dialect.contract().routes)
    if (route.on == On::kDownload)
      return there.link(dialect.pictures()->picture_door(),
                        route.path.substr(0, route.path.find('{')) + "elsewhere.jpg");
  return nullptr;
}

Json text_or_null(const std::string& value) { return value.empty() ? Json() : Json(value); }

}  // namespace

Json ReplyFacts::operator()(std::string_view name) const {
  if (name == "id") return text_or_null(exchange.task);
  if (name == "elsewhere") return elsewhere_address(call, dialect);
  if (name == "endpoint") return text_or_null(exchange.endpoint);
  if (name == "provider") return exchange.provider;
  if (name == "sandbox") return box;
  if (name == "now") return rfc3339(call.now, 3);
  if (name == "request") return box + "-" + std::to_string(exchange.number);
  if (task == nullptr)
    return name == "prompt" && exchange.submitted ? text_or_null(exchange.submitted->prompt)
                                                  : Json();
  if (name == "prompt") return task->prompt;
  if (name == "seed") return task->seed.json();
  if (name == "cost") return task->cost;
  if (name == "accepted") return rfc3339(task->accepted, 3);
  return nullptr;
}

}  // namespace emulator
