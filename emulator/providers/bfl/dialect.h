#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "emulator/base/json_writer.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/document.h"
#include "emulator/pipeline/own_calls.h"

namespace emulator::bfl {

// BFL's wording of `api.bfl.ai` and of its delivery store (an Azure blob store behind its own
// host).
class Dialect final : public emulator::Dialect, public PictureWording, public WebhookWording {
 public:
  using emulator::Dialect::Dialect;

  static std::span<const OwnCall> own_calls();

  std::string key_of(const http::Request& request) const override;
  std::optional<Refusal> check(const Call& call, KeyStanding standing) const override;
  Result<Submission, Refusal> read(const Call& call) const override;
  std::optional<Refusal> declined(const Call& call, const Task& task) const override;
  std::string task_id(const Call& call, Draw& draw) const override;
  std::string addressed(const Call& call) const override;
  http::Reply accepted(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply shown(const Call& call, const Task& task, const TaskView& view) const override;
  http::Reply unknown_task(const Call& call) const override;
  // Polls need no key, so nobody's task is a stranger's.
  bool keys_separate_tasks() const override { return false; }
  http::Reply refused(const Call& call, const Refusal& refusal) const override;
  http::Reply not_emulated(const Call& call) const override;

  // delivery.cc
  std::string picture_path(const Sandbox& box, const Task& task, int index) const override;
  std::string picture_query(const Sandbox& box, const Task& task, std::string_view path,
                            Instant signed_at) const override;
  std::string_view picture_door() const override { return "delivery"; }
  std::optional<http::Reply> picture_refused(const Call& call, const Task& task,
                                             const TaskView& view) const override;
  http::Reply picture_missing(const Call& call, Missing why) const override;
  http::Reply store_refused(const emulator::Dialect& api, const Call& call,
                            const Refusal& refusal) const override;
  void picture_headers(const Call& call, const Task& task, http::Headers& headers) const override;
  Duration link_life() const override;
  std::optional<Duration> kept_for() const override;
  std::optional<Duration> pictures_kept_for() const override;

  // webhook.cc
  std::optional<webhook::Message> webhook_message(const Call& call, const Task& task,
                                                  const TaskView& view) const override;
  webhook::Sealed webhook_seal(const webhook::Sealing& sealing) const override;
  std::optional<webhook::Verdict> webhook_verdict(const http::Request& request,
                                                  const Sandboxes& sandboxes) const override;

 private:
  std::string_view status_of(const Task& task, const TaskView& view) const;
  unsigned status_code(const Task& task, const TaskView& view) const;
  bool costs_later(const Task& task) const;
  std::string polling_address(const Call& call, const std::string& path) const;
  void put_result(JsonWriter& body, const Call& call, const Task& task, const TaskView& view) const;
  http::Reply scripted(const Call& call, const Refusal& refusal) const;
  Json details_of(const Task& task, const TaskView& view) const;
  Json finetunes_of(const Call& call) const;
  http::Reply credits(const Call& call, Desk& desk) const;
  http::Reply openapi(const Call& call, Desk& desk) const;
  http::Reply my_finetunes(const Call& call, Desk& desk) const;
  http::Reply finetune_details(const Call& call, Desk& desk) const;
  http::Reply finetune(const Call& call, Desk& desk) const;
  http::Reply delete_finetune(const Call& call, Desk& desk) const;
  http::Reply licence_usage(const Call& call, Desk& desk) const;

  mutable Document openapi_;
};

}  // namespace emulator::bfl
