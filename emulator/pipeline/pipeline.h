#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "emulator/base/loop.h"
#include "emulator/http/message.h"
#include "emulator/judge/judge.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/keys.h"
#include "emulator/pipeline/known_files.h"
#include "emulator/pipeline/own_files.h"
#include "emulator/pipeline/pictures.h"
#include "emulator/pipeline/registry.h"
#include "emulator/pipeline/router.h"
#include "emulator/pipeline/visitors.h"
#include "emulator/pipeline/voice.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/webhook/courier.h"

namespace emulator {
namespace state {
class Keeper;
}

// From a request to its answer: route, check, decide, accept or look up, word. One way through for
// every provider. Loop thread only.
class Pipeline final : public Desk {
 public:
  struct Options {
    std::string public_url;  // "" : links carry the origin the caller used
    Keys::Policy auth = Keys::Policy::kAny;
    std::string welcome_key;  // let in whatever `auth` says; "" for none
    bool prompt_directives = true;
    bool captions = true;                 // in pictures, unless a scenario says otherwise
    Visitors visitors;                    // which names are ours, and which pages are foreign
    std::size_t max_names = 100'000;      // keys whose sandbox names are remembered; models too
    JsonLimits json = kStrangersJson;     // of a request's body
    std::size_t known_pictures = 10'000;  // whose sizes are remembered
    std::uint64_t picture_pixels = 20'000'000;  // of the largest that is drawn
    std::size_t kept_body = 4'096;              // bytes of a reply body the journal keeps
    std::size_t kept_request = 64u << 10;       // bytes of a request body the journal keeps
  };
  struct Parts {
    Registry& registry;
    Sandboxes& sandboxes;
    ScenarioLibrary& library;
    Uploads& uploads;
    FileReader read_file;
    Loop& loop;
    // Told of every exchange once it is answered; for the log.
    std::function<void(const Sandbox&, const Exchange&)> told;
    // Delivers webhooks; null: nobody does.
    webhook::Courier* courier = nullptr;
    // Told of a submission with a remark, once for each provider and endpoint while they are
    // remembered; null: nobody listens.
    std::function<void(const std::string& provider, const Submission& submission)> remarked =
        nullptr;
    // Told, in one line, of a fault of the machine that a request met; may be empty.
    std::function<void(const std::string& line)> complain = {};
    // What clients do is held against the rules there; null: nowhere.
    judge::Judge* judge = nullptr;
    // Told of a request that we answered before it reached a sandbox; may be empty.
    std::function<void(const http::Request& request, const http::Reply& reply)> turned_away = {};
    // Keeps what sandboxes are, beyond this process; null: nobody does.
    state::Keeper* keeper = nullptr;
  };

  Pipeline(Options options, Parts parts);

  void handle(std::shared_ptr<const http::Request> request, http::Respond respond);

  // How the provider that is asked says that it is too busy, for want of memory of ours; marked by
  // the header `x-emulator-busy`. Nothing is noted of such a request.
  http::Reply busy(const std::shared_ptr<const http::Request>& request);

  // When there is no memory left: names of keys are worked out anew.
  void let_names_go();
  // Names of sandboxes and sizes of pictures: all that is kept only to spare work.
  void forget_what_can_be_found_again();

  // The sandbox name a credential stands for: cleaned, masked if it looks real.
  std::string sandbox_name(std::string_view key);

  // With Keys::Policy::kBook: goes by `book` from the next request on.
  void go_by(std::shared_ptr<const KeyBook> book);

  // For whoever keeps tasks: the accepted body of one, whole, as JSON text, and the voice that was
  // made from these bytes; null when none was.
  std::string whole_input(const Task& task);
  std::shared_ptr<const webhook::Voice> voice_again(std::uint16_t provider,
                                                    std::string_view made_from);

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

  void turn_away(const http::Request& request, const http::Respond& respond, http::Reply reply);
  void name_sandbox(const FlowPtr& flow);
  void bring(const FlowPtr& flow);
  void begin(const FlowPtr& flow);
  bool settle_sandbox(const FlowPtr& flow);
  void work(const FlowPtr& flow);
  void note(const FlowPtr& flow);
  bool decide(const FlowPtr& flow, std::string_view endpoint, std::string_view prompt,
              const Json* input);
  void submit(const FlowPtr& flow);
  void tell_remark(const Flow& flow, const Submission& submission);
  std::shared_ptr<const std::string> shared_note(std::string note);
  void take(const FlowPtr& flow, Submission& submission);
  bool repeated(const FlowPtr& flow, const RepeatKey& repeat);
  void look_up(const FlowPtr& flow);
  bool skip_for(const FlowPtr& flow);
  void show(const FlowPtr& flow);
  void download(const FlowPtr& flow);
  void draw(const FlowPtr& flow, const image::Picture& picture,
            const std::optional<scenario::ImageTrouble>& trouble, http::Headers headers);
  void beside_the_loop(const FlowPtr& flow, std::size_t room, std::function<void(Pace&)> work,
                       std::function<void()> done);
  void uploaded(const FlowPtr& flow);
  bool follow(const FlowPtr& flow, Task& task);
  void follow_on(const FollowingPtr& following);
  void stop_following(const FollowingPtr& following);
  void wake_followers(std::uint16_t provider, const std::string& task);
  void other(const FlowPtr& flow);
  http::Reply own_reply(const Flow& flow);
  bool welcome_name(const http::Request& request) const;
  void our_fault(const FlowPtr& flow, std::string_view code, const std::string& why);
  std::optional<Refusal> account_refusal(const Flow& flow, const Submission& submission,
                                         const Limits& limits);
  const std::shared_ptr<const VoiceParts>& voice_parts(std::uint16_t provider);
  std::shared_ptr<const webhook::Voice> voice_of(const Flow& flow);
  Fate fate_of(const Flow& flow, const Submission& submission);
  Json fact(const Flow& flow, std::string_view name);
  void watch_caller(const FlowPtr& flow);
  void judge_body(const FlowPtr& flow, const Submission& submission);
  bool died_of_age(const Flow& flow, const TaskView& view) const;
  void judge_answer(const FlowPtr& flow, Sandbox& box, const http::Reply& reply);
  void judge_hang(const FlowPtr& flow);
  void answer(const FlowPtr& flow, http::Reply reply);
  void send(const FlowPtr& flow, http::Reply reply);

  Options options_;
  Parts parts_;
  Router router_;
  OwnFiles own_files_;
  Keys keys_;
  std::unordered_map<std::string, std::string> names_;  // credential -> sandbox name; bounded
  std::unordered_set<std::string> remarked_;            // "provider endpoint"; bounded
  KnownFiles known_files_;
  Charge names_held_;
  std::unique_ptr<Sandbox> busy_box_;             // for the answers of `busy`
  std::shared_ptr<const std::string> last_note_;  // of the latest task that had one
  std::map<std::uint16_t, std::shared_ptr<const VoiceParts>> voices_;  // by provider
  std::string last_fault_;                                             // told of already
  // Streams that follow a task, by provider and id.
  std::unordered_multimap<std::string, std::weak_ptr<Following>> followers_;
};

}  // namespace emulator
