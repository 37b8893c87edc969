#include "emulator/compare/stage.h"

#include <utility>

namespace emulator::compare {
namespace {

// What one request sets in motion comes to rest long before.
constexpr std::size_t kMostCalls = 10'000;

// Takes in what a streamed answer writes.
class Ear final : public http::BodySink {
 public:
  explicit Ear(std::weak_ptr<Stage::Answer> answer) : answer_(std::move(answer)) {}
  ~Ear() override { leave(); }

  void write(std::string piece) override {
    if (const auto answer = answer_.lock()) answer->streamed += piece;
  }
  std::size_t backlog() const override { return 0; }
  void end() override { closed_ = nullptr; }
  void abort() override { closed_ = nullptr; }
  void on_closed(std::function<void()> closed) override { closed_ = std::move(closed); }
  void leave() {
    if (const auto call = std::exchange(closed_, nullptr)) call();
  }

 private:
  std::weak_ptr<Stage::Answer> answer_;
  std::function<void()> closed_;
};

}  // namespace

class Stage::Still final : public WallClock {
 public:
  explicit Still(Instant at) : at_(at) {}
  Instant now() const override { return at_; }
  void advance(Duration by) { at_ += by; }

 private:
  Instant at_;
};

Stage::Stage(Registry& registry, ScenarioLibrary& library,
             std::shared_ptr<const scenario::Scenario> scenario, Instant start, bool strict_keys,
             bool directives)
    : wall_(std::make_unique<Still>(start)), loop_(*wall_) {
  Sandboxes::Options boxes;
  boxes.seed = 1;
  boxes.memory = &memory_;
  boxes.clock = {true, start, false};
  sandboxes_ = std::make_unique<Sandboxes>(boxes, *wall_, library, loop_);
  sandboxes_->set_default(scenario ? std::move(scenario) : *library.find("default"));
  uploads_ = std::make_unique<Uploads>(Uploads::Limits{}, &memory_);
  Pipeline::Options options;
  options.prompt_directives = directives;
  options.json = JsonLimits{1000, 1'000'000, 100'000};
  if (strict_keys) options.auth = Keys::Policy::kFormat;
  const auto no_files = [](const std::string&) -> Result<std::string, std::string> {
    return Failure{std::string("no files are read here")};
  };
  const auto told = [this](const Sandbox&, const Exchange& exchange) {
    const auto answer = current_.lock();
    if (!answer) return;
    answer->provider = exchange.provider;
    answer->route = exchange.route;
    answer->endpoint = exchange.endpoint;
    answer->task = exchange.task;
    answer->refusal = exchange.refusal;
    answer->on = exchange.on;
  };
  pipeline_ = std::make_unique<Pipeline>(
      options, Pipeline::Parts{registry, *sandboxes_, library, *uploads_, no_files, loop_, told});
  // Both are there from the start, so that their clocks show the same.
  sandboxes_->named("default");
  sandboxes_->named("me");
}

// Who writes to a stream and the stream itself hold on to one another until it is closed.
Stage::~Stage() {
  for (const auto& leave : leaving_) leave();
}

std::shared_ptr<Stage::Answer> Stage::send(http::Request request) {
  auto answer = std::make_shared<Answer>();
  current_ = answer;
  const std::weak_ptr<Answer> weak = answer;
  pipeline_->handle(std::make_shared<const http::Request>(std::move(request)),
                    [this, weak](http::Reply reply) {
                      const auto heard = weak.lock();
                      if (!heard || heard->reply) return;
                      current_ = heard;
                      if (reply.stream) {
                        auto ear = std::make_shared<Ear>(weak);
                        heard->is_stream = true;
                        const auto stream = std::exchange(reply.stream, nullptr);
                        stream(ear);
                        leaving_.push_back([open = std::weak_ptr<Ear>(ear)] {
                          if (const auto still = open.lock()) still->leave();
                        });
                        heard->sink = ear;
                      }
                      heard->reply = std::move(reply);
                    });
  fire_due();
  return answer;
}

void Stage::fire_due() { loop_.turn(kMostCalls); }

void Stage::move(Sandbox& box, Duration by) {
  if (by > Duration::zero()) sandboxes_->move(box, box.now() + by, [](const Sandboxes::Moved&) {});
}

void Stage::advance(Duration by) {
  const std::vector<Sandbox*> all(sandboxes_->all().begin(), sandboxes_->all().end());
  for (Sandbox* box : all) move(*box, by);
  fire_due();
}

void Stage::advance(const std::string& sandbox, Duration by) {
  if (!sandbox.empty())
    move(sandboxes_->named(sandbox), by);
  else if (!sandboxes_->all().empty())
    move(*sandboxes_->all().front(), by);
  fire_due();
}

}  // namespace emulator::compare
