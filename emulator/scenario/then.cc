#include <algorithm>

#include "emulator/scenario/scenario.h"

namespace emulator::scenario {
namespace {

template <class T>
void fill(std::optional<T>& mine, const std::optional<T>& theirs) {
  if (!mine) mine = theirs;
}

}  // namespace

std::string_view TaskError::part_beyond(const std::vector<std::string>& known) const {
  const std::pair<std::string_view, bool> given[] = {{"type", !type.empty()},
                                                     {"loc", loc.has_value()},
                                                     {"ctx", ctx.has_value()},
                                                     {"input", input.has_value()}};
  for (const auto& [part, is_given] : given) {
    if (is_given && std::find(known.begin(), known.end(), part) == known.end()) return part;
  }
  return {};
}

Then usual_defaults() {
  Then out;
  out.queue = Span{};
  out.run = Span{Span::Kind::kFixed, std::chrono::seconds(1), std::chrono::seconds(1)};
  return out;
}

void Then::fill_from(const Then& other) {
  const bool timed = queue || run;
  const bool counted = polls.has_value();
  if (!counted) {
    fill(queue, other.queue);
    fill(run, other.run);
  }
  if (!timed) fill(polls, other.polls);

  // An error words one ending, a waiting time belongs to one refusal.
  if (!end || !other.end || *end == *other.end) fill(error, other.error);
  if (!refuse || !other.refuse || *refuse == *other.refuse) fill(retry_after, other.retry_after);
  fill(end, other.end);
  fill(refuse, other.refuse);

  fill(links_live, other.links_live);
  fill(delay, other.delay);
  if (nsfw.empty()) nsfw = other.nsfw;
  fill(links, other.links);
  fill(reply, other.reply);
  fill(wire, other.wire);
  fill(image, other.image);
  fill(webhook, other.webhook);
}

}  // namespace emulator::scenario
