#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>

#include "emulator/base/loop.h"
#include "emulator/base/text.h"
#include "emulator/http/message.h"
#include "emulator/judge/judge.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/downloads.h"
#include "emulator/pipeline/follow.h"
#include "emulator/pipeline/identity.h"
#include "emulator/pipeline/keys.h"
#include "emulator/pipeline/own_files.h"
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
namespace fleet {
class Fleet;
}

struct Subject;

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
    // Other emulators that are one with this one; null: there are none. Not without a keeper.
    fleet::Fleet* fleet = nullptr;
  };

  Pipeline(Options options, Parts parts);

  void handle(std::shared_ptr<const http::Request> request, http::Respond respond);

  // How the provider that is asked says that it is too busy, for want of memory of ours; marked by
  // the header `x-emulator-busy`. Nothing is noted of such a request.
  http::Reply busy(const std::shared_ptr<const http::Request>& request);

  // When there is no memory left: names of keys are worked out anew.
  void let_names_go() { names_.let_go(); }
  // Names of sandboxes and sizes of pictures: all that is kept only to spare work.
  void forget_what_can_be_found_again();

  // The sandbox name a credential stands for: cleaned, masked if it looks real.
  std::string sandbox_name(std::string_view key) { return names_.of(key); }

  // With Keys::Policy::kBook: goes by `book` from the next request on.
  void go_by(std::shared_ptr<const KeyBook> book);

  // For whoever keeps tasks: the accepted body of one, whole, as JSON text, and the voice that was
  // made from these bytes; null when none was.
  std::string whole_input(const Task& task);
  std::shared_ptr<const webhook::Voice> voice_again(std::uint16_t provider,
                                                    std::string_view made_from) {
    return voices_.again(provider, made_from);
  }

  // Credits left to a sandbox with a provider at its present time.
  double credits(Sandbox& box, std::uint16_t provider);

  // Desk
  Uploads& uploads() override { return parts_.uploads; }
  Memory* memory() override { return parts_.sandboxes.memory(); }
  const Task* find_task(const Call& call, std::string_view id) override;
  void remove_task(const Call& call, const Task& task) override;
  void know_pictures(const Call& call, const Task& task, const TaskView& view) override;
  double credits(const Call& call) override;
  std::optional<Instant> now_in(std::string_view box) override;
  void at(std::string_view box, Instant due, Agenda::Action action) override;
  void perform(std::shared_ptr<const http::Request> request, http::Respond respond) override {
    handle(std::move(request), std::move(respond));
  }

 private:
  struct Flow;
  // Makes a task's pictures reachable, if it has any to show.
  void know_pictures(Sandbox& box, Task& task, const TaskView& view);
  // Whoever took the request answers it, some time.
  struct Later {};
  // How a request is answered.
  using Outcome = std::variant<http::Reply, Later>;

  // pipeline.cc: the way of every request
  void turn_away(const http::Request& request, const http::Respond& respond, http::Reply reply);
  void begin(Flow& flow);
  void settle(Flow& flow, Identity who);
  Outcome work(Flow& flow);
  std::optional<http::Reply> decide(Flow& flow, const Subject& subject);
  Outcome look_up(Flow& flow);
  Outcome skip(Flow& flow);
  http::Reply show(Flow& flow);
  http::Reply cancelled(Flow& flow, const TaskView& view);
  Outcome other(Flow& flow);
  http::Reply own_reply(const Flow& flow);
  std::optional<http::Reply> follow(Flow& flow, Task& task);
  http::Reply refused(Flow& flow, const Refusal& refusal);
  http::Reply our_fault(Flow& flow, std::string_view code, const std::string& why);
  bool welcome_name(const http::Request& request) const;

  // lasting.cc: what outlasts the process
  void bring(Flow& flow);
  void find_home(Flow& flow);

  // submit.cc: from a body to a task
  Outcome submit(Flow& flow);
  Outcome take(Flow& flow, Submission& submission);
  Task task_of(Flow& flow, Submission& submission);
  Outcome accepted(Flow& flow, const Submission& submission, Task& task);
  http::Reply repeated(Flow& flow, Task& task);
  http::Reply shown_accepted(Flow& flow, Task& task);
  Outcome wait_for(Flow& flow, const Submission& submission, const Task& task);
  http::Reply after_wait(Flow& flow, const std::string& id, bool gives_up);
  Task* own_task(const Flow& flow, const std::string& id);
  void tell_remark(const Flow& flow, const Submission& submission);
  void keep_refused(const Flow& flow, const Submission& submission) const;
  std::shared_ptr<const std::string> shared_note(std::string note);

  // download.cc: files
  Outcome download(Flow& flow);
  Outcome draw(Flow& flow, Downloads::Wanted wanted);
  http::Reply drawn(Flow& flow, Downloads::Reply reply);
  http::Reply uploaded(Flow& flow);

  // answer.cc: how replies go out, and what is known of them afterwards
  void answer(Flow& flow, http::Reply reply);
  void hold(Flow& flow, Duration delay, http::Reply reply);
  void send(Flow& flow, http::Reply reply);
  void complete(Flow& flow, Sandbox& box, const http::Reply& reply);
  void note(Flow& flow);
  void watch_caller(Flow& flow) const;

  // judging.cc
  void judge_body(const Flow& flow, const Submission& submission);
  bool died_of_age(const Flow& flow, const TaskView& view) const;
  void judge_answer(const Flow& flow, Sandbox& box, const http::Reply& reply);
  void judge_hang(const Flow& flow);

  Options options_;
  Parts parts_;
  Router router_;
  OwnFiles own_files_;
  Keys keys_;
  SandboxNames names_;
  Downloads downloads_;
  Followers followers_;
  Voices voices_;
  std::unordered_set<std::string> remarked_;      // "provider endpoint"; bounded
  std::unique_ptr<Sandbox> busy_box_;             // for the answers of `busy`
  std::uint64_t busy_replies_ = 0;                // and how many there were
  std::shared_ptr<const std::string> last_note_;  // of the latest task that had one
  std::string last_fault_;                        // told of already
  HttpDates dates_;
};

}  // namespace emulator
