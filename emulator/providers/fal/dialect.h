#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/own_calls.h"

namespace emulator::fal {

// fal's wording: the gateway and its queue, the model apps behind them, and the file store.
class Dialect final : public emulator::Dialect,
                      public PictureWording,
                      public WebhookWording,
                      public Streaming,
                      public Cancelling {
 public:
  using emulator::Dialect::Dialect;

  static std::span<const OwnCall> own_calls();

  std::string key_of(const http::Request& request) const override;
  std::optional<Refusal> check(const Call& call, KeyStanding standing) const override;
  Result<Submission, Refusal> read(const Call& call) const override;
  std::string task_id(const Call& call, Draw& draw) const override;
  bool addresses(const Call& call, const Task& task) const override;
  std::optional<Refusal> declined(const Call& call, const Task& task) const override;
  http::Reply accepted(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply shown(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply unknown_task(const Call& call) const override;
  http::Reply cancelled(const Call& call, const Task& task, const TaskView& view) const override;
  bool lets_go(const Task& task, const TaskView& view) const override;
  http::Reply refused(const Call& call, const Refusal& refusal) const override;
  http::Reply no_route(const Call& call) const override;
  std::optional<http::Reply> followed(const Call& call, const Task& task,
                                      const TaskView& view) const override;
  Piece follow(const Call& call, const Task& task, const TaskView& view, Json& kept) const override;

  std::string picture_path(const Sandbox& box, const Task& task, int index) const override;
  std::string_view picture_door() const override { return "cdn"; }
  std::optional<http::Reply> picture_refused(const Call& call, const Task& task,
                                             const TaskView& view) const override;
  http::Reply picture_missing(const Call& call, Missing why) const override;
  http::Reply store_refused(const emulator::Dialect& api, const Call& call,
                            const Refusal& refusal) const override;
  void picture_headers(const Call& call, const Task& task, http::Headers& headers) const override;
  std::optional<http::Reply> upload_refused(const Call& call,
                                            const Uploads::File& file) const override;
  void upload_headers(const Call& call, const Uploads::File& file,
                      http::Headers& headers) const override;
  Duration link_life() const override;
  bool blacks_out(const Task& task, int index) const override;
  std::optional<Duration> kept_for() const override;

  // webhook.cc
  std::optional<webhook::Message> webhook_message(const Call& call, const Task& task,
                                                  const TaskView& view) const override;
  webhook::Sealed webhook_seal(const webhook::Sealing& sealing) const override;
  std::optional<webhook::Verdict> webhook_verdict(const http::Request& request,
                                                  const Sandboxes& sandboxes) const override;
  Json rotate_webhook_keys(const Sandbox& box, Notes notes) const override;

 private:
  // What is wrong with the credentials of a request behind `door`; `reads_queue`: it needs none.
  std::optional<Refusal> judged(const Call& call, KeyStanding standing, std::string_view door,
                                bool reads_queue) const;
  // True of a client of a proxy that has a key of its own.
  bool is_proxied(const Call& call) const;
  // The reply with what every answer of fal carries: an id, and leave for browsers.
  http::Reply dressed(const Call& call, http::Reply reply, std::string_view id = {}) const;
  http::Reply preflight(const Call& call) const;

  // own_calls.cc
  http::Reply jwks(const Call& call, Desk& desk) const;
  http::Reply opened(const Call& call, Desk& desk) const;
  // What `handler` says, dressed.
  template <OwnHandler handler>
  http::Reply dressed_by(const Call& call, Desk& desk) const;
  // What `handler` says, unless the account can pay for nothing.
  template <OwnHandler handler>
  http::Reply paid(const Call& call, Desk& desk) const;

  // The result of a task that is over.
  http::Reply ended(const Call& call, const Task& task, const TaskView& view) const;
};

}  // namespace emulator::fal
