#pragma once

#include <string>
#include <utility>
#include <vector>

#include "emulator/sandbox/exchange.h"
#include "emulator/scenario/scenario.h"

namespace emulator {

// Why something came out as it did, for whoever reads the journal. What decides hands it out beside
// its result, and keeps no hold of the exchange.
struct Trace {
  std::string note;          // reasons in words; "" for none
  std::vector<Drawn> drawn;  // spans that chance has settled
};

// Adds one more reason to others.
inline void remark(std::string& note, std::string_view text) {
  if (text.empty()) return;
  if (!note.empty()) note += "; ";
  note += text;
}

// Draws a span; what chance decided is noted under `what`, a constant.
inline Duration drawn_as(const char* what, const scenario::Span& span, Draw& draw, Trace& trace) {
  const Duration value = span.drawn(draw);
  if (span.kind != scenario::Span::Kind::kFixed) trace.drawn.push_back({what, value});
  return value;
}

// Adds a trace to what is known of the exchange.
inline void explain(Exchange& exchange, Trace trace) {
  remark(exchange.note, trace.note);
  if (exchange.drawn.empty())
    exchange.drawn = std::move(trace.drawn);
  else
    exchange.drawn.insert(exchange.drawn.end(), trace.drawn.begin(), trace.drawn.end());
}

}  // namespace emulator
