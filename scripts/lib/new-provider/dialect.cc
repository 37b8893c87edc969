// How @NAME@ words what was decided. Its facts are in contract.yaml.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/contract/validate.h"
#include "emulator/pipeline/dialect.h"

namespace emulator {
namespace @NAME@ {
namespace {

class Dialect final : public emulator::Dialect {
 public:
  using emulator::Dialect::Dialect;

  std::string key_of(const http::Request& request) const override {
    return std::string(request.headers.get("x-api-key").value_or(""));
  }

  std::optional<Refusal> check(const Call& call, bool) const override {
    if (call.route->on == On::kDownload || !key_of(*call.request).empty()) return std::nullopt;
    Refusal refusal;
    refusal.kind = RefusalKind::kUnauthenticated;
    return refusal;
  }

  Result<Submission, Refusal> read(const Call& call) const override {
    Refusal refusal;
    const contract::Endpoint* endpoint = contract_.endpoint(call.capture("endpoint"));
    if (endpoint == nullptr) {
      refusal.kind = RefusalKind::kNotFound;
      return Failure{std::move(refusal)};
    }
    const Json body = call.json() ? *call.json() : Json();
    auto input = contract::validate(body, endpoint->fields, endpoint->closed, {});
    if (!input) {
      refusal.violations = std::move(input.error());
      return Failure{std::move(refusal)};
    }
    Submission out;
    out.endpoint = endpoint->id;
    out.prompt = input->at("prompt").get<std::string>();
    out.plan.width = input->at("width").get<int>();
    out.plan.height = input->at("height").get<int>();
    if (const Json& seed = input->at("seed"); seed.is_number_integer())
      out.seed = static_cast<std::uint64_t>(seed.get<std::int64_t>());
    out.cost = endpoint->price;
    out.input = std::move(*input);
    return out;
  }

  std::string task_id(Draw& draw, Instant) const override { return uuid_v4(draw); }

  http::Reply accepted(const Call& call, const Task& task, const TaskView& view) const override {
    return shown(call, task, view);
  }

  http::Reply shown(const Call& call, const Task& task, const TaskView& view) const override {
    const std::string_view state = view.made()                    ? "succeed"
                                   : view.done()                  ? "failed"
                                   : view.phase == Phase::kQueued ? "queued"
                                                                  : "running";
    Json body = {{"id", task.id}, {"status", contract_.statuses.find(state)->second}};
    if (view.made()) body["url"] = picture_link(call.origin, *call.box, task, 0, call.now);
    return json_reply(200, body);
  }

  http::Reply unknown_task(const Call&) const override { return error("not_found"); }

  http::Reply refused(const Call& call, const Refusal& refusal) const override {
    if (refusal.violations.empty()) return emulator::Dialect::refused(call, refusal);
    const contract::Field* field = refusal.violations.front().field;
    return error("invalid_input", {{"field", field == nullptr ? "body" : field->name}});
  }

  std::string picture_path(const Sandbox& box, const Task& task, int index) const override {
    Draw draw = box.draw("@NAME@ file", task.serial * 16 + static_cast<unsigned>(index));
    return "/files/" + hex_id(draw, 32) + ".jpg";
  }
  std::string_view picture_door() const override { return "delivery"; }
  Duration link_life() const override { return duration_value(contract_, "link_life"); }

  std::optional<http::Reply> picture_refused(const Call& call, const Task& task,
                                             const TaskView& view) const override {
    if (call.now < view.ended + task.fate.links_live_for) return std::nullopt;
    return error("link_expired");
  }

  http::Reply picture_missing(const Call&, Missing why) const override {
    return error(why == Missing::kExpired || why == Missing::kForbidden ? "link_expired"
                                                                        : "link_gone");
  }
};

}  // namespace
}  // namespace @NAME@

std::unique_ptr<Dialect> make_@NAME@(const contract::Contract& contract, std::uint16_t provider) {
  return std::make_unique<@NAME@::Dialect>(contract, provider);
}

}  // namespace emulator
