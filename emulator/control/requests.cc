// What came to a sandbox, what was answered, and why.
#include <algorithm>
#include <charconv>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"
#include "emulator/control/views.h"

namespace emulator::control {
namespace {

constexpr std::uint64_t kDefaultLimit = 1'000;
constexpr std::uint64_t kMostLimit = 100'000;

std::vector<std::string> on_words() {
  std::vector<std::string> out;
  for (const auto& word : kOnWords) out.emplace_back(word.text);
  return out;
}

// The number in `me-17` or `17`; nullopt when it is none.
std::optional<std::uint64_t> number_in(const Sandbox& box, std::string_view id) {
  if (id.starts_with(box.name() + "-")) id.remove_prefix(box.name().size() + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (id.empty() || error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  return number;
}

}  // namespace

http::Reply list_requests(const Call& call) {
  Query query(*call.request, {"provider", "on", "status", "task", "since", "limit"});
  const auto provider = query.text("provider");
  const auto on = query.word("on", on_words());
  const auto status = query.whole("status", 0, 999);
  const auto task = query.text("task");
  const auto since_text = query.text("since");
  std::optional<Instant> since;
  if (since_text) {
    const auto at = parse_instant(*since_text);
    if (at)
      since = *at;
    else
      query.fail("since", at.error());
  }
  const std::size_t limit = query.whole("limit", 0, kMostLimit).value_or(kDefaultLimit);
  if (query.failed()) return query.answer();

  const Sandbox& box = call.box();
  std::vector<Json> lines;
  const auto& all = box.journal.all();
  for (auto it = all.rbegin(); it != all.rend() && lines.size() < limit; ++it) {
    const Exchange& exchange = **it;
    if (provider && exchange.provider != *provider) continue;
    if (on && word(exchange.on) != *on) continue;
    if (status && exchange.status != *status) continue;
    if (task && exchange.task != *task) continue;
    if (since && exchange.at < *since) continue;
    lines.push_back(exchange_line(box, exchange));
  }
  std::reverse(lines.begin(), lines.end());
  return json_reply(200, {{"requests", std::move(lines)}, {"seen", box.journal.seen()}});
}

http::Reply show_request(const Call& call) {
  const Sandbox& box = call.box();
  const std::string& id = call.capture("id");
  const auto number = number_in(box, id);
  const auto found = number ? box.journal.find(*number) : nullptr;
  if (!found)
    return not_found("no request \"" + valid_utf8(id.substr(0, 200)) +
                     "\" in this sandbox's journal (it keeps the latest ones only)");
  return json_reply(200, exchange_view(box, *found, call.parts.pipeline));
}

}  // namespace emulator::control
