#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/own_calls.h"

namespace emulator::vtrix {

// The wording of Vtrix's gateway: the generation protocol here, the queue protocol in queue.h, the
// catalogue in catalogue.h.
class Dialect final : public emulator::Dialect, public PictureWording, public Cancelling {
 public:
  using emulator::Dialect::Dialect;

  static std::span<const OwnCall> own_calls();

  std::string key_of(const http::Request& request) const override;
  std::optional<Refusal> check(const Call& call, KeyStanding standing) const override;
  Result<Submission, Refusal> read(const Call& call) const override;
  std::string task_id(const Call& call, Draw& draw) const override;
  bool addresses(const Call& call, const Task& task) const override;
  http::Reply accepted(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply shown(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply unknown_task(const Call& call) const override;
  http::Reply cancelled(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply refused(const Call& call, const Refusal& refusal) const override;
  http::Reply no_route(const Call& call) const override;

  std::string picture_path(const Sandbox& box, const Task& task, int index) const override;
  std::string_view picture_door() const override { return "delivery"; }
  std::optional<http::Reply> picture_refused(const Call& call, const Task& task,
                                             const TaskView& view) const override;
  http::Reply picture_missing(const Call& call, Missing why) const override;
  Duration link_life() const override;

 private:
  http::Reply catalogue(const Call& call, Desk& desk) const;
  http::Reply spec(const Call& call, Desk& desk) const;
  http::Reply queue_stream(const Call& call, Desk& desk) const;
  Json error_of(const Task& task, const TaskView& view) const;
  // Id, time, status and model, as every answer begins.
  Json head_of(const Task& task, std::string_view status) const;
  void put_result(const Call& call, const Task& task, const TaskView& view, Json& body) const;
};

}  // namespace emulator::vtrix
