#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/manual_loop.h"
#include "emulator/webhook/courier.h"
#include "tests/support/manual_wall.h"

namespace emulator::test {

// What a task's provider says, and what goes wrong with it, as the test wants it.
struct Script {
  Duration run = std::chrono::seconds(10);
  std::string url = "http://a/hook";
  scenario::WebhookTrouble trouble;
  std::vector<double> progress;
  bool silent = false;      // of the end nothing is said
  bool speechless = false;  // wording throws
  bool unsealed = false;    // sealing throws
  std::string header = "fine";
  bool stuck = false;  // nobody knows when the task ends
  std::function<void()> early = nullptr;
};

// A courier without sockets: one sandbox on a clock that stands, a wall that stands unless it is
// moved, and receivers that answer what they are told to. Keeps a trace of what was seen, in
// seconds of the sandbox's clock.
class Desk {
 public:
  explicit Desk(webhook::Courier::Options options = {})
      : library_(scenario::Vocabulary{}), sandboxes(worlds(), wall, library_, loop_) {
    courier = std::make_unique<webhook::Courier>(
        options, webhook::Courier::Parts{sandboxes,
                                         [this](http::Post post, Answered done) {
                                           return sent(std::move(post), std::move(done));
                                         },
                                         loop_});
    sandboxes.set_default(*library_.find("default"));
  }
  ~Desk() { courier.reset(); }

  Sandbox& box() { return sandboxes.named("me"); }

  // Has a task made whose webhook goes as scripted. Returns its serial.
  std::uint64_t submit(Script script = {}) {
    Task task;
    task.id = "t" + std::to_string(box().tasks.next_serial());
    task.accepted = box().now();
    task.fate.running_for = script.run;
    if (script.stuck) task.fate.queued_for = kForGood;
    auto ask = std::make_shared<WebhookAsk>();
    ask->url = script.url;
    task.webhook = std::move(ask);
    Task& kept = sandboxes.accept(box(), std::move(task));
    const std::uint64_t serial = kept.serial;
    auto early = script.early;
    courier->expect(box(), kept, std::make_shared<Spoken>(*this, std::move(script)),
                    std::move(early));
    run();
    return serial;
  }
  // Hands in what an earlier process had not delivered, at that stage, of a task that ended ten
  // seconds ago or, at kAwaiting, ends in ten.
  void put_back(std::uint64_t number, webhook::Stage stage, std::optional<Instant> next) {
    Task task;
    task.id = "t" + std::to_string(box().tasks.next_serial());
    const bool awaits = stage == webhook::Stage::kAwaiting;
    task.accepted = box().now() - std::chrono::seconds(awaits ? 0 : 20);
    task.fate.running_for = std::chrono::seconds(10);
    task.webhook = std::make_shared<WebhookAsk>();
    const Task& kept = sandboxes.accept(box(), std::move(task));
    const auto delivery = std::make_shared<webhook::Delivery>();
    delivery->number = number;
    delivery->task = kept.id;
    delivery->url = "http://a/hook";
    delivery->box = box().name();
    delivery->serial = kept.serial;
    delivery->ask = kept.webhook;
    delivery->voice = std::make_shared<Spoken>(*this, Script());
    delivery->stage = stage;
    delivery->next = next;
    if (!awaits) delivery->happened = box().now();
    if (delivery->decided()) delivery->worded = std::make_shared<const std::string>("as it was");
    courier->put_back(box(), delivery);
  }
  // Moves the sandbox's clock, and runs what can be run. Whether the move is over by then.
  bool advance(Duration by) {
    const auto over = std::make_shared<bool>(false);
    sandboxes.move(box(), box().now() + by, [over](const Sandboxes::Moved&) { *over = true; });
    run();
    return *over;
  }
  // Lets that much wall time pass.
  void pass(Duration by) {
    wall.advance(by);
    run();
  }
  // Runs timers that are due and brings answers, until there is neither.
  void run() {
    while (turn()) continue;
  }

  // Answers of receivers, in the order of the requests; 200 when there is none left.
  void answer(std::vector<http::Receipt> receipts) {
    for (http::Receipt& receipt : receipts) answers_.push_back(std::move(receipt));
  }
  // From now on nobody answers until `release` is called.
  bool silent = false;
  void release() {
    silent = false;
    run();
  }

