// The calls that are fal's own: the account, uploads, tokens, a model behind a WebSocket.
#include <string>
#include <utility>

#include "emulator/pipeline/elsewhere.h"
#include "emulator/providers/fal/account.h"
#include "emulator/providers/fal/dialect.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/failure.h"
#include "emulator/providers/fal/names.h"
#include "emulator/providers/fal/realtime.h"
#include "emulator/providers/fal/storage.h"
#include "emulator/providers/fal/submission.h"
#include "emulator/providers/fal/ticket.h"
#include "emulator/providers/fal/token.h"
#include "emulator/providers/fal/webhook.h"

namespace emulator::fal {

template <OwnHandler handler>
http::Reply Dialect::dressed_by(const Call& call, Desk& desk) const {
  http::Reply reply = handler(*this, call, desk);
  const bool ours = reply.headers.has("x-emulator-error");
  return ours ? reply : dressed(call, std::move(reply));
}

template <OwnHandler handler>
http::Reply Dialect::paid(const Call& call, Desk& desk) const {
  if (!uploads_refused(contract_, call, desk)) return handler(*this, call, desk);
  Refusal refusal;
  refusal.kind = RefusalKind::kOutOfCredit;
  return refused(call, refusal);
}

std::span<const OwnCall> Dialect::own_calls() {
  static constexpr OwnCall kCalls[] = {
      {"jwks", kOwn<&Dialect::jwks>},
      {"realtime", kOwn<&Dialect::opened>},
      {"balance", kOwn<&Dialect::dressed_by<balance_reply>>},
      {"prices", kOwn<&Dialect::dressed_by<prices_reply>>},
      {"billing", kOwn<&Dialect::dressed_by<billing_reply>>},
      {"upload_initiate", kOwn<&Dialect::paid<kOwn<&Dialect::dressed_by<begin_upload>>>>},
      {"upload_multipart", kOwn<&Dialect::paid<kOwn<&Dialect::dressed_by<begin_parted_upload>>>>},
      {"upload_token", kOwn<&Dialect::paid<kOwn<&Dialect::dressed_by<upload_token>>>>},
      {"realtime_token", kOwn<&Dialect::dressed_by<realtime_token>>},
      {"realtime_token_new", kOwn<&Dialect::dressed_by<realtime_token>>},
      {"cdn_upload", kOwn<&Dialect::paid<upload_file>>},
      {"cdn_multipart", kOwn<&Dialect::paid<begin_parts>>},
      {"cdn_put", put_file},
      {"cdn_part", put_part},
      {"cdn_complete", complete_parts},
  };
  return kCalls;
}

http::Reply Dialect::jwks(const Call& call, Desk&) const {
  return dressed(call, json_reply(200, key_set(contract_, *call.box)));
}

// Only few models have it; for the others the path is unknown.
http::Reply Dialect::opened(const Call& call, Desk& desk) const {
  const std::string id = clean_endpoint(call.capture("endpoint"));
  const contract::Endpoint* endpoint = contract_.endpoint(id);
  if (endpoint == nullptr) {
    const std::string kind = model_kind(contract_, id + "/realtime");
    if (!gives_pictures(kind)) return *not_emulated_model(contract_, id + "/realtime", kind).reply;
  }
  if (endpoint == nullptr || !facts_of(*endpoint).realtime)
    return dressed(call, no_such_path(contract_, app_path(id).path + "/realtime").reply());
  return realtime(*this, call, desk);
}

}  // namespace emulator::fal
