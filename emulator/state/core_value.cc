#include <algorithm>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/state/bytes.h"
#include "emulator/state/values.h"

namespace emulator::state {
namespace {

constexpr auto kSubmits = static_cast<std::size_t>(On::kSubmit);

void put_numbers(const std::vector<std::uint64_t>& numbers, Packer& to) {
  to.number(numbers.size());
  for (const std::uint64_t number : numbers) to.number(number);
}

std::vector<std::uint64_t> take_numbers(Unpacker& from) {
  std::vector<std::uint64_t> out(from.count());
  for (std::uint64_t& number : out) number = from.number();
  return out;
}

void put_account(const Account& account, Packer& to) {
  to.real(account.spent);
  to.number(account.places.size());
  for (const Instant place : account.places) to.instant(place);
  to.number(account.place_limit);
  to.instant(account.last_start);
  to.instant(account.window_began);
  to.number(account.window_count);
}

AccountValue take_account(Unpacker& from) {
  AccountValue account;
  account.spent = from.real();
  account.places.resize(from.count());
  for (Instant& place : account.places) place = from.instant();
  account.place_limit = static_cast<std::size_t>(from.number());
  account.last_start = from.instant();
  account.window_began = from.instant();
  account.window_count = static_cast<std::size_t>(from.number());
  return account;
}

// What no rule decided, but for submissions: it counts the draws of answers that nobody remembers.
void take_uncounted(Unpacker& from, Core& core) {
  for (std::size_t count = from.count(); count > 0; --count) {
    auto& answered = core.counters.by_default[std::string(from.text())];
    for (std::size_t on = 0; on < answered.size(); ++on)
      if (on != kSubmits) answered[on] = from.number();
  }
  core.exchanges = from.number();
}

}  // namespace

std::uint64_t scenario_key(const scenario::Scenario& scenario) {
  return hash_of(scenario.text, hash_of(scenario.file, hash_of(scenario.name)));
}

std::size_t pack_core(const Sandbox& box, std::uint64_t last_webhook, std::string& out) {
  Packer to(out);
  to.number(kCoreForm);
  const VirtualClock::Anchor clock = box.clock.anchor();
  to.instant(clock.shown);
  to.instant(clock.wall);
  to.real(clock.speed);
  to.instant(box.born);
  to.flag(box.skips);
  to.number(box.moves.size());
  for (const ClockMove& move : box.moves) {
    to.instant(move.from);
    to.instant(move.to);
  }
  to.fixed(box.seed);
  to.flag(box.own_scenario);
  put_numbers(box.counters.met, to);
  put_numbers(box.counters.fired, to);
  put_numbers(box.counters.expected, to);
  to.number(box.counters.by_default.size());
  for (const auto& [provider, answered] : box.counters.by_default) {
    to.text(provider);
    to.number(answered[kSubmits]);
  }
  to.number(box.accounts.size());
  for (const auto& [provider, account] : box.accounts) {
    to.number(provider);
    put_account(account, to);
  }
  to.number(0);  // draws by purpose, which were counted once
  to.number(box.tasks.first_serial());
  to.number(box.tasks.next_serial());
  to.number(last_webhook);
  return out.size();
}

void pack_uncounted(const Sandbox& box, std::uint64_t scenario, std::string& out) {
  Packer to(out);
  to.fixed(scenario);
  to.number(box.counters.by_default.size());
  for (const auto& [provider, answered] : box.counters.by_default) {
    to.text(provider);
    for (std::size_t on = 0; on < answered.size(); ++on)
      if (on != kSubmits) to.number(answered[on]);
  }
  to.number(box.journal.seen());
}

Result<Core, std::string> unpacked_core(std::string_view bytes) {
  Unpacker from(bytes);
  if (const std::uint64_t form = from.number(); form != kCoreForm)
    return Failure{"a sandbox in form " + std::to_string(form) + ", which is not known here"};
  Core core;
  core.clock.shown = from.instant();
  core.clock.wall = from.instant();
  core.clock.speed = from.real();
  core.born = from.instant();
  core.skips = from.flag();
  core.moves.resize(from.count());
  for (ClockMove& move : core.moves) {
    move.from = from.instant();
    move.to = from.instant();
  }
  core.seed = from.fixed();
  core.own_scenario = from.flag();
  core.counters.met = take_numbers(from);
  core.counters.fired = take_numbers(from);
  core.counters.expected = take_numbers(from);
  for (std::size_t count = from.count(); count > 0; --count) {
    const std::string provider(from.text());
    core.counters.by_default[provider][kSubmits] = from.number();
  }
  for (std::size_t count = from.count(); count > 0; --count) {
    const auto provider = static_cast<std::uint16_t>(from.number(UINT16_MAX));
    core.accounts.emplace_back(provider, take_account(from));
  }
  for (std::size_t count = from.count(); count > 0; --count) {
    static_cast<void>(from.text());
    static_cast<void>(from.number());
  }
  core.first_task = from.number();
  core.next_task = from.number();
  core.last_webhook = from.number();
  core.scenario = from.fixed();
  take_uncounted(from, core);
  if (!from.whole_and_good() || !(core.clock.speed >= 0) || core.next_task < core.first_task ||
      core.first_task == 0)
    return Failure{std::string("a sandbox that cannot be read")};
  return core;
}

}  // namespace emulator::state
