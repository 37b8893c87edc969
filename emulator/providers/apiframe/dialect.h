#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/own_calls.h"

namespace emulator::apiframe {

// The wording of Apiframe: API v2, the legacy v1, and the store behind its own host.
class Dialect final : public emulator::Dialect, public PictureWording, public WebhookWording {
 public:
  using emulator::Dialect::Dialect;

  static std::span<const OwnCall> own_calls();

  std::string key_of(const http::Request& request) const override;
  std::optional<Refusal> check(const Call& call, KeyStanding standing) const override;
  Result<Submission, Refusal> read(const Call& call) const override;
  std::string task_id(const Call& call, Draw& draw) const override;
  std::string addressed(const Call& call) const override;
  bool addresses(const Call& call, const Task& task) const override;
  http::Reply accepted(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply shown(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply unknown_task(const Call& call) const override;
  http::Reply refused(const Call& call, const Refusal& refusal) const override;
  http::Reply no_route(const Call& call) const override;

  std::string picture_path(const Sandbox& box, const Task& task, int index) const override;
  std::string_view picture_door() const override { return "delivery"; }
  std::optional<http::Reply> picture_refused(const Call& call, const Task& task,
                                             const TaskView& view) const override;
  http::Reply picture_missing(const Call& call, Missing why) const override;
  Duration link_life() const override;

  // webhook.cc
  std::optional<webhook::Message> webhook_message(const Call& call, const Task& task,
                                                  const TaskView& view) const override;
  webhook::Sealed webhook_seal(const webhook::Sealing& sealing) const override;
  std::optional<webhook::Verdict> webhook_verdict(const http::Request& request,
                                                  const Sandboxes& sandboxes) const override;
  std::vector<double> webhook_progress(const Task& task) const override;

 private:
  http::Reply json(unsigned status, const Json& body) const;
  http::Reply stamped(const Call& call, http::Reply reply) const;
  http::Reply legacy_refused(const Call& call, const Refusal& refusal) const;
  // What `member` says, stamped.
  template <http::Reply (Dialect::*member)(const Call& call, Desk& desk) const>
  http::Reply stamped_by(const Call& call, Desk& desk) const {
    return stamped(call, (this->*member)(call, desk));
  }
  http::Reply me(const Call& call, Desk& desk) const;
  http::Reply models(const Call& call, Desk& desk) const;
  http::Reply uploads(const Call& call, Desk& desk) const;
  std::vector<std::string> links_of(const Call& call, const Task& task, const TaskView& view) const;
  double price_asked(const Call& call) const;
  http::Reply job_list(const Call& call, Desk& desk) const;
  http::Reply legacy_account(const Call& call, Desk& desk) const;
  http::Reply legacy_tasks(const Call& call, Desk& desk) const;
};

}  // namespace emulator::apiframe
