#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/document.h"
#include "emulator/pipeline/own_calls.h"

namespace emulator::wavespeed {

// WaveSpeed's wording of `api.wavespeed.ai` and of the stores behind its output and upload links.
class Dialect final : public emulator::Dialect,
                      public PictureWording,
                      public WebhookWording,
                      public Cancelling {
 public:
  using emulator::Dialect::Dialect;

  static std::span<const OwnCall> own_calls();

  std::string key_of(const http::Request& request) const override;
  std::optional<Refusal> check(const Call& call, KeyStanding standing) const override;
  Result<Submission, Refusal> read(const Call& call) const override;
  AccountLimits limits(const Submission& submission) const override;
  std::string task_id(const Call& call, Draw& draw) const override;
  http::Reply accepted(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply shown(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply unknown_task(const Call& call) const override;
  http::Reply cancelled(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply refused(const Call& call, const Refusal& refusal) const override;
  http::Reply no_route(const Call& call) const override;

  std::string picture_path(const Sandbox& box, const Task& task, int index) const override;
  std::string_view picture_door() const override { return "output"; }
  std::optional<http::Reply> picture_refused(const Call& call, const Task& task,
                                             const TaskView& view) const override;
  http::Reply picture_missing(const Call& call, Missing why) const override;
  Duration link_life() const override;
  std::optional<Duration> kept_for() const override;
  std::optional<Duration> pictures_kept_for() const override { return kept_for(); }

  // webhook.cc
  std::optional<webhook::Message> webhook_message(const Call& call, const Task& task,
                                                  const TaskView& view) const override;
  webhook::Sealed webhook_seal(const webhook::Sealing& sealing) const override;
  std::optional<webhook::Verdict> webhook_verdict(const http::Request& request,
                                                  const Sandboxes& sandboxes) const override;

 private:
  http::Reply enveloped(const Json& data) const;
  http::Reply answered(const Call& call, const Result<Json, Refusal>& data) const;

  // own_calls.cc
  http::Reply put(const Call& call, Desk& desk) const;
  http::Reply ticket(const Call& call, Desk& desk) const;
  http::Reply upload(const Call& call, Desk& desk) const;
  http::Reply list(const Call& call, Desk& desk) const;
  http::Reply remove(const Call& call, Desk& desk) const;
  http::Reply models(const Call& call, Desk& desk) const;
  http::Reply price(const Call& call, Desk& desk) const;
  http::Reply pricing(const Call& call, Desk& desk) const;
  http::Reply schema(const Call& call, Desk& desk) const;
  http::Reply balance(const Call& call, Desk& desk) const;
  http::Reply account_balance(const Call& call, Desk& desk) const;
  http::Reply usage(const Call& call, Desk& desk) const;
  http::Reply billings(const Call& call, Desk& desk) const;
  http::Reply used(const Call& call, Desk& desk) const;
  http::Reply billed(const Call& call, Desk& desk) const;
  http::Reply secret(const Call& call, Desk& desk) const;

  mutable Document models_;
};

}  // namespace emulator::wavespeed
