#include "emulator/app/log_sink.h"

#include <doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <thread>

namespace emulator {
namespace {

// Two ends of something, nobody reading unless told to.
struct Ends {
  enum class Kind { kPipe, kSocket };
  explicit Ends(Kind kind) {
    const int made = kind == Kind::kPipe
                         ? ::pipe2(ends.data(), O_CLOEXEC)
                         : ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data());
    REQUIRE(made == 0);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  }
  ~Ends() {
    for (const int end : ends)
      if (end >= 0) ::close(end);
  }
  // All that is there.
  std::string read() const {
    std::string out;
    std::array<char, 65'536> room{};
    for (ssize_t got = 0; (got = ::read(ends[0], room.data(), room.size())) > 0;)
      out.append(room.data(), static_cast<std::size_t>(got));
    return out;
  }
  void close_reader() {
    ::close(ends[0]);
    ends[0] = -1;
  }
  int writer() const { return ends[1]; }
  std::array<int, 2> ends{-1, -1};
};

std::string line(int number) { return "line " + std::to_string(number) + "\n"; }

TEST_CASE("a log that nobody reads holds up nobody; what is dropped is counted and told of") {
  for (const auto kind : {Ends::Kind::kPipe, Ends::Kind::kSocket}) {
    Ends ends(kind);
    LogSink sink(ends.writer(), 1'000);
    // Other writers find the descriptor as it was.
    CHECK((::fcntl(ends.writer(), F_GETFL) & O_NONBLOCK) == 0);
    constexpr int kLines = 100'000;
    for (int i = 0; i < kLines; ++i) sink.write(line(i));
    const std::uint64_t dropped = sink.dropped();
    CHECK(dropped > 1'000);
    CHECK_FALSE(sink.flush());

    std::string seen = ends.read();
    CHECK(sink.flush());
    seen += ends.read();
    sink.write("after\n");
    seen += ends.read();
    std::string expected;
    for (int i = 0; i < kLines - static_cast<int>(dropped); ++i) expected += line(i);
    expected += std::to_string(dropped) +
                " lines of this log were dropped: nobody read it and it must not hold up the "
                "server\nafter\n";
    CHECK(seen == expected);
    CHECK(sink.dropped() == dropped);
  }
}

TEST_CASE("at the end a reader that is slow has a moment, one that sleeps does not delay it") {
  Ends ends(Ends::Kind::kPipe);
  LogSink sink(ends.writer(), 1u << 20);
  for (int i = 0; i < 20'000; ++i) sink.write(line(i));
  sink.finish(Millis(1));
  CHECK_FALSE(sink.flush());
  std::string seen;
  std::thread reader([&] {
    pollfd asked{ends.ends[0], POLLIN, 0};
    while (seen.find(line(19'999)) == std::string::npos && ::poll(&asked, 1, 10'000) > 0)
      seen += ends.read();
  });
  sink.finish(Millis(10'000));
  CHECK(sink.flush());
  reader.join();
  CHECK(seen.ends_with(line(19'999)));
  CHECK(sink.dropped() == 0);
}

TEST_CASE("a file is written in order, and behind what is there") {
  char name[] = "/tmp/emulator-log.XXXXXX";
  const int fd = ::mkstemp(name);
  REQUIRE(fd >= 0);
  REQUIRE(::write(fd, "before\n", 7) == 7);
  LogSink sink(fd);
  sink.write("one\n");
  sink.write("two\n");
  std::array<char, 100> room{};
  CHECK(::pread(fd, room.data(), room.size(), 0) == 15);
  CHECK(std::string(room.data()) == "before\none\ntwo\n");
  ::close(fd);
  ::unlink(name);
}

TEST_CASE("what could change a terminal is shown as escapes, and JSON stays the same JSON") {
  CHECK(printable("plain\ttext\n") == "plain\ttext\n");
  CHECK(printable("\x1b[31m\x07\x7f") == "\\u001b[31m\\u0007\\u007f");
  CHECK(printable("a\u009b31m\u0085b") == "a\\u009b31m\\u0085b");
  CHECK(printable("a\u202egpj.exe\u2066\u2069\u200f\u061c") ==
        "a\\u202egpj.exe\\u2066\\u2069\\u200f\\u061c");
  CHECK(printable("a\u2028b\u2029\ufeff") == "a\\u2028b\\u2029\\ufeff");
  CHECK(printable("\u4e2d\u6587 \u05d0 \U0001f600 \u00a0") ==
        "\u4e2d\u6587 \u05d0 \U0001f600 \u00a0");
  CHECK(printable("bad \xff\xc3 \xed\xa0\x80") == "bad \ufffd\ufffd \ufffd");
}

}  // namespace
}  // namespace emulator
