#include "emulator/app/teller.h"

#include "emulator/base/text.h"

namespace emulator {
namespace {

// Before lines that nobody took are offered once more.
constexpr Duration kRetry = std::chrono::milliseconds(50);
// Between two lines about long turns.
constexpr Duration kBetweenTurns = std::chrono::seconds(10);

}  // namespace

void Teller::tell(const std::string& lines) { write(printable(lines)); }

std::function<void(const std::string&)> Teller::teller() {
  return [this](const std::string& lines) { tell(lines); };
}

void Teller::write(const std::string& lines) {
  surroundings_.err(lines);
  offer_again();
}

void Teller::offer_again() {
  if (surroundings_.log == nullptr || loop_ == nullptr || retry_ || surroundings_.log->flush())
    return;
  retry_ = loop_->after(kRetry, [this] {
    retry_.reset();
    offer_again();
  });
}

void Teller::long_turn(const http::LongTurn& turn) {
  const Instant now = surroundings_.wall->now();
  ++untold_turns_;
  if (now - told_turn_ < kBetweenTurns) return;
  told_turn_ = now;
  const auto ms = [](std::chrono::nanoseconds time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  };
  std::string line = "the loop was held for " + ms(turn.processor) + " ms of processor time";
  if (turn.requests > 0) line += " by " + valid_utf8(turn.request);
  if (turn.requests > 1) line += " and " + std::to_string(turn.requests - 1) + " more";
  if (turn.requests == 0) line += " by what was due";
  if (untold_turns_ > 1)
    line += " (" + std::to_string(untold_turns_) + " such turns since the last line)";
  untold_turns_ = 0;
  tell(line + "\n");
}

void Teller::turned_away(std::string_view why) {
  if (told_protocols_.insert(why).second)
    tell("a client was turned away: " + std::string(why) + "\n");
}

}  // namespace emulator
