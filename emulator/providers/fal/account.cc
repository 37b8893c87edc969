#include "emulator/providers/fal/account.h"

#include <cmath>
#include <string>
#include <vector>

#include "emulator/base/text.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/names.h"

namespace emulator::fal {
namespace {

constexpr std::size_t kMostPrices = 50;  // of one answer

// Dollars left. Sums of prices are no round numbers; an account shows no dust.
double balance(const Call& call, Desk& desk) { return std::round(desk.credits(call) * 1e8) / 1e8; }

// Every value of a query parameter that may be given more than once, or as a list with commas.
std::vector<std::string> values_of(const Call& call, std::string_view name) {
  std::vector<std::string> out;
  for (const std::string_view pair : split(call.query, '&')) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    const std::string text = http::percent_decoded(pair.substr(equals + 1));
    for (const std::string_view one : split(text, ','))
      if (!trimmed(one).empty()) out.emplace_back(trimmed(one));
  }
  return out;
}

}  // namespace

http::Reply balance_reply(const emulator::Dialect&, const Call& call, Desk& desk) {
  return json_reply(200, balance(call, desk));
}

http::Reply prices_reply(const emulator::Dialect& dialect, const Call& call, Desk&) {
  const contract::Contract& contract = dialect.contract();
  const std::vector<std::string> asked = values_of(call, "endpoint_id");
  if (asked.empty() || asked.size() > kMostPrices)
    return error_reply(contract, "platform_invalid_input");
  Json list = Json::array();
  for (const std::string& id : asked) {
    const contract::Endpoint* endpoint = id == "generic" ? nullptr : contract.endpoint(id);
    if (endpoint == nullptr)
      return our_error(501, "not_emulated",
                       "the price of " + valid_utf8(id.substr(0, 300)) +
                           " is not known here; a contract file can say it: --contract FILE");
    const bool by_area = facts_of(*endpoint).by_megapixel();
    list.push_back({{"endpoint_id", id},
                    {"unit_price", endpoint->price},
                    {"unit", by_area ? "megapixels" : "images"},
                    {"currency", "USD"}});
  }
  return json_reply(200, {{"prices", std::move(list)}});
}

http::Reply billing_reply(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  const contract::Contract& contract = dialect.contract();
  if (!facts_of(contract).admin_key) return error_reply(contract, "platform_forbidden");
  Json body = {{"username", call.box->name()}};
  for (const std::string& more : values_of(call, "expand"))
    if (more == "credits")
      body["credits"] = {{"current_balance", balance(call, desk)}, {"currency", "USD"}};
  return json_reply(200, body);
}

bool uploads_refused(const contract::Contract& contract, const Call& call, Desk& desk) {
  return facts_of(contract).uploads_need_credit && balance(call, desk) <= 0;
}

}  // namespace emulator::fal
