// Where state is kept, and how far behind it is.
#include "emulator/control/metrics.h"
#include "emulator/control/routes.h"
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
  return json_reply(200, out);
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
