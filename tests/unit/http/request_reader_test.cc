#include "emulator/http/request_reader.h"

#include <doctest.h>

#include <string>
#include <vector>

namespace emulator::http {
namespace {

using Step = RequestReader::Step;

struct Outcome {
  std::vector<Request> requests;
  unsigned refused = 0;
  std::string why;
  bool begun = false;
};

// Reads `wire` in pieces of `size` bytes, as a slow network would bring it.
Outcome read(std::string_view wire, std::size_t size, const ServerLimits& limits = {}) {
  RequestReader reader(limits, "peer");
  Outcome outcome;
  std::string unused;
  while (!wire.empty()) {
    unused += wire.substr(0, size);
    wire.remove_prefix(std::min(size, wire.size()));
    std::string_view data = unused;
    Step step = Step::kDone;
    while (step == Step::kHead || (step != Step::kMore && !data.empty())) {
      step = reader.feed(data);
      if (step == Step::kDone) outcome.requests.push_back(*reader.release());
      if (step == Step::kRefused) {
        outcome.refused = reader.status();
        outcome.why = reader.why();
        return outcome;
      }
    }
    unused = std::string(data);
  }
  outcome.begun = reader.begun();
  return outcome;
}

constexpr std::size_t kPieces[] = {1, 2, 3, 7, 100000};

TEST_CASE("a request reads the same however its bytes are cut") {
  const std::string wire =
      "\r\nPOST /v1/x%20y?a=1&b HTTP/1.1\r\nHost: api.test\r\nX-Key:  k v \t\r\n"
      "Content-Length: 5\r\n\r\nhello"
      "GET / HTTP/1.1\r\nhost: b\r\n\r\n"
      "PUT /c HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: Chunked\r\n\r\n"
      "3;x=\"y\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n";
  for (const std::size_t size : kPieces) {
    CAPTURE(size);
    const Outcome outcome = read(wire, size);
    CAPTURE(outcome.why);
    REQUIRE(outcome.requests.size() == 3);
    CHECK_FALSE(outcome.begun);
    const Request& first = outcome.requests[0];
    CHECK(first.method == "POST");
    CHECK(first.target == "/v1/x%20y?a=1&b");
    CHECK(first.path == "/v1/x%20y");
    CHECK(first.query == "a=1&b");
    CHECK(first.host() == "api.test");
    CHECK(first.headers.get("x-key") == "k v");
    CHECK(first.body == "hello");
    CHECK(first.peer == "peer");
    CHECK(outcome.requests[1].body.empty());
    CHECK(outcome.requests[2].body == "abc0123456789");
    CHECK_FALSE(outcome.requests[2].headers.has("x-trailer"));
  }
}

TEST_CASE("the path comes out of every form of target") {
  struct Row {
    const char* line;
    const char* path;
    const char* query;
    const char* host;
  };
  constexpr Row kRows[] = {
      {"GET /a?b=c?d HTTP/1.1", "/a", "b=c?d", "named"},
      {"GET http://other.test:81/a?b HTTP/1.1", "/a", "b", "other.test:81"},
      {"GET HTTPS://other.test HTTP/1.1", "/", "", "other.test"},
      {"GET http://other.test?q HTTP/1.1", "/", "q", "other.test"},
      {"OPTIONS * HTTP/1.1", "/", "", "named"},
      {"GET //two//slashes HTTP/1.1", "//two//slashes", "", "named"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.line);
    const Outcome outcome = read(std::string(row.line) + "\r\nHost: named\r\n\r\n", 1000);
    REQUIRE(outcome.requests.size() == 1);
    CHECK(outcome.requests[0].path == row.path);
    CHECK(outcome.requests[0].query == row.query);
    CHECK(outcome.requests[0].host() == row.host);
  }
}

TEST_CASE("whoever takes us for a proxy or for a TLS server is told what we are") {
  using namespace std::string_literals;
  struct Row {
    const char* name;
    std::string wire;
    const char* why;
  };
  const Row rows[] = {
      {"a tunnel to a provider", "CONNECT api.bfl.ai:443 HTTP/1.1\r\nHost: api.bfl.ai:443\r\n\r\n",
       "this is no proxy"},
      {"a tunnel in HTTP/1.0", "CONNECT api.bfl.ai:443 HTTP/1.0\r\n\r\n", "this is no proxy"},
      {"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s,
       "this port speaks plain HTTP"},
      {"its first byte", "\x16", "this port speaks plain HTTP"},
  };
  for (const Row& row : rows)
    for (const std::size_t step : {std::size_t{1}, std::size_t{1000}}) {
      CAPTURE(row.name);
      const Outcome outcome = read(row.wire, step);
      CHECK(outcome.requests.empty());
      CHECK(outcome.refused == 501);
      CHECK(outcome.why.find(row.why) == 0);
    }
}

TEST_CASE("what could be understood in two ways is refused") {
  struct Row {
    std::string name;
    std::string wire;
    unsigned status = 400;
  };
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
  using namespace std::string_literals;
  const Row rows[] = {
      {"length, then encoding", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"encoding, then length", post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"},
      {"two lengths", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n"},
      {"a list of lengths", post + "Content-Length: 3, 4\r\n\r\n"},
      {"a length with a sign", post + "Content-Length: +3\r\n\r\n"},
      {"a negative length", post + "Content-Length: -3\r\n\r\n"},
      {"a length in hex", post + "Content-Length: 0x3\r\n\r\n"},
      {"a length with a blank", post + "Content-Length: 3 0\r\n\r\n"},
      {"an empty length", post + "Content-Length: \r\n\r\n"},
      {"a length beyond 64 bits", post + "Content-Length: 18446744073709551617\r\n\r\n"},
      {"two encodings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"an encoding list", post + "Transfer-Encoding: gzip, chunked\r\n\r\n"},
      {"chunked not last", post + "Transfer-Encoding: chunked, identity\r\n\r\n"},
      {"an unknown encoding", post + "Transfer-Encoding: xchunked\r\n\r\n"},
      {"an encoding with HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"a blank before the colon", post + "Content-Length : 3\r\n\r\n"},
      {"a folded value", post + "X-A: 1\r\n 2\r\n\r\n"},
      {"a folded encoding", post + "Transfer-Encoding:\r\n chunked\r\n\r\n"},
      {"no name", post + ": x\r\n\r\n"},
      {"no colon", post + "nonsense\r\n\r\n"},
      {"NUL in a value", post + "X-A: a\0b\r\n\r\n"s},
      {"CR in a value", post + "X-A: a\rb\r\n\r\n"},
      {"LF in a value", post + "X-A: a\nb\r\n\r\n"},
      {"bare LF as line end", "GET / HTTP/1.1\nHost: a\n\n"},
      {"two hosts", post + "Host: b\r\n\r\n"},
      {"no host", "GET / HTTP/1.1\r\n\r\n"},
      {"no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a relative target", "GET a/b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a blank in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"s},
      {"an unknown version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
      {"no version", "GET /\r\nHost: a\r\n\r\n"},
      {"a chunk size that is none", chunked + "zz\r\n"},
      {"an empty chunk size", chunked + "\r\n"},
      {"a chunk size with a prefix", chunked + "0x3\r\nabc\r\n0\r\n\r\n"},
      {"a chunk size with a sign", chunked + "+3\r\nabc\r\n0\r\n\r\n"},
      {"a blank before a chunk size", chunked + " 3\r\nabc\r\n0\r\n\r\n"},
      {"a blank behind a chunk size", chunked + "3 \r\nabc\r\n0\r\n\r\n"},
      {"a chunk size beyond 64 bits", chunked + "10000000000000003\r\nabc\r\n0\r\n\r\n"},
      {"bare LF behind a chunk size", chunked + "3\nabc\r\n0\r\n\r\n"},
      {"bare LF in an extension", chunked + "3;a\n\r\nabc\r\n0\r\n\r\n"},
      {"more data than the chunk", chunked + "3\r\nabcd\r\n0\r\n\r\n"},
      {"bare LF behind a chunk", chunked + "3\r\nabc\n0\r\n\r\n"},
      {"bare LF behind a trailer", chunked + "0\r\nx: y\n\r\n"},
  };
  for (const Row& row : rows) {
    for (const std::size_t size : kPieces) {
      CAPTURE(row.name);
      CAPTURE(size);
      const Outcome outcome = read(row.wire, size);
      CHECK(outcome.requests.empty());
      CHECK(outcome.refused == row.status);
      CHECK_FALSE(outcome.why.empty());
    }
  }
}

TEST_CASE("equal lengths said twice are one length") {
  const Outcome outcome =
      read("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 1000);
  REQUIRE(outcome.requests.size() == 1);
  CHECK(outcome.requests[0].body == "hi");
}

TEST_CASE("heads are limited as a whole, however they arrive") {
  ServerLimits limits;
  limits.header_bytes = 200;
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string fits = head + "X: " + std::string(200 - head.size() - 7, 'x') + "\r\n\r\n";
  REQUIRE(fits.size() == 200);
  std::string many = head;
  while (many.size() < 400) many += "X: y\r\n";
  const std::string endless_line = "GET /" + std::string(400, 'x');
  for (const std::size_t size : kPieces) {
    CAPTURE(size);
    CHECK(read(fits, size, limits).requests.size() == 1);
    CHECK(read(many, size, limits).refused == 431);
    CHECK(read(endless_line, size, limits).refused == 431);
  }
}

TEST_CASE("bodies are limited after decoding") {
  ServerLimits limits;
  limits.body_bytes = 10;
  limits.header_bytes = 100;
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string ten = "5\r\nabcde\r\n5\r\nabcde\r\n";
  const std::string much = std::string(200, 'x');
  for (const std::size_t size : kPieces) {
    CAPTURE(size);
    CHECK(read(head + "Content-Length: 10\r\n\r\n0123456789", size, limits).requests.size() == 1);
    CHECK(read(head + "Content-Length: 11\r\n\r\n", size, limits).refused == 413);
    CHECK(read(chunked + ten + "0\r\n\r\n", size, limits).requests.size() == 1);
    CHECK(read(chunked + ten + "1\r\n", size, limits).refused == 413);
    CHECK(read(chunked + "ffffffffff\r\n", size, limits).refused == 413);
    CHECK(read(chunked + "1;" + much, size, limits).refused == 400);
    CHECK(read(chunked + "0\r\nx: " + much, size, limits).refused == 400);
  }
}

TEST_CASE("what HTTP/1.0 and 1.1 mean by keeping the connection") {
  struct Row {
    const char* head;
    bool keep;
  };
  constexpr Row kRows[] = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", false},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n", false},
      {"GET / HTTP/1.0\r\n\r\n", false},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.head);
    const ServerLimits limits;
    RequestReader reader(limits, "");
    std::string_view data = row.head;
    REQUIRE(reader.feed(data) == Step::kDone);
    CHECK(reader.keep_alive() == row.keep);
  }
}

}  // namespace
}  // namespace emulator::http
