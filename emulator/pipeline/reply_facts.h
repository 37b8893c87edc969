#pragma once

#include <string>
#include <string_view>

#include "emulator/pipeline/dialect.h"
#include "emulator/sandbox/exchange.h"

namespace emulator {

// What the texts of a scripted reply may name (scenario/facts.h) of one request. Nothing is owned;
// good while the reply is made.
struct ReplyFacts {
  const Call& call;
  const Dialect& dialect;
  const Exchange& exchange;
  const std::string& box;  // name of the sandbox
  const Task* task;        // the exchange's, where it is the sandbox's own; else null

  // Null where there is no such thing.
  Json operator()(std::string_view name) const;
};

}  // namespace emulator
