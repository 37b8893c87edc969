#include "emulator/base/memory.h"

#include <algorithm>

namespace emulator {
namespace {

constexpr std::array<std::string_view, kHelds> kWords = {
    "connections", "requests", "websockets", "names",    "sandboxes", "tasks",
    "journals",    "uploads",  "agenda",     "webhooks", "inboxes",   "findings"};

// Some more than need be is let go, so that the next requests do not each have to ask for it.
std::uint64_t goal_of(std::uint64_t most) { return most - most / 16; }

constexpr int kSearchAgain = 64;  // requests refused in between

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

std::string_view to_string(Held what) { return kWords[static_cast<std::size_t>(what)]; }

void Memory::can_let_go(std::string what, std::function<void(std::uint64_t bytes)> let_go) {
  let_go_.push_back({std::move(what), std::move(let_go), 0});
}

// Where most of it is, the largest first.
std::string Memory::figures() const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < kHelds; ++i)
    if (held_[i] >> 20 > 0) order.push_back(i);
  std::sort(order.begin(), order.end(),
            [this](std::size_t a, std::size_t b) { return held_[a] > held_[b]; });
  std::string out;
  for (const std::size_t i : order)
    out += (out.empty() ? "" : ", ") + std::string(kWords[i]) + " " + mebibytes(held_[i]);
  return out;
}

bool Memory::make_room(std::uint64_t bytes) {
  const std::uint64_t goal = goal_of(most_);
  // What is let go may have others ask in turn; they see what there is.
  if (making_room_) return fits(bytes);
  const bool to_tell = told_ && (!told_of_letting_go_ || !refusing_);
  const std::string before = to_tell ? figures() : "";
  // Nothing could be spared a moment ago: not each of those who are refused shall search again.
  if (bytes <= goal && (!refusing_ || ++since_search_ >= kSearchAgain)) search(bytes, goal);
  const bool found = fits(bytes);
  if (found && total_ + bytes <= goal) refusing_ = false;
  if (!found) ++refused_;
  const bool first =
      found ? !std::exchange(told_of_letting_go_, true) : !std::exchange(refusing_, true);
  if (told_ && first)
    told_("--max-memory " + mebibytes(most_) + " reached (" + before + "): " +
          (found ? "what can be spared is let go, the least missed first"
                 : "requests are refused until something is given back"));
  return found;
}

void Memory::search(std::uint64_t bytes, std::uint64_t goal) {
  since_search_ = 0;
  making_room_ = true;
  for (LetGo& one : let_go_) {
    if (total_ + bytes <= goal) break;
    const std::uint64_t was = total_;
    one.call(total_ + bytes - goal);
    if (total_ < was) one.bytes += was - total_;
  }
  making_room_ = false;
}

}  // namespace emulator
