#include "emulator/scenario/scenario.h"

namespace emulator::scenario {
namespace {

template <class T>
void fill(std::optional<T>& mine, const std::optional<T>& theirs) {
  if (!mine) mine = theirs;
}

}  // namespace

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
