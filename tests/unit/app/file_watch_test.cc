#include "emulator/app/file_watch.h"

#include <doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "emulator/base/manual_loop.h"
#include "tests/support/manual_wall.h"

namespace emulator {
namespace {

constexpr Duration kPeriod = std::chrono::milliseconds(100);

// A file that is only a stamp, and a timer that goes off when told to.
struct Watched {
  explicit Watched(std::string seen = "a") : stamp(std::move(seen)) {
    watch = std::make_unique<FileWatch>([this] { return stamp; }, loop,
                                        [this] {
                                          ++told;
                                          if (lets_go) watch.reset();
                                        },
                                        stamp, kPeriod);
  }
  // How often a change was told of after so many looks.
  int after(int looks) {
    while (looks-- > 0) {
      wall.advance(kPeriod);
      loop.turn();
    }
    return told;
  }

  std::string stamp;
  test::ManualWall wall;
  ManualLoop loop{wall};
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
  CHECK(file.loop.due().empty());
}

}  // namespace
}  // namespace emulator
