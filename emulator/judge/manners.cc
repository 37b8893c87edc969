// Rules about what stands in a request: keys, addresses, members of the body; and webhooks.
#include <algorithm>
#include <array>

#include "emulator/base/did_you_mean.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/judge/docket.h"
#include "emulator/scenario/allow.h"

namespace emulator::judge {
namespace {

constexpr std::array<const char*, 3> kCredentialHeaders = {"authorization", "x-key", "x-api-key"};
// Names of parameters that carry keys; tokens that are made for addresses have other names.
constexpr std::array<std::string_view, 9> kKeyParameters = {
    "key",       "api_key",    "apikey",     "api-key",      "x-key",
    "x-api-key", "access_key", "secret_key", "authorization"};
constexpr std::uint64_t kManyRequests = 300;
constexpr double kFreshShare = 0.95;

std::string_view scheme_of(std::string_view value) { return value.substr(0, value.find(' ')); }

// Header, payload and signature with points between: made to be carried by a web page.
bool is_token(std::string_view value) {
  const auto blank = value.find(' ');
  return blank != std::string_view::npos && value.substr(0, blank) == "Bearer" &&
         std::count(value.begin(), value.end(), '.') == 2 && value.substr(blank + 1, 2) == "ey";
}

bool is_read(const Terms& terms, std::string_view header, std::string_view value) {
  return std::any_of(terms.forms.begin(), terms.forms.end(), [&](const Terms::Form& form) {
    return http::same_name(form.header, header) &&
           (form.scheme.empty() || http::same_name(form.scheme, scheme_of(value)));
  });
}

bool among(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool fits(const std::string& glob, std::string_view text) {
  return glob.empty() || glob_matches(glob, text);
}

// The name of the parameter that carries a key, one called after the provider among them; "" for
// none.
std::string_view key_parameter(std::string_view query, const std::string& provider) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || equals + 1 == pair.size()) continue;
    for (const std::string_view known : kKeyParameters)
      if (http::same_name(known, pair.substr(0, equals))) return known;
    if (http::same_name(provider + "_key", pair.substr(0, equals))) return pair.substr(0, equals);
  }
  return "";
}

Finding in_request(const Sight& sight) {
  Finding out;
  out.endpoint = sight.exchange.endpoint;
  out.task = sight.exchange.task;
  out.requests = {sight.exchange.number};
  out.at = sight.exchange.answered;
  return out;
}

Finding in_body(const Exchange& exchange, std::string what) {
  Finding out;
  out.endpoint = exchange.endpoint;
  out.requests = {exchange.number};
  out.at = exchange.at;
  out.what = std::move(what);
  return out;
}

std::string shown(const Json& value) { return valid_utf8(value.dump().substr(0, 100)); }

}  // namespace

void Docket::credentials(Sandbox& box, const Terms& terms, const Sight& sight) {
  const Exchange& exchange = sight.exchange;
  const http::Request& request = sight.request;
  if (!request.query.empty())
    if (const auto name = key_parameter(request.query, std::string(sight.exchange.provider));
        !name.empty()) {
      Finding finding = in_request(sight);
      finding.what = "the " + std::string(to_string(exchange.on)) +
                     " carries a credential in parameter " + std::string(name) + " of its address";
      finding.lenient = exchange.key.find('~') == std::string::npos;  // a key that is no real one
      if (finding.lenient) finding.severity = Severity::kNote;
      tell(box, terms, FindingCode::kKeyInAddress, hash_of(exchange.route), std::move(finding));
    }
  const bool keyless = exchange.on == On::kDownload || among(terms.keyless_routes, exchange.route);
  const bool asks = exchange.on == On::kSubmit || exchange.on == On::kPoll ||
                    exchange.on == On::kResult || exchange.on == On::kCancel;
  if (!keyless && (!asks || (terms.forms.empty() && exchange.refusal != "unauthenticated"))) return;
  const char* sent = nullptr;
  std::string_view value;
  for (const char* const name : kCredentialHeaders) {
    const auto found = request.headers.get(name);
    if (!found || found->empty()) continue;
    if (!keyless && is_read(terms, name, *found)) return;
    sent = name;
    value = *found;
  }
  if (sent == nullptr) return;
  Finding finding = in_request(sight);
  if (keyless) {
    finding.what = "the " + std::string(to_string(exchange.on)) + " of " +
                   valid_utf8(request.path.substr(0, 200)) + " carries a credential in " + sent;
    return tell(box, terms, FindingCode::kKeySentToLink, hash_of(exchange.route),
                std::move(finding));
  }
  const bool refused = exchange.refusal == "unauthenticated" && !sight.scripted && sight.let_in;
  if (is_token(value) || (terms.forms.empty() && !refused)) return;
  finding.what =
      "the " + std::string(to_string(exchange.on)) + " carries its credential in " + sent;
  if (http::same_name(sent, "authorization") && value.find(' ') != std::string_view::npos)
    finding.what += " with the scheme " + valid_utf8(scheme_of(value).substr(0, 40));
  if (!terms.forms.empty()) {
    finding.what += "; the provider reads ";
    for (std::size_t i = 0; i < terms.forms.size(); ++i)
      finding.what += (i == 0 ? "" : ", ") + terms.forms[i].header +
                      (terms.forms[i].scheme.empty() ? "" : ": " + terms.forms[i].scheme);
  }
  tell(box, terms, FindingCode::kWrongScheme, hash_of(exchange.route), std::move(finding));
}

