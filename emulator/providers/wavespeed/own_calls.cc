// The calls that are WaveSpeed's own: uploads, history, the catalogue, money.
#include <string>
#include <string_view>
#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/providers/wavespeed/catalogue.h"
#include "emulator/providers/wavespeed/dialect.h"
#include "emulator/providers/wavespeed/history.h"
#include "emulator/providers/wavespeed/media.h"
#include "emulator/providers/wavespeed/prediction.h"
#include "emulator/providers/wavespeed/submission.h"

namespace emulator::wavespeed {

std::span<const OwnCall> Dialect::own_calls() {
  static constexpr OwnCall kCalls[] = {
      {"put", kOwn<&Dialect::put>},
      {"ticket", kOwn<&Dialect::ticket>},
      {"binary", kOwn<&Dialect::upload>},
      {"binary_v2", kOwn<&Dialect::upload>},
      {"upload", kOwn<&Dialect::upload>},
      {"list", kOwn<&Dialect::list>},
      {"delete", kOwn<&Dialect::remove>},
      {"models", kOwn<&Dialect::models>},
      {"schema", kOwn<&Dialect::schema>},
      {"price", kOwn<&Dialect::price>},
      {"pricing", kOwn<&Dialect::pricing>},
      {"balance", kOwn<&Dialect::balance>},
      {"account_balance", kOwn<&Dialect::account_balance>},
      {"usage", kOwn<&Dialect::usage>},
      {"billings", kOwn<&Dialect::billings>},
      {"account_usage", kOwn<&Dialect::used>},
      {"account_billings", kOwn<&Dialect::billed>},
      {"secret", kOwn<&Dialect::secret>},
  };
  return kCalls;
}

http::Reply Dialect::put(const Call& call, Desk& desk) const {
  const std::string_view refused_as = put_file(call, contract_, desk, provider_);
  if (!refused_as.empty()) return error(refused_as);
  http::Reply reply;
  reply.headers.add("etag", "\"" + to_hex(md5(call.request->body)) + "\"");
  return reply;
}

http::Reply Dialect::ticket(const Call& call, Desk&) const {
  return answered(call, upload_ticket(call, contract_));
}

http::Reply Dialect::upload(const Call& call, Desk& desk) const {
  return answered(call, upload_form(call, contract_, desk, provider_));
}

http::Reply Dialect::list(const Call& call, Desk& desk) const {
  return answered(call, history_page(*this, call, desk));
}

http::Reply Dialect::remove(const Call& call, Desk& desk) const {
  return answered(call, delete_predictions(call, desk));
}

http::Reply Dialect::models(const Call& call, Desk&) const {
  http::Reply reply = enveloped(nullptr);
  reply.body = models_.text(call.origin.base("api"),
                            [&] { return enveloped(catalogue(contract_, call.origin)).body; });
  return reply;
}

http::Reply Dialect::schema(const Call& call, Desk&) const {
  const contract::Endpoint* endpoint = contract_.endpoint(call.capture("model"));
  if (endpoint == nullptr) return refused(call, unknown_model(contract_, call.capture("model")));
  return json_reply(200, model_schema(*endpoint, call.origin));
}

http::Reply Dialect::price(const Call& call, Desk&) const {
  return answered(call, price_answer(call, contract_, false));
}

http::Reply Dialect::pricing(const Call& call, Desk&) const {
  return answered(call, price_answer(call, contract_, true));
}

http::Reply Dialect::balance(const Call& call, Desk& desk) const {
  return enveloped({{"balance", amount(desk.credits(call))}});
}

http::Reply Dialect::account_balance(const Call& call, Desk& desk) const {
  return enveloped({{"balance", amount(desk.credits(call))}, {"currency", "USD"}});
}

http::Reply Dialect::usage(const Call& call, Desk&) const {
  return answered(call, usage_stats(call, contract_, provider_));
}

http::Reply Dialect::billings(const Call& call, Desk&) const {
  return answered(call, billing_search(call, contract_, provider_));
}

http::Reply Dialect::used(const Call& call, Desk&) const {
  return enveloped(account_usage(call, provider_));
}

http::Reply Dialect::billed(const Call& call, Desk&) const {
  return enveloped(account_billings(call, contract_));
}

http::Reply Dialect::secret(const Call& call, Desk&) const {
  return enveloped({{"secret", webhook_secret(*call.box)}});
}

}  // namespace emulator::wavespeed
