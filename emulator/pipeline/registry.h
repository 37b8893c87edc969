#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/provider_code.h"
#include "emulator/scenario/scenario.h"

namespace emulator {

// Every provider by name: its doors from the start, its contract and dialect at first use (so that
// a start reads only what it needs). Loop thread.
class Registry {
 public:
  struct Entry {
    std::string name;
    contract::Source contract;
    ProviderCode code;
  };

  // Reads all doors; throws std::logic_error for a broken built-in contract. `overrides` are users'
  // contract files; the name of the provider each belongs to is read from it.
  explicit Registry(std::vector<Entry> entries);

  // Lays a user's contract file over a provider. The failure lists every problem.
  Result<std::string, std::vector<std::string>> lay_over(contract::Source file);

  std::uint16_t size() const { return static_cast<std::uint16_t>(slots_.size()); }
  const std::string& name(std::uint16_t provider) const { return slots_[provider]->entry.name; }
  std::optional<std::uint16_t> find(std::string_view name) const;
  const contract::Doors& doors(std::uint16_t provider) const { return slots_[provider]->doors; }
  const contract::OwnTables& facts(std::uint16_t provider) const {
    return slots_[provider]->entry.code.facts;
  }
  // The provider and role of a host, named without a port: of the first provider that has one whose
  // name or pattern fits.
  struct Door {
    std::uint16_t provider;
    std::string_view door;
  };
  std::optional<Door> door_of(std::string_view host) const;
  const Dialect& dialect(std::uint16_t provider);
  const contract::Contract& contract(std::uint16_t provider);
  std::span<const OwnCall> own_calls(std::uint16_t provider) const {
    return slots_[provider]->entry.code.own_calls;
  }

  // What scenarios may say of each provider.
  scenario::Vocabulary vocabulary();

 private:
  struct Slot {
    Entry entry;
    contract::Doors doors;
    std::vector<contract::Source> overrides;
    std::unique_ptr<contract::Contract> contract;
    std::unique_ptr<Dialect> dialect;
    std::unique_ptr<scenario::ProviderWords> words;
  };
  static Result<contract::Contract, std::vector<std::string>> read(const Slot& slot);
  void load(Slot& slot, std::uint16_t provider);
  std::optional<Door> search_door(std::string_view host) const;
  std::vector<std::unique_ptr<Slot>> slots_;
  // Hosts that are spelled out, in lower case, each with what `search_door` finds; made at the
  // first question.
  mutable std::unordered_map<std::string, Door> spelled_;
  mutable bool patterns_ = false;  // there are other hosts
};

// The providers built in, in the order of providers/CMakeLists.txt.
std::vector<Registry::Entry> built_in_providers();

}  // namespace emulator
