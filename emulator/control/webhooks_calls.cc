// The webhooks of a sandbox: what was sent, what is to come, once more by hand.
#include <algorithm>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/listing.h"
#include "emulator/control/routes.h"
#include "emulator/webhook/url.h"

namespace emulator::control {
namespace {

const std::vector<std::string> kStates = {"pending", "delivered", "failed", "refused", "dropped"};

Json moment(const std::optional<Instant>& at) { return at ? Json(rfc3339(*at, 3)) : Json(); }

Json attempts_of(const webhook::Record& record) {
  Json out = Json::array();
  for (const webhook::Attempt& attempt : record.attempts) {
    Json one = {{"at", rfc3339(attempt.at, 3)}};
    if (attempt.status != 0) one["status"] = attempt.status;
    if (!attempt.error.empty()) one["error"] = attempt.error;
    if (attempt.over)
      one["ms"] = attempt.took.count();
    else
      one["under_way"] = true;
    if (!attempt.reply.empty()) one["reply"] = attempt.reply;
    out.push_back(std::move(one));
  }
  return out;
}

std::string body_url(const Call& call, const webhook::Record& record) {
  return "http://" + std::string(call.request->host()) + "/_emulator/sandboxes/" +
         http::percent_encoded(call.capture("sandbox")) + "/webhooks/" + record.id() + "/body";
}

Json line_of(const Call& call, const webhook::Record& record) {
  Json out = {
      {"id", record.id()},
      {"task", record.task},
      {"provider", call.parts.registry.name(record.provider)},
      {"event", record.event},
      {"url", webhook::without_credentials(record.url)},
      {"state", to_string(record.state)},
      {"reason", valid_utf8(record.reason)},
      {"happened", moment(record.happened)},
      {"next", moment(record.next)},
      {"attempts", attempts_of(record)},
      {"curl", record.body ? Json(valid_utf8(webhook::curl_line(record, body_url(call, record))))
                           : Json()}};
  if (record.copy_of) out["copy_of"] = "wh-" + std::to_string(*record.copy_of);
  return out;
}

// The record of `{id}`, or nullptr.
std::shared_ptr<const webhook::Record> record_of(const Call& call) {
  const auto number = webhook::number_in(call.capture("id"));
  return number ? call.parts.courier.find(call.capture("sandbox"), *number) : nullptr;
}

http::Reply unknown(const Call& call) {
  return not_found("no webhook \"" + valid_utf8(call.capture("id").substr(0, 200)) +
                   "\" in this sandbox (of those that are over it keeps the latest only)");
}

}  // namespace

http::Reply list_webhooks(const Call& call) {
  Query query(*call.request, {"limit", "task", "state", "provider"});
  const std::size_t limit = query.whole("limit", 0, kMostListed).value_or(kDefaultListed);
  const auto task = query.text("task");
  const auto state = query.word("state", kStates);
  const auto provider = query.text("provider");
  if (query.failed()) return query.answer();
  std::vector<std::shared_ptr<const webhook::Record>> wanted;
  for (const auto& record : call.parts.courier.records(call.box().name())) {
    if (task && record->task != *task) continue;
    if (state && to_string(record->state) != *state) continue;
    if (provider && call.parts.registry.name(record->provider) != *provider) continue;
    wanted.push_back(record);
  }
  Json list = Json::array();
  for (std::size_t i = wanted.size() > limit ? wanted.size() - limit : 0; i < wanted.size(); ++i)
    list.push_back(line_of(call, *wanted[i]));
  return json_reply(200, {{"webhooks", std::move(list)}});
}

http::Reply show_webhook(const Call& call) {
  const auto record = record_of(call);
  if (!record) return unknown(call);
  Json out = line_of(call, *record);
  Json headers = Json::array();
  for (const auto& [name, value] : record->sent_headers())
    headers.push_back({name, valid_utf8(value)});
  out["headers"] = std::move(headers);
  out["bytes"] = record->body ? record->body->size() : 0;
  out["body"] = record->body ? Json(valid_utf8(record->body->substr(0, kShownBody))) : Json();
  return json_reply(200, out);
}

http::Reply webhook_body(const Call& call) {
  const auto record = record_of(call);
  if (!record || !record->body) return unknown(call);
  http::Reply reply;
  reply.headers.add("content-type", "application/json");
  reply.body = *record->body;
  return reply;
}

http::Reply redeliver_webhook(const Call& call) {
  const auto record = record_of(call);
  if (!record) return unknown(call);
  const std::string problem = call.parts.courier.redeliver(call.box(), record->number);
  if (!problem.empty()) return our_error(409, "not_redelivered", problem);
  return json_reply(202, line_of(call, *record));
}

// Of the provider that is named, else of the first whose receivers hold a public key.
http::Reply rotate_webhook_keys(const Call& call) {
  const auto json = json_body(*call.request, call.limits.json);
  if (!json) return json.error();
  Members body(*json, "$", {"provider"});
  const auto name = body.text("provider");
  Registry& registry = call.parts.registry;
  std::vector<std::string> known;
  for (std::uint16_t p = 0; p < registry.size(); ++p) known.push_back(registry.name(p));
  if (name && !registry.find(*name)) body.fail("provider", "there is no such provider", known);
  if (body.failed()) return body.answer();
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    if (name && registry.name(p) != *name) continue;
    const WebhookWording* const wording = registry.dialect(p).webhooks();
    const Json keys = wording != nullptr
                          ? wording->rotate_webhook_keys(call.box(), Notes(call.box(), p))
                          : Json();
    if (!keys.is_null()) return json_reply(200, keys);
  }
  return our_error(409, "no_keys",
                   name.value_or("no provider") + " publishes no keys for its webhooks");
}

}  // namespace emulator::control
