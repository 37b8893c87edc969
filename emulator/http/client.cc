// Flights on a thread beside the loop.
#include "emulator/http/client.h"

#include <boost/asio/executor_work_guard.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "emulator/http/client_impl.h"
#include "emulator/http/flight.h"
#include "emulator/http/mailbox.h"
#include "emulator/os/os.h"

namespace emulator::http {
namespace {

constexpr int kNiceness = 10;
// The time slice the thread asks for, as long as can be: whoever has a shorter one, the loop and
// whoever polls, need not wait for its end.
constexpr std::chrono::nanoseconds kTimeSlice = std::chrono::milliseconds(100);

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
    os::step_back(kNiceness, kTimeSlice);
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
