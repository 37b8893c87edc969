#include "emulator/pipeline/registry.h"

#include <stdexcept>
#include <utility>

#include "emulator/base/did_you_mean.h"
#include "emulator/base/text.h"
#include "emulator/pipeline/origin.h"

namespace emulator {
namespace {

std::optional<scenario::Span> span_of(const std::optional<contract::Profile::Range>& seen) {
  using scenario::Span;
  if (!seen) return std::nullopt;
  if (seen->low == seen->high) return Span{Span::Kind::kFixed, seen->low, Duration(0)};
  return Span{Span::Kind::kRange, seen->low, seen->high};
}

}  // namespace

Registry::Registry(std::vector<Entry> entries) {
  for (Entry& entry : entries) {
    auto slot = std::make_unique<Slot>();
    auto doors = contract::load_doors(entry.contract);
    if (!doors) throw std::logic_error(doors.error().front());
    slot->doors = std::move(*doors);
    slot->entry = std::move(entry);
    slots_.push_back(std::move(slot));
  }
}

std::optional<std::uint16_t> Registry::find(std::string_view name) const {
  for (std::uint16_t i = 0; i < size(); ++i)
    if (slots_[i]->entry.name == name) return i;
  return std::nullopt;
}

std::optional<Registry::Door> Registry::search_door(std::string_view host) const {
  for (std::uint16_t p = 0; p < size(); ++p)
    if (const auto* known = host_of(slots_[p]->doors, host)) return Door{p, known->door};
  return std::nullopt;
}

// Asked with every request, so that names are not compared one by one.
std::optional<Registry::Door> Registry::door_of(std::string_view host) const {
  if (spelled_.empty() && !patterns_)
    for (const auto& slot : slots_)
      for (const auto& known : slot->doors.hosts) {
        const bool pattern = known.name.find('*') != std::string::npos;
        patterns_ = patterns_ || pattern;
        if (!pattern) spelled_.emplace(lower_case(known.name), *search_door(known.name));
      }
  if (const auto known = spelled_.find(lower_case(host)); known != spelled_.end())
    return known->second;
  return patterns_ ? search_door(host) : std::nullopt;
}

Result<std::string, std::vector<std::string>> Registry::lay_over(contract::Source file) {
  const auto doors = contract::load_doors(file);
  if (!doors) return Failure{doors.error()};
  const auto provider = find(doors->provider);
  if (!provider) {
    std::vector<std::string> names;
    for (const auto& slot : slots_) names.push_back(slot->entry.name);
    return Failure{std::vector<std::string>{file.file + ": unknown provider \"" + doors->provider +
                                            "\"" + did_you_mean(doors->provider, names)}};
  }
  Slot& slot = *slots_[*provider];
  slot.overrides.push_back(std::move(file));
  auto loaded = read(slot);
  if (!loaded) {
    slot.overrides.pop_back();
    return Failure{loaded.error()};
  }
  slot.doors = loaded->doors;
  spelled_.clear();
  patterns_ = false;
  slot.dialect.reset();
  slot.words.reset();
  slot.contract = std::make_unique<contract::Contract>(std::move(*loaded));
  return slot.entry.name;
}

Result<contract::Contract, std::vector<std::string>> Registry::read(const Slot& slot) {
  std::vector<std::string_view> answered;
  for (const OwnCall& row : slot.entry.code.own_calls) answered.push_back(row.route);
  return contract::load(slot.entry.contract, slot.overrides, slot.entry.code.facts, answered);
}

void Registry::load(Slot& slot, std::uint16_t provider) {
  if (!slot.contract) {
    auto loaded = read(slot);
    if (!loaded) throw std::logic_error(loaded.error().front());
    slot.contract = std::make_unique<contract::Contract>(std::move(*loaded));
  }
  if (!slot.dialect) slot.dialect = slot.entry.code.make(*slot.contract, provider);
}

const Dialect& Registry::dialect(std::uint16_t provider) {
  Slot& slot = *slots_[provider];
  if (!slot.dialect) load(slot, provider);
  return *slot.dialect;
}

const contract::Contract& Registry::contract(std::uint16_t provider) {
  Slot& slot = *slots_[provider];
  if (!slot.contract) load(slot, provider);
  return *slot.contract;
}

scenario::Vocabulary Registry::vocabulary() {
  scenario::Vocabulary out;
  auto profiles = std::make_shared<std::vector<scenario::Profile>>();
  for (const auto& slot : slots_) {
    out.providers.push_back(slot->entry.name);
    for (const contract::Profile& seen : slot->doors.profiles)
      profiles->push_back({seen.name, span_of(seen.queue), span_of(seen.run), seen.source,
                           slot->entry.name, seen.endpoints});
  }
  out.profiles = std::move(profiles);
  out.words = [this](std::string_view name) -> const scenario::ProviderWords* {
    const auto provider = find(name);
    if (!provider) return nullptr;
    Slot& slot = *slots_[*provider];
    if (!slot.words) {
      const contract::Contract& facts = contract(*provider);
      auto words = std::make_unique<scenario::ProviderWords>();
      words->provider = slot.entry.name;
      for (const contract::Endpoint& endpoint : facts.endpoints)
        words->endpoints.push_back(endpoint.id);
      for (const End end : facts.ends) words->ends.emplace_back(to_string(end));
      for (const RefusalKind kind : facts.refusals) words->refusals.emplace_back(to_string(kind));
      for (const auto& [error, unused] : facts.task_errors) words->errors.push_back(error);
      words->webhooks = facts.has_requests(On::kWebhook);
      words->any_endpoint = facts.common.any_endpoint.value_or(false);
      for (const auto& on : kOnWords)
        if (facts.has_requests(on.value)) words->requests.emplace_back(on.text);
      words->error_parts = facts.common.error_parts;
      slot.words = std::move(words);
    }
    return slot.words.get();
  };
  return out;
}

}  // namespace emulator
