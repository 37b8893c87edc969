#include "emulator/sandbox/journal.h"

#include <algorithm>
#include <utility>

namespace emulator {

std::string head_text(const http::Headers& headers) {
  std::string out;
  std::size_t size = 0;
  for (const auto& [name, value] : headers) size += name.size() + value.size() + 2;
  out.reserve(size);
  // A line break inside a value is a blank on the wire, too.
  const auto put = [&out](const std::string& text, char end) {
    const std::size_t from = out.size();
    out += text;
    std::replace(out.begin() + static_cast<std::ptrdiff_t>(from), out.end(), '\n', ' ');
    out += end;
  };
  for (const auto& [name, value] : headers) {
    put(name, ':');
    put(value, '\n');
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
                    note.size() + wire.size();
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

void Journal::limit(std::size_t max_entries, std::size_t max_bytes) {
  max_entries_ = max_entries;
  max_bytes_ = max_bytes;
  trim();
}

void Journal::add(std::shared_ptr<Exchange> exchange) {
  exchange->number = ++last_;
  exchange->counted = exchange->bytes();
  bytes_ += exchange->counted;
  exchanges_.push_back(std::move(exchange));
  trim();
}

void Journal::completed(Exchange& exchange) {
  if (exchanges_.empty() || exchange.number < exchanges_.front()->number) return;
  const std::size_t now = exchange.bytes();
  bytes_ += now - exchange.counted;
  exchange.counted = now;
  trim();
}

void Journal::trim() {
  while (!exchanges_.empty() && (exchanges_.size() > max_entries_ || bytes_ > max_bytes_)) {
    bytes_ -= exchanges_.front()->counted;
    exchanges_.pop_front();
  }
}

std::shared_ptr<const Exchange> Journal::find(std::uint64_t number) const {
  if (exchanges_.empty() || number < exchanges_.front()->number || number > last_) return nullptr;
  return exchanges_[static_cast<std::size_t>(number - exchanges_.front()->number)];
}

void Journal::clear() {
  exchanges_.clear();
  cleared_ = last_;
  bytes_ = 0;
}

}  // namespace emulator
