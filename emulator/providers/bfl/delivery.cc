// BFL's delivery store, an Azure blob store behind its own host: links, their signatures, and what
// the store says.
#include <string>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/providers/bfl/dialect.h"
#include "emulator/providers/bfl/facts.h"

namespace emulator::bfl {
namespace {

// 2026010115: the hour of a time, as paths of the store begin with it.
std::string utc_hour(Instant at) {
  std::string text = rfc3339(at, 0).substr(0, 13);
  text.erase(10, 1).erase(7, 1).erase(4, 1);
  return text;
}

// The store's request id and the time, as every error of it carries them.
Json store_args(const contract::Contract& contract, const Call& call) {
  Draw draw(hash_of(call.path, static_cast<std::uint64_t>(call.now.time_since_epoch().count())));
  std::string id = hex_id(draw, 8);
  for (const int digits : {4, 4, 4, 6}) id.append("-").append(hex_id(draw, digits));
  id += "000000";
  return Json{{"request_id", std::move(id)},
              {"time", rfc3339(call.now, 7)},
              {"server", facts_of(contract).delivery_server}};
}

// 32 bytes that only this sandbox can make for this path and expiry, in base64 as the store escapes
// it in a query: '+' and '=' escaped, '/' not.
std::string signature(const Sandbox& box, std::string_view path, std::string_view expiry) {
  Draw draw(hash_of(expiry, hash_of(path, hash_of("delivery", box.seed))));
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t word = draw.next();
    for (int k = 0; k < 8; ++k) bytes += static_cast<char>(word >> (8 * k));
  }
  return http::percent_encoded(base64(bytes), "/");
}

}  // namespace

Duration Dialect::link_life() const { return contract_.common.link_life; }
std::optional<Duration> Dialect::kept_for() const { return contract_.common.kept_for; }
std::optional<Duration> Dialect::pictures_kept_for() const {
  return facts_of(contract_).pictures_kept_for;
}

// durable/<UTC hour>/<account>/<2 hex>/<6 hex><8 hex>/<32 hex>/sample.<ext>, the 8 being the first
// of the 32; the older form lacks hour and account.
std::string Dialect::picture_path(const Sandbox& box, const Task& task, int index) const {
  Draw draw = box.draw("bfl blob", task.serial * 16 + static_cast<unsigned>(index));
  const std::string blob = hex_id(draw, 32);
  std::string path;
  path.reserve(320);  // the query comes behind it
  if (facts_of(contract_).delivery_form == "durable") {
    Draw account = box.draw("bfl account");
    path.append("/durable/").append(utc_hour(task.accepted)).append("/");
    path.append(uuid_v4(account)).append("/");
  } else {
    path = "/results/";
  }
  path.append(hex_id(draw, 2)).append("/").append(hex_id(draw, 6)).append(blob, 0, 8);
  path.append("/").append(blob).append("/sample.");
  return path.append(image::content_type(task.plan.format).substr(6));
}

std::string Dialect::picture_query(const Sandbox& box, const Task& task, std::string_view path,
                                   Instant signed_at) const {
  const std::string expiry =
      http::percent_encoded(rfc3339(signed_at + task.fate.links_live_for, 0));
  const Facts& facts = facts_of(contract_);
  std::string query;
  query.reserve(192);
  query.append("se=").append(expiry).append("&sp=r&sv=");
  query.append(contract::text_named(facts.delivery_version, facts.delivery_form, ""));
  query.append("&sr=b&rsct=").append(image::content_type(task.plan.format));
  return query.append("&sig=").append(signature(box, path, expiry));
}

std::optional<http::Reply> Dialect::picture_refused(const Call& call, const Task& task,
                                                    const TaskView&) const {
  const std::string expiry = call.parameter("se").value_or("");
  const auto until = parse_instant(expiry);
  Json args = store_args(contract_, call);
  const std::string whole = picture_query(*call.box, task, call.path,
                                          until ? *until - task.fate.links_live_for : Instant{});
  if (!until || call.query != whole) {
    args["detail"] = until ? "Signature did not match. String to sign used was r\n\n" + expiry +
                                 "\n/blob" + call.path + "\n"
                           : "Signature fields not well formed.";
    return error("link_tampered", args);
  }
  // A shared access signature is invalid from its expiry on.
  if (call.now < *until) return std::nullopt;
  args["start"] = http_date(*until - task.fate.links_live_for);
  args["expiry"] = http_date(*until);
  args["current"] = http_date(call.now);
  return error("link_expired", args);
}

http::Reply Dialect::picture_missing(const Call& call, Missing why) const {
  Json args = store_args(contract_, call);
  switch (why) {
    case Missing::kGone:
      return error("link_gone", args);
    case Missing::kExpired: {
      args["start"] = http_date(call.now - link_life() - std::chrono::seconds(1));
      args["expiry"] = http_date(call.now - std::chrono::seconds(1));
      args["current"] = http_date(call.now);
      return error("link_expired", args);
    }
    case Missing::kForbidden:
    case Missing::kUnknown:
      break;
  }
  args["detail"] = "Signature did not match. String to sign used was r\n\n" +
                   valid_utf8(call.parameter("se").value_or("")) + "\n/blob" +
                   valid_utf8(call.path) + "\n";
  return error("link_tampered", args);
}

http::Reply Dialect::store_refused(const emulator::Dialect& api, const Call& call,
                                   const Refusal& refusal) const {
  Refusal of_store = refusal;
  of_store.args = store_args(contract_, call);
  return PictureWording::store_refused(api, call, of_store);
}

void Dialect::picture_headers(const Call& call, const Task& task, http::Headers& headers) const {
  const Json args = store_args(contract_, call);
  const TaskView view = state_at(task, call.now);
  headers.add("content-md5", "");
  headers.add("last-modified", http_date(view.ended));
  headers.add("server", args.at("server"));
  headers.add("x-ms-request-id", args.at("request_id"));
  headers.add("x-ms-version", call.parameter("sv").value_or(""));
  headers.add("x-ms-creation-time", http_date(view.ended));
  headers.add("x-ms-blob-type", "BlockBlob");
}

}  // namespace emulator::bfl
