// Where state is kept, and how far behind it is.
#include "emulator/control/metrics.h"
#include "emulator/control/routes.h"
#include "emulator/fleet/fleet.h"
#include "emulator/state/keeper.h"

namespace emulator::control {
namespace {

std::int64_t whole_ms(Duration time) { return std::chrono::duration_cast<Millis>(time).count(); }

}  // namespace

Json state_in_short(const state::Keeper& keeper) {
  const state::Keeper::Figures figures = keeper.figures();
  Json out = {{"store", figures.store},
              {"away", figures.away},
              {"behind", figures.behind},
              {"behind_ms", whole_ms(figures.behind_for)},
              {"problem", nullptr}};
  if (!figures.problem.empty()) out["problem"] = figures.problem;
  return out;
}

Json fleet_in_short(const fleet::Fleet& fleet) {
  const fleet::Fleet::Figures figures = fleet.figures();
  Json out = {{"emulator", figures.address},
              {"emulators", figures.emulators},
              {"home", figures.home},
              {"away", figures.away},
              {"problem", nullptr}};
  if (!figures.problem.empty()) out["problem"] = figures.problem;
  return out;
}

http::Reply show_state(const Call& call) {
  if (call.parts.keeper == nullptr) return json_reply(200, {{"store", "none"}});
  const state::Keeper::Figures figures = call.parts.keeper->figures();
  Json out = state_in_short(*call.parts.keeper);
  out["batches"] = figures.batches;
  out["rows"] = figures.rows;
  out["failures"] = figures.failures;
  out["released"] = figures.released;
  out["last_batch_ms"] = std::chrono::duration<double, std::milli>(figures.last_batch).count();
  out["not_read"] = {{"sandboxes", figures.not_read}, {"tasks", figures.tasks_not_read}};
  if (call.parts.fleet != nullptr) {
    const fleet::Fleet::Figures fleet = call.parts.fleet->figures();
    Json& shown = out["fleet"] = fleet_in_short(*call.parts.fleet);
    shown["passed_on"] = fleet.passed_on;
    shown["taken_in"] = fleet.taken_in;
    shown["unreached"] = fleet.unreached;
    shown["unasked"] = fleet.unasked;
    shown["taken_over"] = fleet.taken_over;
    shown["lost"] = fleet.lost;
    shown["conflicts"] = fleet.conflicts;
  }
  return json_reply(200, out);
}

void add_fleet(Metrics& out, const fleet::Fleet& fleet) {
  const fleet::Fleet::Figures figures = fleet.figures();
  const auto count = [&](const char* name, const char* about, std::uint64_t value) {
    out.one(name, "counter", about, static_cast<double>(value));
  };
  out.one("emulator_fleet_emulators", "gauge", "Emulators that keep state in the same place.",
          static_cast<double>(figures.emulators.size()));
  out.one("emulator_fleet_home", "gauge", "Sandboxes at home here.",
          static_cast<double>(figures.home));
  out.one("emulator_fleet_away", "gauge", "1 while the store does not say whose sandboxes are.",
          figures.away ? 1 : 0);
  count("emulator_fleet_passed_on_total", "Requests passed on to other emulators.",
        figures.passed_on);
  count("emulator_fleet_taken_in_total", "Requests that other emulators passed on.",
        figures.taken_in);
  count("emulator_fleet_unreached_total", "Tries to pass on that did not reach the emulator.",
        figures.unreached);
  count("emulator_fleet_connections_total", "Connections made to pass requests on.",
        figures.connections);
  count("emulator_fleet_unasked_total",
        "Requests answered without the store having said whose the sandbox is.", figures.unasked);
  count("emulator_fleet_taken_over_total", "Sandboxes with a past that came to be at home here.",
        figures.taken_over);
  count("emulator_fleet_lost_total", "Sandboxes that another emulator took over.", figures.lost);
  count("emulator_fleet_conflicts_total", "Of these, with changes that are kept nowhere.",
        figures.conflicts);
}

void add_state(Metrics& out, const state::Keeper& keeper) {
  const state::Keeper::Figures figures = keeper.figures();
  const auto seconds = [](Duration time) { return std::chrono::duration<double>(time).count(); };
  out.one("emulator_state_away", "gauge", "1 while replies do not wait for the store of --state.",
          figures.away ? 1 : 0);
  out.one("emulator_state_behind", "gauge", "Sandboxes with changes that are not written.",
          static_cast<double>(figures.behind));
  out.one("emulator_state_behind_seconds", "gauge", "Since when there are such.",
          seconds(figures.behind_for));
  out.one("emulator_state_batches_total", "counter", "Batches written.",
          static_cast<double>(figures.batches));
  out.one("emulator_state_rows_total", "counter", "Rows in them.",
          static_cast<double>(figures.rows));
  out.one("emulator_state_failures_total", "counter", "Batches that the store did not take.",
          static_cast<double>(figures.failures));
  out.one("emulator_state_released_total", "counter",
          "Replies sent before what they say was written.", static_cast<double>(figures.released));
  out.one("emulator_state_last_batch_seconds", "gauge", "How long the last batch took.",
          seconds(figures.last_batch));
  out.one("emulator_state_sandboxes_not_read", "gauge",
          "Sandboxes that are kept, and nobody has asked for since the start.",
          static_cast<double>(figures.not_read));
}

}  // namespace emulator::control
