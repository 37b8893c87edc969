#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "emulator/http/message.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/keys.h"
#include "emulator/pipeline/own_files.h"
#include "emulator/pipeline/pictures.h"
#include "emulator/pipeline/registry.h"
#include "emulator/pipeline/router.h"
#include "emulator/pipeline/voice.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/webhook/courier.h"

namespace emulator {

// From a request to its answer: route, check, decide, accept or look up, word. One way through for
// every provider. Loop thread only.
class Pipeline final : public Desk {
 public:
  struct Options {
    std::string public_url;  // "" : links carry the origin the caller used
    Keys::Policy auth = Keys::Policy::kAny;
    std::string welcome_key;  // let in whatever `auth` says; "" for none
    bool prompt_directives = true;
    std::size_t max_names = 100'000;       // keys whose sandbox names are remembered
    std::size_t kept_body = 4'096;         // bytes of a reply body the journal keeps
    std::size_t kept_request = 64u << 10;  // bytes of a request body the journal keeps
  };
  struct Parts {
    Registry& registry;
    Sandboxes& sandboxes;
    ScenarioLibrary& library;
    Uploads& uploads;
    FileReader read_file;
    // Runs `work` on a helper thread, then `done` on the loop thread.
    std::function<void(std::function<void()> work, std::function<void()> done)> offload;
    // Told of every exchange once it is answered; for the log.
    std::function<void(const Sandbox&, const Exchange&)> told;
    // Delivers webhooks; null: nobody does.
    webhook::Courier* courier = nullptr;
  };

  Pipeline(Options options, Parts parts);

  void handle(std::shared_ptr<const http::Request> request, http::Respond respond);

  // The sandbox name a credential stands for: cleaned, masked if it looks real.
  std::string sandbox_name(std::string_view key);

  // With Keys::Policy::kBook: goes by `book` from the next request on.
  void go_by(std::shared_ptr<const KeyBook> book);

  // Desk
  Sandboxes& sandboxes() override { return parts_.sandboxes; }
  Uploads& uploads() override { return parts_.uploads; }
  void at(Sandbox& box, Instant due, std::string kind, std::string id,
          Agenda::Action action) override;
  double credits(Sandbox& box, std::uint16_t provider) override;
  void know_pictures(Sandbox& box, Task& task, const TaskView& view) override;
  void perform(std::shared_ptr<const http::Request> request, http::Respond respond) override {
    handle(std::move(request), std::move(respond));
  }

 private:
  struct Flow;
  using FlowPtr = std::shared_ptr<Flow>;
  struct Following;
  using FollowingPtr = std::shared_ptr<Following>;

  bool settle_sandbox(const FlowPtr& flow);
  void work(const FlowPtr& flow);
  void note(const FlowPtr& flow);
  bool decide(const FlowPtr& flow, std::string_view endpoint, std::string_view prompt,
              const Json* input);
  void submit(const FlowPtr& flow);
  std::shared_ptr<const std::string> shared_note(std::string note);
  void take(const FlowPtr& flow, Submission& submission);
  bool repeated(const FlowPtr& flow, const RepeatKey& repeat);
  void look_up(const FlowPtr& flow);
  void download(const FlowPtr& flow);
  void uploaded(const FlowPtr& flow);
  bool follow(const FlowPtr& flow, Task& task);
  void follow_on(const FollowingPtr& following);
  void stop_following(const FollowingPtr& following);
  void wake_followers(std::uint16_t provider, const std::string& task);
  void other(const FlowPtr& flow);
  std::optional<Refusal> account_refusal(const Flow& flow, const Submission& submission,
                                         const Limits& limits);
  std::shared_ptr<const webhook::Voice> voice_of(const Flow& flow);
  Fate fate_of(const Flow& flow, const Submission& submission);
  void answer(const FlowPtr& flow, http::Reply reply);
  void send(const FlowPtr& flow, http::Reply reply);

  Options options_;
  Parts parts_;
  Router router_;
  OwnFiles files_;
  Keys keys_;
  std::unordered_map<std::string, std::string> names_;  // credential -> sandbox name; bounded
  std::shared_ptr<const std::string> last_note_;        // of the latest task that had one
  std::map<std::uint16_t, std::shared_ptr<const VoiceParts>> voices_;  // by provider
  // Streams that follow a task, by provider and id.
  std::unordered_multimap<std::string, std::weak_ptr<Following>> followers_;
};

}  // namespace emulator
