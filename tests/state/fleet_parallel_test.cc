// The parallel suites of tests/parallel, on three emulators that are one: a process's requests come
// to any of them, and its sandbox has seen each of them once, in order.
#include <doctest.h>

#include "tests/parallel/processes.h"
#include "tests/state/fleet.h"

namespace emulator::test::TEST_FILE {

TEST_CASE("200 processes on three emulators: every sandbox has seen what its process sent") {
  const Fleet fleet("", Fleet::Ends::kNever);
  check_sandboxes(fleet.front, reports_of(fleet.front, fleet.folder.at("")));
}

}  // namespace emulator::test::TEST_FILE
