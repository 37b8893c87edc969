#include "emulator/judge/terms.h"

#include <stdexcept>

#include "emulator/base/text.h"
#include "emulator/task/finding_words.h"

namespace emulator::judge {
namespace {

using contract::Contract;

[[noreturn]] void malformed(const Contract& contract, std::string_view name, const char* wanted) {
  throw std::logic_error("contract of " + contract.doors.provider + ": the value \"" +
                         std::string(name) + "\" must be " + wanted);
}

void take_span(const Contract& contract, std::string_view name, Duration& target) {
  const Json& value = contract.value(name);
  if (value.is_null()) return;
  const auto span = value.is_string() ? parse_duration(value.get<std::string>())
                                      : Result<Duration, std::string>(Failure{std::string()});
  if (!span) malformed(contract, name, "a duration such as 500ms");
  target = *span;
}

std::vector<std::string> texts_under(const Contract& contract, std::string_view name) {
  std::vector<std::string> out;
  const Json& value = contract.value(name);
  if (value.is_null()) return out;
  if (!value.is_array()) malformed(contract, name, "a list of texts");
  for (const Json& one : value) {
    if (!one.is_string()) malformed(contract, name, "a list of texts");
    out.push_back(one.get<std::string>());
  }
  return out;
}

std::string member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

void take_deprecated(const Contract& contract, Terms& terms) {
  const Json& list = contract.value("deprecated");
  if (list.is_null()) return;
  if (!list.is_array()) malformed(contract, "deprecated", "a list");
  for (const Json& one : list) {
    if (!one.is_object()) malformed(contract, "deprecated", "a list of mappings");
    Terms::Deprecated made{member(one, "endpoint"), member(one, "host"), member(one, "route"),
                           member(one, "instead"), member(one, "source")};
    if (made.endpoint.empty() && made.host.empty() && made.route.empty())
      malformed(contract, "deprecated", "a list whose entries name an endpoint, a host or a route");
    terms.deprecated.push_back(std::move(made));
  }
}

void take_reasons(const Contract& contract, Terms& terms) {
  const Json& rules = contract.value("client_rules");
  if (rules.is_null()) return;
  if (!rules.is_object()) malformed(contract, "client_rules", "a mapping of codes");
  for (const auto& [code, reason] : rules.items()) {
    if (!from_word(code, kFindingWords) || !reason.is_object())
      malformed(contract, "client_rules", "a mapping of codes of findings to why and source");
    terms.reasons.emplace(code, Terms::Reason{member(reason, "why"), member(reason, "source")});
  }
}

}  // namespace

Terms terms_of(const Contract& contract) {
  Terms out;
  out.provider = contract.doors.provider;
  take_span(contract, "poll_floor", out.poll_floor);
  take_span(contract, "poll_patience", out.poll_patience);
  take_span(contract, "unknown_at_first", out.unknown_at_first);
  if (const Json& name = contract.value("poll_address"); name.is_string())
    out.poll_address = name.get<std::string>();
  if (const Json& ignores = contract.value("ignores_unknown"); ignores.is_boolean())
    out.ignores_unknown = ignores.get<bool>();
  for (const std::string& form : texts_under(contract, "credential_forms")) {
    const auto blank = form.find(' ');
    out.forms.push_back(
        {form.substr(0, blank), blank == std::string::npos ? "" : form.substr(blank + 1)});
  }
  out.keyless_routes = texts_under(contract, "keyless_routes");
  out.listing_routes = texts_under(contract, "listing_routes");
  take_deprecated(contract, out);
  take_reasons(contract, out);
  return out;
}

std::string problem_of_terms(const Contract& contract) {
  try {
    terms_of(contract);
    return "";
  } catch (const std::logic_error& error) {
    return error.what();
  }
}

}  // namespace emulator::judge
