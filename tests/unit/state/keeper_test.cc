// What waits for what, with an engine that does as it is told.
#include "emulator/state/keeper.h"

#include <doctest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/manual_loop.h"
#include "tests/support/manual_wall.h"

namespace emulator::test::TEST_FILE {
namespace {

using namespace std::chrono_literals;
using namespace emulator::state;

class NothingKept final : public Reading {
 public:
  std::vector<StoredBox> boxes() override { return {}; }
  std::optional<std::string> box(const StoredBox&) override { return std::nullopt; }
  std::optional<std::string> scenario(std::uint64_t) override { return std::nullopt; }
  void each(Shelf, const StoredBox&, const Row&) override {}
  void every_task(const Any&) override {}
  void every_upload(const Any&) override {}
};

// Writes when it is let, and says what it is told to say.
class Obedient final : public Engine {
 public:
  std::string write(const Batch& batch) override {
    std::unique_lock<std::mutex> lock(mutex_);
    ++begun_;
    rung_.notify_all();
    rung_.wait(lock, [this] { return let_ > 0; });
    --let_;
    if (answer_.empty()) batches_.push_back(batch);
    return answer_;
  }
  std::unique_ptr<Reading> reading() override { return std::make_unique<NothingKept>(); }
  std::string name() const override { return "obedient"; }
  std::uint64_t seed() const override { return 1; }

  void let(int writes, std::string answer = "") {
    const std::lock_guard<std::mutex> lock(mutex_);
    let_ += writes;
    answer_ = std::move(answer);
    rung_.notify_all();
  }
  std::vector<Batch> batches() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return batches_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable rung_;
  int let_ = 0, begun_ = 0;
  std::string answer_;
  std::vector<Batch> batches_;
};

// A loop that turns when it is told to, and that can be waited for until another thread has posted.
class Bell final : public ManualLoop {
 public:
  using ManualLoop::ManualLoop;
  void post(std::function<void()> work) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    posted_.push_back(std::move(work));
    rung_.notify_all();
  }
  // Calls what was posted, and waits for it where nothing was.
  void call_posted() {
    std::vector<std::function<void()>> came;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      rung_.wait(lock, [this] { return !posted_.empty(); });
      came.swap(posted_);
    }
    for (const auto& work : came) work();
  }

 private:
  std::mutex mutex_;
  std::condition_variable rung_;
  std::vector<std::function<void()>> posted_;
};

// All that the keeper keeps.
class Stage {
 public:
  explicit Stage(Limits limits = {})
      : library_(scenario::Vocabulary{}),
        sandboxes(options(), wall, library_, loop_),
        courier_({}, {sandboxes,
                      [](http::Post, std::function<void(http::Receipt)>) {
                        return std::shared_ptr<void>();
                      },
                      loop_}),
        inbox_({}),
        keeper_(limits, {engine, wall, loop_, [this](const std::string& line) { told += line; }}) {
    sandboxes.set_default(*library_.find("default"));
    keeper_.serve(
        {sandboxes, library_, uploads_, courier_, inbox_,
         [](const Task& task) { return task.packed_input; },
         [](std::uint16_t, std::string_view) { return std::shared_ptr<const webhook::Voice>(); }});
  }

  // Runs what is due by now.
  void turn() { loop_.turn(); }
  // Lets the engine write once, and waits until the loop has heard of it.
  void write(std::string answer = "") {
    engine.let(1, std::move(answer));
    loop_.call_posted();
  }
  // A task more in the sandbox, and who is told once it is kept.
  std::shared_ptr<bool> submit(const std::string& name) {
    Sandbox& box = sandboxes.named(name);
    Task task;
    task.id = name + std::to_string(box.tasks.next_serial());
    sandboxes.accept(box, std::move(task));
    return asked(name);
  }
  std::shared_ptr<bool> asked(const std::string& name) {
    const auto out = std::make_shared<bool>(false);
    keeper_.when_kept(sandboxes.named(name), [out] { *out = true; });
    return out;
  }
  static std::size_t rows(const Batch& batch, Shelf shelf) {
    std::size_t count = 0;
    for (const Write& write : batch) count += write.shelf == shelf ? 1 : 0;
    return count;
  }

 private:
  Sandboxes::Options options() {
    Sandboxes::Options out;
    out.scribe = &keeper_;
    return out;
  }

 public:
  ManualWall wall;
  Obedient engine;
  std::string told;

 private:
  Bell loop_{wall};
  ScenarioLibrary library_;

 public:
  Sandboxes sandboxes;
  Keeper& keeper() { return keeper_; }

 private:
  Uploads uploads_{{}};
  webhook::Courier courier_;
  webhook::Inbox inbox_;
  Keeper keeper_;  // last: it lets go of the others
};

}  // namespace

