#include "emulator/app/log_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "emulator/app/log_sink.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

// What fits a line beside the rest; signed links are ten times as long.
constexpr std::size_t kShownTarget = 60;
constexpr std::size_t kLeastTarget = 20;
constexpr std::size_t kLeastWords = 16;
constexpr std::string_view kGap = "…";
constexpr int kNarrowest = 40;

// Wide in a terminal: East Asian letters and emoji.
bool is_wide(char32_t code) {
  return code >= 0x1100 &&
         (code <= 0x115F || (code >= 0x2E80 && code <= 0xA4CF) ||
          (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
          (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
          (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD));
}

bool is_mark(char32_t code) {
  return (code >= 0x300 && code <= 0x36F) || code == 0x200D || (code >= 0xFE00 && code <= 0xFE0F);
}

std::size_t letter_columns(char32_t code) { return is_mark(code) ? 0 : is_wide(code) ? 2 : 1; }

// Where the text of at most `columns` columns ends, counted from the front.
std::size_t bytes_in(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  while (at < text.size()) {
    const CodePoint point = code_point_at(text, at);
    const std::size_t width = letter_columns(point.value);
    if (width > columns) break;
    columns -= width;
    at += point.bytes;
  }
  return at;
}

std::string cut_at_end(const std::string& text, std::size_t columns) {
  if (columns_of(text) <= columns) return text;
  return columns == 0 ? "" : text.substr(0, bytes_in(text, columns - 1)) + std::string(kGap);
}

// The parts of a line, so that those may be shortened that can do without.
struct Shown {
  std::string head, target, status, bytes, task, words, place;
  std::string whole_target;

  std::size_t columns() const {
    std::size_t out = 0;
    for (const std::string* part : {&head, &target, &status, &bytes, &task, &words, &place})
      if (!part->empty()) out += columns_of(*part) + 1;
    return out == 0 ? 0 : out - 1;
  }
};

void shorten_target(Shown& shown, std::size_t room, std::size_t least) {
  const std::size_t all = shown.columns();
  const std::size_t now = columns_of(shown.target);
  if (all <= room || now <= least) return;
  const std::size_t left = std::max(least, now - std::min(now, all - room));
  shown.target = shortened_in_the_middle(shown.whole_target, left);
}

// Cuts the end of a part, to no less than `least` columns; what would be left of less than eight is
// left out.
void shorten_end(Shown& shown, std::string& part, std::size_t room, std::size_t least) {
  const std::size_t all = shown.columns();
  const std::size_t now = columns_of(part);
  if (all <= room || now <= least) return;
  const std::size_t left = std::max(least, now - std::min(now, all - room));
  part = left < 8 ? "" : cut_at_end(part, left);
}

void fit(Shown& shown, std::size_t room) {
  shorten_target(shown, room, 2 * kLeastTarget);
  if (shown.columns() > room) shown.bytes.clear();
  shorten_target(shown, room, kLeastTarget);
  shorten_end(shown, shown.place, room, 0);
  shorten_target(shown, room, kLeastTarget / 2);
  shorten_end(shown, shown.words, room, kLeastWords);
  shorten_target(shown, room, 0);
  shorten_end(shown, shown.words, room, 0);
  if (shown.columns() > room) shown.task.clear();
  shorten_end(shown, shown.head, room, kLeastTarget);
}

// Safe to show, and on one line.
std::string one_line(const std::string& text) {
  std::string out = printable(text);
  std::replace_if(
      out.begin(), out.end(), [](char byte) { return byte == '\n' || byte == '\t'; }, ' ');
  return out;
}

std::string clock_time(Instant at) { return rfc3339(at, 3).substr(11, 12); }

// At a terminal the time of the day is enough; the sandbox's where it is another.
std::string head_of(const LogLine& line, const LogLook& look) {
  if (look.columns == 0)
    return rfc3339(line.at, 3) + (line.sandbox.empty() ? "" : " " + line.sandbox) + " " + line.what;
  std::string out = clock_time(line.wall);
  if (!line.sandbox.empty()) {
    out += " " + shortened_in_the_middle(one_line(line.sandbox), kLeastTarget);
    const Duration apart = line.at > line.wall ? line.at - line.wall : line.wall - line.at;
    if (apart >= std::chrono::seconds(1)) out += "@" + clock_time(line.at).substr(0, 8);
  }
  return out + " " + line.what;
}

std::string_view colour_of(const LogLine& line) {
  if (line.ours) return "\x1b[35m";
  if (line.status >= 500) return "\x1b[31m";
  if (line.status >= 400) return "\x1b[33m";
  if (line.status == 0 && !line.words.empty()) return "\x1b[36m";
  return line.status >= 200 && line.status < 300 ? "\x1b[32m" : "";
}

std::string coloured(const std::string& text, std::string_view colour) {
  if (colour.empty() || text.empty()) return text;
  return std::string(colour) + text + "\x1b[0m";
}

// A hyperlink of terminals (the escape sequence OSC 8), which takes no columns; a terminal that
// does not know it shows the text alone.
std::string linked(const std::string& text, const std::string& link) {
  if (link.empty() || text.empty()) return text;
  return "\x1b]8;;" + link + "\x1b\\" + text + "\x1b]8;;\x1b\\";
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t out = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    out += letter_columns(point.value);
    at += point.bytes;
  }
  return out;
}

std::string shortened_in_the_middle(const std::string& text, std::size_t columns) {
  if (columns_of(text) <= columns) return text;
  if (columns < 4) return cut_at_end(text, columns);
  // Two thirds of it from the front: there stands what it is about.
  const std::size_t tail_columns = (columns - 1) / 3;
  const std::string head = text.substr(0, bytes_in(text, columns - 1 - tail_columns));
  std::size_t from = head.size();
  while (from < text.size() && columns_of(std::string_view(text).substr(from)) > tail_columns)
    from += code_point_at(text, from).bytes;
  return head + std::string(kGap) + text.substr(from);
}

std::string human_line(const LogLine& line, const LogLook& look) {
  Shown shown;
  shown.head = one_line(head_of(line, look));
  shown.whole_target = one_line(line.target);
  shown.target = look.columns == 0 ? shortened_in_the_middle(shown.whole_target, kShownTarget)
                                   : shown.whole_target;
  shown.status = line.status == 0 ? "" : std::to_string(line.status);
  shown.bytes = line.bytes;
  shown.task = one_line(line.task);
  shown.words = one_line(line.words);
  shown.place = one_line(line.place);
  if (look.columns > 0) fit(shown, static_cast<std::size_t>(look.columns));
  const std::string_view colour = look.colour ? colour_of(line) : "";
  const bool bad = line.ours || line.status >= 400 || line.status == 0;
  shown.status = coloured(shown.status, colour);
  if (bad) shown.words = coloured(shown.words, colour);
  if (look.colour) {
    std::string& leads = shown.task.empty() ? shown.status : shown.task;
    leads = linked(leads, printable(line.link));
  }
  std::string out;
  for (const std::string* part : {&shown.head, &shown.target, &shown.status, &shown.bytes,
                                  &shown.task, &shown.words, &shown.place})
    if (!part->empty()) out += (out.empty() ? "" : " ") + *part;
  return out + "\n";
}

LogLook look_of(int fd) {
  if (::isatty(fd) == 0) return {};
  LogLook look;
  look.columns = 80;
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    look.columns = std::max<int>(size.ws_col, kNarrowest);
  const char* const no = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  const char* const term = std::getenv("TERM");    // NOLINT(concurrency-mt-unsafe): nothing sets it
  look.colour =
      (no == nullptr || *no == '\0') && term != nullptr && std::string_view(term) != "dumb";
  return look;
}

}  // namespace emulator
