#include "emulator/http/offload.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace emulator::http {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::size_t processors_beside_the_loop() {
  const unsigned all = std::thread::hardware_concurrency();
  return all > 2 ? all - 1 : 1;
}

Offload::Limits usual_limits() {
  Offload::Limits limits;
  limits.running = processors_beside_the_loop();
  limits.begun = std::max(limits.begun, 2 * limits.running);
  return limits;
}

}  // namespace

// All but `what` belongs to the mutex; that to whoever has the job in hand.
struct Offload::Job {
  enum class State { kWaiting, kBegun, kOver };

  BackgroundWork what;
  State state = State::kWaiting;
  bool given_up = false;
  bool turn = false;                // it may work
  std::condition_variable resumed;  // `turn` or `given_up` has changed
  SteadyClock::time_point since;    // its slice began
};

namespace {

// What a job looks at: hands over the thread's turn when its slice is over.
template <class GoOn>
class Turn final : public Pace {
 public:
  explicit Turn(GoOn go_on) : go_on_(std::move(go_on)) {}
  void go_on() override { go_on_(); }

 private:
  GoOn go_on_;
};

}  // namespace

// What the threads and the handles share. Everything but the constants belongs to the mutex.
struct Offload::Core {
  using JobPtr = std::shared_ptr<Job>;
  struct Line {
    std::string owner;
    std::deque<JobPtr> jobs;  // not begun, or waiting in the middle
  };

  Core(std::function<void(std::function<void()>)> deliver_to, Limits of)
      : deliver(std::move(deliver_to)), limits(of) {}

  void put(JobPtr job, bool in_front);
  void take_out(const JobPtr& job);
  JobPtr next();
  bool may_begin(const Job& job) const;
  void wake_next();
  void go_on(const JobPtr& job);
  void serve();
  void perform(const JobPtr& job, std::unique_lock<std::mutex>& lock);
  void give_up(const JobPtr& job);

  const std::function<void(std::function<void()>)> deliver;
  const Limits limits;
  std::mutex mutex;
  std::condition_variable wake;
  std::list<Line> lines;     // the owner whose turn is next comes first
  std::deque<JobPtr> ready;  // each for a thread that is about to take it
  std::size_t running = 0;
  std::size_t begun = 0;
  std::size_t room = 0;
  std::size_t idle = 0;
  std::uint64_t done = 0;
  std::uint64_t given_up = 0;
  bool ending = false;
  std::vector<std::thread> threads;
};

Offload::Offload(std::function<void(std::function<void()>)> deliver)
    : Offload(std::move(deliver), usual_limits()) {}

Offload::Offload(std::function<void(std::function<void()>)> deliver, Limits limits)
    : core_(std::make_shared<Core>(std::move(deliver), limits)) {}

Offload::~Offload() {
  Core& core = *core_;
  {
    const std::lock_guard lock(core.mutex);
    core.ending = true;
    for (const Core::Line& line : core.lines)
      for (const Core::JobPtr& job : line.jobs) job->resumed.notify_all();
  }
  core.wake.notify_all();
  for (std::thread& thread : core.threads) thread.join();
  // What is left never begins. What it captured may hold handles, its own as well, which come back
  // here: so it ends by itself, once the mutex is free again.
  std::vector<BackgroundWork> dropped;
  const std::lock_guard lock(core.mutex);
  for (const Core::Line& line : core.lines)
    for (const Core::JobPtr& job : line.jobs) dropped.push_back(std::move(job->what));
  core.lines.clear();
}

std::shared_ptr<void> Offload::run(BackgroundWork work) {
  auto job = std::make_shared<Job>();
  job->what = std::move(work);
  {
    const std::lock_guard lock(core_->mutex);
    core_->put(job, false);
    core_->wake_next();
  }
  // Its own count, so that the last who holds it gives the work up.
  return {job.get(), [core = core_, job](void*) { core->give_up(job); }};
}

Offload::Figures Offload::figures() const {
  const std::lock_guard lock(core_->mutex);
  Figures out;
  for (const Core::Line& line : core_->lines)
    for (const Core::JobPtr& job : line.jobs) out.waiting += job->state == Job::State::kWaiting;
  out.begun = core_->begun;
  out.done = core_->done;
  out.given_up = core_->given_up;
  return out;
}

// Lines of owners that are new come last, as if they had had their turn.
void Offload::Core::put(JobPtr job, bool in_front) {
  auto line = std::find_if(lines.begin(), lines.end(),
                           [&](const Line& one) { return one.owner == job->what.owner; });
  if (line == lines.end()) line = lines.insert(lines.end(), {job->what.owner, {}});
  if (in_front)
    line->jobs.push_front(std::move(job));
  else
    line->jobs.push_back(std::move(job));
}

