#include "emulator/sandbox/exchange.h"

#include <algorithm>
#include <utility>

namespace emulator {

std::string head_text(const http::Headers& headers) {
  std::string out;
  std::size_t size = 0;
  for (const auto& [name, value] : headers) size += name.size() + value.size() + 2;
  out.reserve(size);
  for (const auto& [name, value] : headers) {
    out += name;
    out += ':';
    const std::size_t from = out.size();
    out += value;
    // A line break inside a value is a blank on the wire, too.
    for (auto at = out.find('\n', from); at != std::string::npos; at = out.find('\n', at))
      out[at] = ' ';
    out += '\n';
  }
  return out;
}

http::Headers headers_in(std::string_view head) {
  http::Headers out;
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find('\n'));
    head.remove_prefix(std::min(line.size() + 1, head.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    out.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 1)));
  }
  return out;
}

std::size_t Exchange::bytes() const {
  std::size_t sum = sizeof(Exchange) + endpoint.size() + task.size() + reply_body.size() +
                    note.size() + wire.size() + own_error.size() + said.size();
  sum += drawn.capacity() * sizeof(Drawn) + rules.capacity() * sizeof(std::size_t);
  for (const scenario::Miss& miss : misses) sum += sizeof(miss) + miss.condition.size();
  if (submitted) sum += sizeof(Submitted) + submitted->prompt.size() + submitted->input.size();
  sum += reply_head.size();
  if (request) {
    sum += sizeof(http::Request) + 2 * request->target.size() + request->body.size();
    for (const auto& [name, value] : request->headers) sum += name.size() + value.size() + 64;
  }
  return sum;
}

}  // namespace emulator
