#include "emulator/http/mailbox.h"

#include <doctest.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace emulator::http {
namespace {

TEST_CASE("work of other threads is done by the loop in its order, whatever one of it throws") {
  asio::io_context loop;
  Mailbox mailbox(loop);
  std::string done;
  std::thread::id where;
  std::thread other([&] {
    mailbox.put([&] { done += 'a'; });
    mailbox.put([] { throw std::runtime_error("no"); });
    mailbox.put([&] {
      done += 'b';
      where = std::this_thread::get_id();
    });
  });
  bool thrown = false;
  while (done.size() < 2) {
    try {
      loop.run_one();
    } catch (const std::runtime_error&) {
      thrown = true;
    }
  }
  other.join();
  CHECK(done == "ab");
  CHECK(thrown);
  CHECK(where == std::this_thread::get_id());
  // And again, once it was empty.
  std::thread([&] { mailbox.put([&] { done += 'c'; }); }).join();
  while (done.size() < 3) loop.run_one();
  CHECK(done == "abc");
}

TEST_CASE("work that nobody took is forgotten with the mailbox") {
  asio::io_context loop;
  {
    Mailbox mailbox(loop);
    mailbox.put([] { FAIL("done though nobody waits for it"); });
  }
  loop.run();
}

}  // namespace
}  // namespace emulator::http