void Offload::Core::take_out(const JobPtr& job) {
  for (auto line = lines.begin(); line != lines.end(); ++line) {
    const auto found = std::find(line->jobs.begin(), line->jobs.end(), job);
    if (found == line->jobs.end()) continue;
    line->jobs.erase(found);
    if (line->jobs.empty()) lines.erase(line);
    return;
  }
}

bool Offload::Core::may_begin(const Job& job) const {
  if (begun >= limits.begun) return false;
  return begun == 0 || room + job.what.room <= limits.room;
}

// Takes out the first job that can work, of the owner whose turn it is; that owner is last then.
Offload::Core::JobPtr Offload::Core::next() {
  for (auto line = lines.begin(); line != lines.end(); ++line) {
    const auto able = std::find_if(line->jobs.begin(), line->jobs.end(), [&](const JobPtr& job) {
      return job->state == Job::State::kBegun || may_begin(*job);
    });
    if (able == line->jobs.end()) continue;
    JobPtr job = std::move(*able);
    line->jobs.erase(able);
    if (line->jobs.empty())
      lines.erase(line);
    else
      lines.splice(lines.end(), lines, line);
    return job;
  }
  return nullptr;
}

// Lets as many work as may.
void Offload::Core::wake_next() {
  while (!ending && running < limits.running) {
    JobPtr job = next();
    if (!job) return;
    ++running;
    job->turn = true;
    job->since = SteadyClock::now();
    if (job->state == Job::State::kBegun) {
      job->resumed.notify_one();
      continue;
    }
    job->state = Job::State::kBegun;
    ++begun;
    room += job->what.room;
    ready.push_back(std::move(job));
    if (ready.size() > idle)
      threads.emplace_back([this] { serve(); });
    else
      wake.notify_one();
  }
}

void Offload::Core::go_on(const JobPtr& job) {
  std::unique_lock lock(mutex);
  if (ending || job->given_up) throw GivenUp{};
  if (SteadyClock::now() - job->since < limits.slice) return;
  job->since = SteadyClock::now();
  if (lines.empty()) return;
  // In front of its own line, which is behind the others': its owner's jobs go in order.
  job->turn = false;
  --running;
  put(job, true);
  wake_next();
  job->resumed.wait(lock, [&] { return job->turn || job->given_up || ending; });
  if (job->turn) {
    if (job->given_up || ending) throw GivenUp{};
    return;
  }
  // Given up while it waited: it goes without a turn, so it is out of its line before it works.
  take_out(job);
  ++running;
  job->turn = true;
  throw GivenUp{};
}

void Offload::Core::serve() {
  std::unique_lock lock(mutex);
  for (;;) {
    ++idle;
    wake.wait(lock, [this] { return ending || !ready.empty(); });
    --idle;
    if (ready.empty()) return;
    const JobPtr job = std::move(ready.front());
    ready.pop_front();
    perform(job, lock);
    if (ending) return;
  }
}

// What the work throws is thrown again on the loop thread, where faults are reported; what was
// captured for that thread ends there as well.
void Offload::Core::perform(const JobPtr& job, std::unique_lock<std::mutex>& lock) {
  std::exception_ptr fault;
  bool over = job->given_up || ending;
  lock.unlock();
  if (!over) {
    Turn pace([this, &job] { go_on(job); });
    try {
      job->what.work(pace);
    } catch (const GivenUp&) {
      over = true;
    } catch (...) {
      fault = std::current_exception();
    }
  }
  std::function<void()> tell = std::move(job->what.done);
  std::function<void(Pace&)> work = std::move(job->what.work);
  lock.lock();
  job->state = Job::State::kOver;
  over = over || job->given_up;
  --running;
  --begun;
  room -= job->what.room;
  ++(over ? given_up : done);
  wake_next();
  lock.unlock();
  work = nullptr;
  if (fault && !over)
    tell = [fault = std::move(fault), tell = std::move(tell)] { std::rethrow_exception(fault); };
  else if (over)
    tell = [tell = std::move(tell)] {};
  deliver(std::move(tell));
  tell = nullptr;
  lock.lock();
}

// Called when the handle goes: by the loop, or when it has ended.
void Offload::Core::give_up(const JobPtr& job) {
  BackgroundWork dropped;  // ends when the mutex is free again, since its end may come back here
  const std::lock_guard lock(mutex);
  job->given_up = true;
  if (job->state == Job::State::kOver) return;
  if (job->state == Job::State::kBegun) {
    job->resumed.notify_all();
    return;
  }
  job->state = Job::State::kOver;
  ++given_up;
  take_out(job);
  dropped = std::move(job->what);
}

}  // namespace emulator::http