TEST_CASE("a reply goes out when what it says is handed to the engine, and not before") {
  Stage stage;
  const auto told = stage.submit("a");
  stage.turn();
  CHECK_FALSE(*told);
  stage.write();
  CHECK(*told);
  CHECK(Stage::rows(stage.engine.batches().at(0), Shelf::kTask) == 1);
}

TEST_CASE("what changed nothing waits for nothing, and what was changed before is waited for") {
  Stage stage;
  const auto told = stage.submit("a");
  const auto polled = stage.asked("a");
  stage.turn();
  CHECK_FALSE(*polled);
  stage.write();
  CHECK(*polled);
  CHECK(*stage.asked("a"));
  stage.sandboxes.named("a").clock.run_at(3);
  CHECK_FALSE(*stage.asked("a"));
  stage.turn();
  stage.write();
}

TEST_CASE("what comes while a batch is on its way goes with the next, all of it together") {
  Stage stage;
  stage.submit("a");
  stage.turn();
  const auto second = stage.submit("a");
  const auto third = stage.submit("b");
  stage.write();
  CHECK_FALSE(*second);
  stage.write();
  CHECK(*second);
  CHECK(*third);
  const auto batches = stage.engine.batches();
  REQUIRE(batches.size() == 2);
  CHECK(Stage::rows(batches[1], Shelf::kTask) == 2);
  CHECK(Stage::rows(batches[1], Shelf::kSandbox) == 2);
}

TEST_CASE("a batch holds no more than it may, and what belongs to one sandbox stays together") {
  Limits limits;
  limits.batch_bytes = 1;
  Stage stage(limits);
  stage.submit("a");
  stage.submit("a");
  const auto last = stage.submit("b");
  stage.turn();
  stage.write();
  CHECK_FALSE(*last);
  stage.write();
  CHECK(*last);
  CHECK(Stage::rows(stage.engine.batches().at(0), Shelf::kTask) == 2);
  CHECK(Stage::rows(stage.engine.batches().at(1), Shelf::kTask) == 1);
}

TEST_CASE("a store that does not answer in time counts as away until everything is written") {
  Stage stage;
  const auto told = stage.submit("a");
  stage.turn();
  stage.wall.advance(49ms);
  stage.turn();
  CHECK_FALSE(*told);
  stage.wall.advance(1ms);
  stage.turn();
  CHECK(*told);
  CHECK(stage.keeper().figures().away);
  CHECK(stage.told.find("obedient counts as away: it did not take what it was given within 50ms") !=
        std::string::npos);
  CHECK(*stage.submit("a"));
  CHECK(stage.keeper().figures().released == 2);
  stage.write();
  CHECK(stage.keeper().figures().away);
  stage.write();
  CHECK_FALSE(stage.keeper().figures().away);
  CHECK(stage.told.find("is back; everything is written") != std::string::npos);
  CHECK(Stage::rows(stage.engine.batches().at(1), Shelf::kTask) == 1);
}

TEST_CASE("what the engine refuses is told, held back, and given to it again") {
  Stage stage;
  const auto told = stage.submit("a");
  stage.turn();
  stage.write("the disk is full");
  CHECK(*told);
  CHECK(stage.keeper().figures().problem == "the disk is full");
  const auto while_away = stage.submit("b");
  CHECK(*while_away);
  stage.wall.advance(1s);
  stage.turn();
  stage.write("the disk is full");
  CHECK(stage.told.find("the disk is full", stage.told.find("the disk is full") + 1) ==
        std::string::npos);
  stage.wall.advance(1s);
  stage.turn();
  stage.write();
  stage.write();
  CHECK(stage.keeper().figures().problem.empty());
  CHECK_FALSE(stage.keeper().figures().away);
  CHECK(stage.engine.batches().size() == 2);
}

TEST_CASE("a sandbox that is gone takes its rows along, and whoever waits for it is told") {
  Stage stage;
  stage.submit("a");
  stage.turn();
  stage.write();
  const auto told = stage.submit("a");
  CHECK(stage.sandboxes.drop("a"));
  stage.turn();
  CHECK_FALSE(*told);
  stage.write();
  CHECK(*told);
  const Batch last = stage.engine.batches().back();
  REQUIRE(last.size() == 1);
  CHECK(last[0].what == Write::What::kDrop);
  CHECK(last[0].shelf == Shelf::kSandbox);
}

TEST_CASE("what is left when the loop ends is written then, and told where it cannot be") {
  Stage stage;
  stage.submit("a");
  stage.engine.let(1);
  CHECK(stage.keeper().finish().empty());
  CHECK(stage.engine.batches().size() == 1);
  stage.submit("b");
  stage.engine.let(1, "gone");
  CHECK(stage.keeper().finish().size() == 1);
}

}  // namespace emulator::test::TEST_FILE
