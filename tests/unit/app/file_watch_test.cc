#include "emulator/app/file_watch.h"

#include <doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace emulator {
namespace {

// A file that is only a stamp, and a timer that goes off when told to.
struct Watched {
  explicit Watched(std::string seen = "a") : stamp(std::move(seen)) {
    watch = std::make_unique<FileWatch>([this] { return stamp; },
                                        [this](Duration, std::function<void()> work) {
                                          auto timer = std::make_shared<int>(0);
                                          handle = timer;
                                          due = std::move(work);
                                          return std::shared_ptr<void>(timer);
                                        },
                                        [this] {
                                          ++told;
                                          if (lets_go) watch.reset();
                                        },
                                        stamp);
  }
  // How often a change was told of after so many looks.
  int after(int looks) {
    while (looks-- > 0 && !handle.expired()) std::exchange(due, nullptr)();
    return told;
  }

  std::string stamp;
  std::weak_ptr<int> handle;
  std::function<void()> due;
  int told = 0;
  bool lets_go = false;
  std::unique_ptr<FileWatch> watch;
};

TEST_CASE("a file that stays as it is changes nothing") {
  Watched file;
  CHECK(file.after(10) == 0);
}

TEST_CASE("a change is told of once, when the file has kept still") {
  Watched file;
  file.stamp = "b";
  CHECK(file.after(1) == 0);
  CHECK(file.after(1) == 1);
  CHECK(file.after(10) == 1);
}

TEST_CASE("a file that is still being written is waited for") {
  Watched file;
  for (const char* stamp : {"b", "c", "d", "e"}) {
    file.stamp = stamp;
    CHECK(file.after(1) == 0);
  }
  CHECK(file.after(1) == 1);
}

TEST_CASE("a change that is taken back at once was none") {
  Watched file;
  file.stamp = "b";
  file.after(1);
  file.stamp = "a";
  CHECK(file.after(3) == 0);
}

TEST_CASE("going away and coming back are changes") {
  Watched file;
  file.stamp = "";
  CHECK(file.after(2) == 1);
  file.stamp = "a";
  CHECK(file.after(2) == 2);
}

TEST_CASE("whoever is told may let go of the watch") {
  Watched file;
  file.lets_go = true;
  file.stamp = "b";
  CHECK(file.after(5) == 1);
  CHECK(file.handle.expired());
}

}  // namespace
}  // namespace emulator
