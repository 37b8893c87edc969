// What a scenario does to one reply, in the order in which it would show: first who decides (the
// file, or the request that brings its own directive), then the refusal, then the words, then the
// wire, then the wait. Chance is drawn in this order as well.
#include "emulator/pipeline/reply.h"

#include <algorithm>
#include <utility>

#include "emulator/pipeline/change.h"
#include "emulator/pipeline/wire.h"

namespace emulator {

using scenario::Then;

Directives directives_of(const http::Headers& headers, std::string_view prompt) {
  Directives out;
  out.header = headers.get("x-emulator-then");
  const auto open = prompt.find("[[");
  const auto close = open == std::string_view::npos ? open : prompt.find("]]", open);
  if (close != std::string_view::npos) out.prompt = prompt.substr(open + 2, close - open - 2);
  return out;
}

Directed directed(Then then, const Directives& directives, const scenario::Vocabulary& vocabulary) {
  Directed out;
  out.then = std::move(then);
  const auto lay_over = [&](const std::optional<std::string_view>& text, std::string_view where) {
    if (!text || !out.problem.empty()) return;
    auto own = scenario::load_then(*text, vocabulary);
    if (!own) {
      out.problem = std::string(where) + ": " + own.error();
      return;
    }
    own->fill_from(out.then);
    out.then = std::move(*own);
    remark(out.note, std::string(where) + ": " + std::string(*text));
  };
  lay_over(directives.header, "header x-emulator-then");
  lay_over(directives.prompt, "directive in the prompt");
  return out;
}

RefusalAndTrace scripted_refusal(const Then& then, const std::vector<RefusalKind>& can,
                                 Draw& draw) {
  RefusalAndTrace out;
  if (!then.refuse) return out;
  if (std::find(can.begin(), can.end(), *then.refuse) == can.end()) {
    out.trace.note = "this provider has no " + std::string(to_string(*then.refuse)) +
                     ", so the rule was left out";
    return out;
  }
  Refusal& refusal = out.refusal.emplace();
  refusal.kind = *then.refuse;
  if (then.retry_after)
    refusal.retry_after = drawn_as("retry_after", *then.retry_after, draw, out.trace);
  return out;
}

Scripted scripted(http::Reply reply, const Then& then, Draw draw, const scenario::FactOf& fact) {
  Scripted out;
  out.reply = std::move(reply);
  if (then.reply) {
    // What stands in for something that is not emulated is no error of ours any more.
    if (then.reply->status) out.reply.headers.remove("x-emulator-error");
    apply_change(*then.reply, fact, out.reply);
  }
  if (then.wire) {
    out.trace.note = apply_wire(*then.wire, draw, out.reply);
    if (out.trace.note.empty()) out.wire = to_string(then.wire->kind);
  }
  if (then.delay) out.delay = drawn_as("delay", *then.delay, draw, out.trace);
  return out;
}

}  // namespace emulator
