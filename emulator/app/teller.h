#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "emulator/app/surroundings.h"
#include "emulator/base/loop.h"
#include "emulator/http/turns.h"

namespace emulator {

// What there is to say on stderr. It never holds up the loop: lines that nobody takes yet are
// offered once more after a moment. Loop thread only, and before the loop runs.
class Teller {
 public:
  // `surroundings` outlives this.
  explicit Teller(const Surroundings& surroundings) : surroundings_(surroundings) {}

  // The loop that lines wait on from now on; it outlives the use of this.
  void wait_on(Loop& loop) { loop_ = &loop; }

  // One or more lines, with what terminals would act on made visible.
  void tell(const std::string& lines);
  std::function<void(const std::string&)> teller();
  // Lines as they are, colours included.
  void write(const std::string& lines);

  // A turn of the loop that took too long. The first at once; while there are more, one line in ten
  // seconds says how many.
  void long_turn(const http::LongTurn& turn);
  // A client that was not answered because of the protocol it speaks. Once for each reason, whose
  // text is of static storage.
  void turned_away(std::string_view why);

 private:
  void offer_again();

  const Surroundings& surroundings_;
  Loop* loop_ = nullptr;
  std::shared_ptr<void> retry_;  // set while lines wait for whoever reads stderr
  std::set<std::string_view> told_protocols_;
  Instant told_turn_{};  // by the wall
  std::uint64_t untold_turns_ = 0;
};

}  // namespace emulator
