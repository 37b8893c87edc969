// What came to a sandbox, what was answered, and why.
#include <algorithm>
#include <charconv>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/listing.h"
#include "emulator/control/routes.h"
#include "emulator/control/views.h"

namespace emulator::control {
namespace {

std::vector<std::string> provider_names(const Registry& registry) {
  std::vector<std::string> out;
  for (std::uint16_t p = 0; p < registry.size(); ++p) out.push_back(registry.name(p));
  return out;
}

// A time, or an id: what came after that request. Nothing when it is wrong, which `query` then has.
struct Since {
  std::optional<Instant> at;
  std::uint64_t after = 0;
};

std::vector<std::string> on_words() {
  std::vector<std::string> out;
  out.reserve(std::size(kOnWords));
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

Since since_in(Query& query, const Sandbox& box) {
  Since out;
  const auto text = query.text("since");
  if (!text) return out;
  if (const auto number = number_in(box, *text)) {
    out.after = *number;
  } else if (const auto at = parse_instant(*text)) {
    out.at = *at;
  } else {
    query.fail("since", at.error() + "; or the id of a request, such as " + box.name() + "-17");
  }
  return out;
}

// Why there is no such entry: it was let go, or has not come, or the id is none.
http::Reply no_such_request(const Sandbox& box, std::string_view id,
                            std::optional<std::uint64_t> number) {
  const std::string name = "request \"" + valid_utf8(id.substr(0, 200)) + "\"";
  const std::string seen = std::to_string(box.journal.seen());
  if (!number || *number == 0)
    return not_found("no " + name + "; ids look like " + box.name() + "-17");
  if (*number > box.journal.seen())
    return not_found("no " + name + " yet: this sandbox has seen " + seen);
  const bool none = box.journal.size() == 0;
  return our_error(
      404, "forgotten",
      name + " is no longer in the journal: of " + seen + " it keeps " +
          (none ? "none" : "those from number " + std::to_string(box.journal.first()) + " on") +
          " (reset, --max-journal or --max-journal-bytes)",
      {{"seen", box.journal.seen()}, {"first", none ? Json(nullptr) : Json(box.journal.first())}});
}

// The last to be listed: the one before `?before=`, else the last that came.
std::uint64_t newest_in(Query& query, const Sandbox& box) {
  const auto text = query.text("before");
  if (!text) return box.journal.seen();
  const auto number = number_in(box, *text);
  if (!number) query.fail("before", "is no id of a request, such as " + box.name() + "-17");
  return std::min(box.journal.seen(), number.value_or(0) - (number.value_or(0) > 0 ? 1 : 0));
}

}  // namespace

http::Reply list_requests(const Call& call) {
  Query query(*call.request, {"provider", "on", "status", "task", "since", "before", "limit"});
  const auto provider = query.word("provider", provider_names(call.parts.registry));
  const auto on = query.word("on", on_words());
  const auto status = query.whole("status", 0, 999);
  const auto task = query.text("task");
  const Sandbox& box = call.box();
  const Since since = since_in(query, box);
  const std::uint64_t newest = newest_in(query, box);
  const std::size_t limit = query.whole("limit", 0, kMostListed).value_or(kDefaultListed);
  if (query.failed()) return query.answer();

  std::vector<Json> lines;
  for (auto number = newest;
       number >= box.journal.first() && number > since.after && lines.size() < limit; --number) {
    const auto found = box.journal.find(number);
    const Exchange& exchange = *found;
    if (provider && exchange.provider != *provider) continue;
    if (on && to_string(exchange.on) != *on) continue;
    if (status && exchange.status != *status) continue;
    if (task && exchange.task != *task) continue;
    if (since.at && exchange.at < *since.at) continue;
    lines.push_back(exchange_line(box, exchange));
  }
  std::reverse(lines.begin(), lines.end());
  return json_reply(200, {{"requests", std::move(lines)},
                          {"seen", box.journal.seen()},
                          {"forgotten", box.journal.forgotten()}});
}

http::Reply show_request(const Call& call) {
  Query query(*call.request, {"format"});
  const auto format = query.word("format", {"json", "text"});
  if (query.failed()) return query.answer();
  const Sandbox& box = call.box();
  const std::string& id = call.capture("id");
  const auto number = number_in(box, id);
  const auto found = number ? box.journal.find(*number) : nullptr;
  if (!found) return no_such_request(box, id, number);
  if (format != "text") return json_reply(200, exchange_view(box, *found, call.parts.pipeline));
  http::Reply reply;
  reply.headers.add("content-type", "text/plain; charset=utf-8");
  reply.body = exchange_text(box, *found, call.parts.pipeline) + findings_about(call, box, *number);
  if (call.parts.has_page && !call.request->host().empty())
    reply.body += "\nOn the page\n  " + std::string(call.request->secure ? "https://" : "http://") +
                  valid_utf8(call.request->host()) +
                  "/_emulator/#request=" + http::percent_encoded(exchange_id(box, *found)) + "\n";
  return reply;
}

}  // namespace emulator::control