void Docket::addresses(Sandbox& box, const Terms& terms, const Sight& sight) {
  for (const Terms::Deprecated& old : terms.deprecated) {
    const std::string_view host = sight.request.host();
    if (!fits(old.endpoint, sight.exchange.endpoint) ||
        !fits(old.host, host.substr(0, host.rfind(':'))) || !fits(old.route, sight.exchange.route))
      continue;
    Finding finding = in_request(sight);
    finding.what = old.host.empty()
                       ? "the submission went to " + valid_utf8(sight.request.path.substr(0, 200)) +
                             ", which is deprecated"
                       : "the submission went to the host " + valid_utf8(host.substr(0, 200)) +
                             ", which is deprecated or gone";
    if (!old.instead.empty()) finding.what += "; use " + old.instead;
    finding.source = old.source;
    tell(box, terms, FindingCode::kOldEndpoint, hash_of(sight.exchange.endpoint),
         std::move(finding));
    return;
  }
}

void Docket::connections(Sandbox& box, const Terms& terms, const Sight& sight) {
  if (sight.request.nth == 0) return;  // came over no connection of its own
  ++requests_;
  if (sight.request.nth == 1) ++connections_;
  if (requests_ != kManyRequests) return;
  if (static_cast<double>(connections_) < kFreshShare * static_cast<double>(requests_)) return;
  Finding finding = in_request(sight);
  finding.endpoint.clear();
  finding.task.clear();
  finding.what = std::to_string(connections_) + " of the first " + std::to_string(requests_) +
                 " requests came on a connection of their own";
  tell(box, terms, FindingCode::kConnectionEachTime, 0, std::move(finding));
}

void Docket::submitted(Sandbox& box, const Terms& terms, const Exchange& exchange,
                       const std::vector<contract::Field>& fields, const Json& body,
                       const Json& input) {
  if (!body.is_object() || !terms.ignores_unknown) return;
  for (const auto& [name, value] : body.items()) {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&name = name](const auto& one) { return one.name == name; });
    const std::uint64_t key = hash_of(name, hash_of(exchange.endpoint));
    if (field == fields.end()) {
      std::vector<std::string> known;
      known.reserve(fields.size());
      for (const contract::Field& one : fields) known.push_back(one.name);
      tell(box, terms, FindingCode::kIgnoredField, key,
           in_body(exchange, "the provider does not know the member " + shown(name) +
                                 did_you_mean(name, known)));
      continue;
    }
    const auto taken = input.find(name);
    const bool comparable =
        taken != input.end() &&
        ((value.is_number() && taken->is_number()) ||
         (field->type == contract::Type::kEnum && value.is_string() && taken->is_string()));
    if (!comparable || *taken == value) continue;
    tell(box, terms, FindingCode::kOutOfRangeTolerated, key,
         in_body(exchange, "the provider takes " + shown(*taken) + " for " + shown(value) +
                               " in the member " + shown(name)));
  }
}

void Docket::tried(Sandbox& box, std::uint16_t provider, const Terms& terms, const Trial& trial) {
  if (met_.size() <= provider) met_.resize(std::size_t{provider} + 1);
  ++met_[provider].requests[static_cast<std::size_t>(On::kWebhook)];
  Finding finding;
  finding.endpoint = trial.endpoint;
  finding.task = trial.task;
  finding.delivery = trial.delivery;
  if (trial.number != 0) finding.requests = {trial.number};
  finding.at = box.now();
  const bool good = trial.status >= 200 && trial.status < 300;
  const std::uint64_t key = hash_of(trial.delivery);
  const bool old = trial.spoiled == "old_timestamp";
  if (!trial.spoiled.empty()) {
    if (!good || !trial.is_signed || (old && !trial.is_dated)) return;
    finding.what = "the receiver answered " + std::to_string(trial.status) + " to a webhook with " +
                   std::string(trial.spoiled);
    return tell(box, terms, FindingCode::kWebhookUnverified, hash_of(trial.spoiled),
                std::move(finding));
  }
  if (trial.late) {
    finding.what = "the receiver had not answered after " + in_words(trial.took) +
                   "; the provider waits " + in_words(trial.time_limit);
    return tell(box, terms, FindingCode::kWebhookSlow, key, std::move(finding));
  }
  if (trial.status >= 300 && trial.status < 400) {
    finding.what = "the receiver answered " + std::to_string(trial.status) + ", a redirect";
    return tell(box, terms, FindingCode::kWebhookRedirected, key, std::move(finding));
  }
  // A receiver may be in trouble once; nobody at home is no answer.
  if (good || trial.status == 0 || (trial.attempt < 2 && !trial.last)) return;
  finding.what = "the receiver answered " + std::to_string(trial.status) + " to attempt " +
                 std::to_string(trial.attempt);
  tell(box, terms, FindingCode::kWebhookNotAcknowledged, key, std::move(finding));
}

}  // namespace emulator::judge
