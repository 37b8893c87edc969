#include "emulator/app/log_line.h"

#include <doctest.h>

#include <algorithm>
#include <chrono>

namespace emulator::test {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNoon{Duration(1'767'268'800s)};  // 2026-01-01T12:00:00Z

LogLine download() {
  LogLine line;
  line.at = line.wall = kNoon;
  line.sandbox = "me";
  line.what = "GET";
  line.target =
      "/delivery/results/" + std::string(300, 'a') + "?sig=" + std::string(300, 'b') + "end";
  line.status = 403;
  line.bytes = "544B";
  line.task = "task 7400af2f";
  line.words = "the link died 10m ago";
  line.place = "(slow links, slow.yaml:7)";
  return line;
}

// What a terminal shows of it: without colours.
std::string bare(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\x1b') {
      at = text.find('m', at);
    } else {
      out += text[at];
    }
  }
  return out;
}

TEST_CASE("a line fits the terminal, whatever it has to say") {
  LogLine wide = download();
  wide.sandbox = "a-sandbox-of-a-very-long-name-indeed";
  wide.at += 40min;
  wide.words = std::string(300, 'w');
  LogLine foreign = download();
  for (int i = 0; i < 60; ++i) foreign.target.insert(10, "\xE6\x97\xA5");
  for (const LogLine& line : {download(), wide, foreign, LogLine{}}) {
    for (const int columns : {40, 80, 120, 200}) {
      CAPTURE(columns);
      const std::string text = human_line(line, {columns, false});
      CAPTURE(text);
      CHECK(std::count(text.begin(), text.end(), '\n') == 1);
      CHECK(columns_of(std::string_view(text).substr(0, text.size() - 1)) <=
            static_cast<std::size_t>(columns));
      CHECK(bare(human_line(line, {columns, true})) == text);
    }
  }
}

TEST_CASE("the middle of a link goes first, the reason stays") {
  CHECK(human_line(download(), {80, false}) ==
        "12:00:00.000 me GET /delivery/res…bbbend 403 task 7400af2f the link died 10m ago\n");
  CHECK(human_line(download(), {120, false}) ==
        "12:00:00.000 me GET /delivery/results/aaaa…bbbbbbbbend 403 task 7400af2f the link "
        "died 10m ago (slow links, slow.yaml:7)\n");
}

TEST_CASE("in a file the time is the sandbox's, whole, and only the target is shortened") {
  LogLine line = download();
  line.at += 10min;
  CHECK(
      human_line(line, {}) ==
      "2026-01-01T12:10:00.000Z me GET /delivery/results/aaaaaaaaaaaaaaaaaaaaaa…bbbbbbbbbbbbbbbbend"
      " 403 544B task 7400af2f the link died 10m ago (slow links, slow.yaml:7)\n");
}

TEST_CASE("a terminal shows the wall's time, and the sandbox's where it is another") {
  LogLine line = download();
  line.target = "/x";
  CHECK(human_line(line, {120, false}).starts_with("12:00:00.000 me GET /x 403 "));
  line.at += 10min;
  CHECK(human_line(line, {120, false}).starts_with("12:00:00.000 me@12:10:00 GET /x 403 "));
}

TEST_CASE("a task leads to the page where a terminal shows colours") {
  LogLine line;
  line.what = "POST";
  line.target = "/bfl/v1/flux-dev";
  line.status = 200;
  line.task = "task 7400af2f";
  line.link = "http://127.0.0.1:4242/_emulator/#task=7400af2f&sandbox=me";
  const std::string task =
      "\x1b]8;;http://127.0.0.1:4242/_emulator/#task=7400af2f&sandbox=me\x1b\\"
      "task 7400af2f\x1b]8;;\x1b\\";
  CHECK(human_line(line, {80, true}).find(task) != std::string::npos);
  CHECK(human_line(line, {80, false}).find("8;;") == std::string::npos);
  CHECK(human_line(line, {}).find("8;;") == std::string::npos);
  // What has no task leads there by its status; the columns of a link count for nothing.
  line.task.clear();
  CHECK(human_line(line, {80, true}).find("200\x1b[0m\x1b]8;;\x1b\\") != std::string::npos);
  line.words = std::string(200, 'w');
  const std::string with = human_line(line, {80, true});
  line.link.clear();
  const std::string without = human_line(line, {80, true});
  CHECK(with.substr(with.find(" www")) == without.substr(without.find(" www")));
}

TEST_CASE("colours go by the status") {
  LogLine line = download();
  line.target = "/x";
  const auto coloured = [&](unsigned status, bool ours = false) {
    line.status = status;
    line.ours = ours;
    return human_line(line, {200, true});
  };
  CHECK(coloured(200).find("\x1b[32m200\x1b[0m") != std::string::npos);
  CHECK(coloured(302).find('\x1b') == std::string::npos);
  CHECK(coloured(403).find("\x1b[33m403\x1b[0m") != std::string::npos);
  CHECK(coloured(503).find("\x1b[31m503\x1b[0m") != std::string::npos);
  CHECK(coloured(501, true).find("\x1b[35m501\x1b[0m") != std::string::npos);
  CHECK(coloured(0).find("\x1b[36mthe link died 10m ago\x1b[0m") != std::string::npos);
}

TEST_CASE("nothing of a line steers a terminal or begins another line") {
  LogLine line = download();
  line.target = "/a\x1b[31m";
  line.words = "one\ntwo\xE2\x80\xAE";
  line.place = "(a\nb, x:1)";
  for (const LogLook look : {LogLook{}, LogLook{200, true}}) {
    const std::string text = bare(human_line(line, look));
    CHECK(text.find("/a\\u001b[31m ") != std::string::npos);
    CHECK(text.find("one two\\u202e (a b, x:1)\n") != std::string::npos);
  }
}

TEST_CASE("texts are shortened between whole letters") {
  CHECK(shortened_in_the_middle("abcdef", 6) == "abcdef");
  CHECK(shortened_in_the_middle("abcdefgh", 6) == "abcd…h");
  CHECK(shortened_in_the_middle("abcdefghijkl", 10) == "abcdef…jkl");
  const std::string wide = "\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5";
  for (std::size_t columns = 0; columns < 12; ++columns)
    CHECK(columns_of(shortened_in_the_middle(wide, columns)) <= columns);
  CHECK(columns_of("a\xCC\x81") == 1);
}

TEST_CASE("what is no terminal has no colours") {
  CHECK(look_of(-1).columns == 0);
  CHECK_FALSE(look_of(-1).colour);
}

}  // namespace
}  // namespace emulator::test
