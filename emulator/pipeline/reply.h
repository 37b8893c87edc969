#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/random.h"
#include "emulator/http/message.h"
#include "emulator/pipeline/refusal.h"
#include "emulator/pipeline/trace.h"
#include "emulator/scenario/facts.h"
#include "emulator/scenario/scenario.h"

// A reply as the scenario has it. Pure functions: nothing is sent and nothing is noted here.
namespace emulator {

// What a request says itself of what shall happen, which goes before the file.
struct Directives {
  std::optional<std::string_view> header;  // `x-emulator-then`
  std::optional<std::string_view> prompt;  // what stands between [[ and ]] in it
  bool any() const { return header || prompt; }
};
// Views of both arguments. "" for a prompt that is not to be read.
Directives directives_of(const http::Headers& headers, std::string_view prompt);

struct Directed {
  scenario::Then then;
  std::string note;     // the directives, for the journal
  std::string problem;  // of the first that makes no sense, which ends the reading; "" for none
};
// `then` with the directives laid over it, in the words that scenarios have.
Directed directed(scenario::Then then, const Directives& directives,
                  const scenario::Vocabulary& vocabulary);

// The refusal that `then` asks for.
struct RefusalAndTrace {
  std::optional<Refusal> refusal;  // nullopt: none, or one that the provider does not have
  Trace trace;
};
// `can`: those the provider can word. What it draws, it takes from `draw`.
RefusalAndTrace scripted_refusal(const scenario::Then& then, const std::vector<RefusalKind>& can,
                                 Draw& draw);

// A worded reply as it goes out.
struct Scripted {
  http::Reply reply;
  std::string wire;   // what goes wrong on the wire, in the scenario's word; "" for nothing
  Duration delay{0};  // to be held for so long first, on the sandbox's clock
  Trace trace;
};
// `fact` is asked for what the texts of `then.reply` name.
Scripted scripted(http::Reply reply, const scenario::Then& then, Draw draw,
                  const scenario::FactOf& fact);

// False where `scripted` would give the reply back as it is.
inline bool changes_reply(const scenario::Then& then) {
  return then.reply || then.wire || then.delay;
}

}  // namespace emulator
