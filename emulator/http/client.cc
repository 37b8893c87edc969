// Flights on a thread beside the loop.
#include "emulator/http/client.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "emulator/http/client_impl.h"
#include "emulator/http/flight.h"
#include "emulator/http/mailbox.h"

namespace emulator::http {
namespace {

constexpr int kNiceness = 10;
// The time slice the thread asks for, as long as can be: whoever has a shorter one, the loop and
// whoever polls, need not wait for its end. Linux 6.12 and later; earlier ones pass over it.
constexpr std::chrono::nanoseconds kTimeSlice = std::chrono::milliseconds(100);

// Where cores are few, whoever polls goes before receivers of webhooks: this thread has less of a
// claim to the processor, and does not take it from the loop the moment the loop wakes it
// (SCHED_BATCH), as it otherwise does whenever the loop has had more than its share. Of the calling
// thread alone; where the system does not know how, things are as they are for every thread.
void step_back() {
  ::setpriority(PRIO_PROCESS, 0, kNiceness);
  // The kernel's `struct sched_attr`, whose header cannot be had beside the C library's.
  struct {
    std::uint32_t size = 48;
    std::uint32_t policy = SCHED_BATCH;
    std::uint64_t flags = 0;
    std::int32_t nice = kNiceness;
    std::uint32_t priority = 0;
    std::uint64_t runtime = static_cast<std::uint64_t>(kTimeSlice.count());
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
  } attributes;
  static_assert(sizeof attributes == 48);
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

// Connecting, handshakes and closing take more time than answering a poll, so they are done on a
// thread beside the loop; only the receipts come back to it.
class ThreadClient final : public Client {
 public:
  ThreadClient(asio::io_context& home, ClientOptions options)
      : home_(home), there_(io_), flights_(io_, std::move(options)) {}

  ~ThreadClient() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  std::shared_ptr<void> send(Post post, std::function<void(Receipt)> done) override {
    if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
    const auto call = std::make_shared<Call>();
    call->done = std::move(done);
    there_.put([this, call, letter = std::make_shared<Post>(std::move(post))] {
      if (call->abandoned) return;
      call->flight = flights_.begin(std::move(*letter), [&home = home_, call](Receipt receipt) {
        call->flight.reset();
        const auto held = std::make_shared<Receipt>(std::move(receipt));
        home.put([call, held] {
          if (const auto told = std::exchange(call->done, nullptr)) told(std::move(*held));
        });
      });
    });
    return {call.get(), [this, call](void*) {
              // Here, not over there: what is told belongs to the loop.
              call->done = nullptr;
              there_.put([call] {
                call->abandoned = true;
                if (const auto flight = call->flight.lock()) flight->abandon();
              });
            }};
  }

 private:
  struct Call {
    std::function<void(Receipt)> done;  // the loop's
    // The other thread's. A flight is kept alive by what it waits for.
    std::weak_ptr<Flight> flight;
    bool abandoned = false;
  };

  void serve() {
    step_back();
    const auto guard = asio::make_work_guard(io_);
    for (;;) {
      std::string fault;
      try {
        io_.run();
        return;
      } catch (const std::exception& error) {
        fault = error.what();
      } catch (...) {
        fault = "an exception of unknown type";
      }
      // Thrown again where faults are reported.
      home_.put([fault] { throw std::runtime_error("outgoing request: " + fault); });
    }
  }

  Mailbox home_;
  asio::io_context io_{1};
  Mailbox there_;
  Flights flights_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Client> make_client(asio::io_context& home, ClientOptions options) {
  return std::make_unique<ThreadClient>(home, std::move(options));
}

}  // namespace emulator::http
