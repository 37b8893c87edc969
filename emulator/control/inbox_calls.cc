// Receivers of our own: what came, and what a careful receiver would find.
#include <utility>

#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/listing.h"
#include "emulator/control/routes.h"
#include "emulator/webhook/inbox.h"

namespace emulator::control {
namespace {

std::optional<webhook::Verdict> verdict_of(const Call& call) {
  for (std::uint16_t p = 0; p < call.parts.registry.size(); ++p) {
    const WebhookWording* const wording = call.parts.registry.dialect(p).webhooks();
    if (wording == nullptr) continue;
    if (auto verdict = wording->webhook_verdict(*call.request, call.parts.sandboxes)) {
      verdict->provider = call.parts.registry.name(p);
      return verdict;
    }
  }
  return std::nullopt;
}

Json shown(const webhook::Verdict& verdict) {
  Json out = {{"provider", verdict.provider}, {"sandbox", verdict.sandbox},
              {"task", verdict.task},         {"signature", to_string(verdict.signature)},
              {"how", verdict.how},           {"timestamp", nullptr}};
  if (verdict.age) {
    const Duration off = *verdict.age < Duration::zero() ? -*verdict.age : *verdict.age;
    out["timestamp"] = {
        {"age_s", std::chrono::duration_cast<std::chrono::seconds>(*verdict.age).count()},
        {"good", off <= webhook::kTolerance}};
  }
  return out;
}

Json shown(const webhook::Letter& letter) {
  const http::Request& request = *letter.request;
  Json headers = Json::array();
  for (const auto& [name, value] : request.headers) headers.push_back({name, valid_utf8(value)});
  Json out = {{"number", letter.number},
              {"at", rfc3339(letter.at, 3)},
              {"target", valid_utf8(request.target.substr(0, 2'000))},
              {"headers", std::move(headers)},
              {"bytes", request.body.size()},
              {"body", valid_utf8(request.body.substr(0, kShownBody))},
              {"json", nullptr},
              {"check", letter.verdict ? shown(*letter.verdict) : Json()}};
  if (request.body.size() <= kShownBody)
    if (auto json = decode_json(request.body)) out["json"] = std::move(*json);
  return out;
}

}  // namespace

// `?status=500` in the address makes it a receiver that is in trouble. Other parameters are the
// submitter's own.
http::Reply take_letter(const Call& call) {
  unsigned status = 200;
  if (const auto wanted = call.request->parameter("status");
      wanted && wanted->size() == 3 && wanted->front() >= '2' && wanted->front() <= '5' &&
      wanted->find_first_not_of("0123456789") == std::string::npos)
    status = static_cast<unsigned>(std::stoul(*wanted));
  const Instant now = call.parts.sandboxes.wall().now();
  const webhook::Letter& letter =
      call.parts.inbox.receive(call.capture("inbox"), now, call.request, verdict_of(call));
  const std::string number = std::to_string(letter.number);
  call.parts.sandboxes.everywhere().tell(
      {Happening::Kind::kLetter, now, nullptr, letter.inbox, number});
  return json_reply(status, {{"received", letter.number}});
}

http::Reply list_inboxes(const Call& call) {
  Json list = Json::array();
  for (const webhook::Inbox::Box& box : call.parts.inbox.boxes())
    list.push_back({{"name", valid_utf8(box.name)},
                    {"letters", box.letters},
                    {"latest", rfc3339(box.latest, 3)}});
  return json_reply(200, {{"inboxes", std::move(list)}});
}

http::Reply show_inbox(const Call& call) {
  Query query(*call.request, {"limit"});
  const std::size_t limit = query.whole("limit", 0, kMostListed).value_or(kDefaultListed);
  if (query.failed()) return query.answer();
  const auto letters = call.parts.inbox.letters(call.capture("inbox"));
  Json list = Json::array();
  for (std::size_t i = letters.size() > limit ? letters.size() - limit : 0; i < letters.size(); ++i)
    list.push_back(shown(*letters[i]));
  return json_reply(200, {{"requests", std::move(list)}});
}

http::Reply clear_inbox(const Call& call) {
  return json_reply(200, {{"deleted", call.parts.inbox.clear(call.capture("inbox"))}});
}

}  // namespace emulator::control