  std::string seconds() {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(box().now() - kNewYear);
    return std::to_string(whole.count());
  }
  void note(const std::string& line) { trace += (trace.empty() ? "" : "; ") + line; }
  std::string taken() { return std::exchange(trace, ""); }
  // Number, state and reason of each.
  std::string states() {
    std::string out;
    for (const auto& record : courier->records("me")) {
      if (!out.empty()) out += "; ";
      out += record->id() + " " + std::string(to_string(record->state));
      if (!record->reason.empty()) out += ": " + record->reason;
    }
    return out;
  }
  std::string under_way() {
    std::string out;
    for (const Agenda::Entry& entry : courier->under_way(box()))
      out += (out.empty() ? "" : " ") + entry.id;
    return out;
  }
  std::size_t open() const { return flights_.size(); }

  test::ManualWall wall;
  std::string trace;

 private:
  using Answered = std::function<void(http::Receipt)>;
  struct Flight {
    std::weak_ptr<void> handle;
    Answered done;
    http::Receipt receipt;
  };

  class Spoken final : public webhook::Voice {
   public:
    Spoken(Desk& desk, Script script) : desk_(desk), script_(std::move(script)) {}
    std::vector<double> progress(const Task&) const override { return script_.progress; }
    std::optional<webhook::Message> compose(Sandbox&, Task& task, const TaskView& view,
                                            Instant at) const override {
      if (script_.speechless) throw std::logic_error("no words");
      if (view.done() && script_.silent) return std::nullopt;
      const auto whole = std::chrono::duration_cast<std::chrono::seconds>(at - kNewYear);
      return webhook::Message{view.done() ? "completed" : "progress",
                              task.id + " at " + std::to_string(whole.count())};
    }
    webhook::Sealed seal(const webhook::Sealing& sealing) const override {
      if (script_.unsealed) throw std::logic_error("no seal");
      webhook::Sealed out;
      out.headers.add("x-event", std::string(sealing.event));
      out.headers.add("x-more", script_.header);
      return out;
    }
    webhook::Rules rules(std::size_t) const override {
      using std::chrono::seconds;
      return {{seconds(1), seconds(5)}, {seconds(10), seconds(20)}, {{300, 399}}, 1};
    }
    std::optional<scenario::WebhookTrouble> trouble(Sandbox&, const Task&,
                                                    const webhook::Message&) const override {
      return script_.trouble;
    }
    void attempted(Sandbox&, const webhook::Record& record, const http::Post& post,
                   const http::Receipt&, Instant) const override {
      if (desk_.tells_attempts)
        desk_.note(record.id() + " tried in " +
                   std::to_string(
                       std::chrono::duration_cast<std::chrono::seconds>(post.time_limit).count()) +
                   " s");
    }

   private:
    Desk& desk_;
    const Script script_;
  };

  bool turn() {
    loop_.turn();
    if (silent || flights_.empty()) return false;
    Flight flight = std::move(flights_.front());
    flights_.pop_front();
    if (!flight.handle.expired()) flight.done(std::move(flight.receipt));
    return true;
  }
  std::shared_ptr<void> sent(http::Post post, Answered done) {
    note(seconds() + " " + post.method + " " + post.target + " " +
         (post.body ? *post.body : "without body"));
    http::Receipt receipt;
    receipt.status = 200;
    if (!answers_.empty()) {
      receipt = std::move(answers_.front());
      answers_.pop_front();
    }
    const auto handle = std::make_shared<int>(0);
    flights_.push_back({handle, std::move(done), std::move(receipt)});
    return handle;
  }
  Sandboxes::Options worlds() {
    Sandboxes::Options out;
    out.clock = {true, kNewYear};
    out.ends_moved = [this](Sandbox& box, const Task& task, bool others) {
      courier->end_changed(box, task, others);
    };
    out.settle = [this](const Sandbox& box, std::function<void()> finished) {
      courier->settle(box, std::move(finished));
    };
    out.under_way = [this](const Sandbox& box) { return courier->under_way(box); };
    return out;
  }

  ManualLoop loop_{wall};
  std::deque<Flight> flights_;
  std::deque<http::Receipt> answers_;
  ScenarioLibrary library_;

 public:
  bool tells_attempts = false;
  Sandboxes sandboxes;
  std::unique_ptr<webhook::Courier> courier;
};

}  // namespace emulator::test
