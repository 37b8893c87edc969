#include <doctest.h>
#include <httplib.h>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/support/client.h"
#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace emulator::http {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::get;
using test::RawClient;
using test::RawReply;
using test::Served;

using Sink = std::shared_ptr<BodySink>;

// Every request opens a stream; the last one's sink is kept for the test. Touch it on the loop.
struct Streaming {
  explicit Streaming(std::function<void(Sink)> opened = nullptr)
      : served([this, opened](const std::shared_ptr<const Request>&, const Respond& respond) {
          Reply reply;
          reply.headers.add("Content-Type", "text/event-stream");
          reply.stream = [this, opened](const Sink& made) {
            if (opened) return opened(made);
            sink = made;
            sink->on_closed([this] { ++closed; });
            ++streams;
          };
          respond(std::move(reply));
        }) {}
  ~Streaming() {
    served.on_loop([this] { sink.reset(); });  // or the stop would wait for the stream
  }

  Sink sink;
  std::atomic<int> streams{0};
  std::atomic<int> closed{0};
  Served served;
};

TEST_CASE("a stream arrives piece by piece, chunked, and the connection goes on") {
  Streaming streaming;
  RawClient client(streaming.served.port());
  client.send(get("/"));
  REQUIRE(eventually([&] { return streaming.streams == 1; }));
  CHECK(client.read_bytes(16) == "HTTP/1.1 200 OK\r");  // the head is out before the first piece
  CHECK(client.read_bytes(60).empty() == false);
  streaming.served.on_loop([&] { streaming.sink->write("data: 1\n\n"); });
  CHECK(client.read_bytes(14).size() == 14);
  streaming.served.on_loop([&] {
    streaming.sink->write("data: 2\n\n");
    streaming.sink->end();
    streaming.sink->write("too late");
    streaming.sink->end();
  });
  client.send("GET / HTTP/1.0\r\n\r\n");
  REQUIRE(eventually([&] { return streaming.streams == 2; }));
  CHECK(streaming.closed == 0);
}

TEST_CASE("ordinary clients understand a stream") {
  Streaming streaming([](const Sink& sink) {
    for (int i = 0; i < 100; ++i) sink->write(std::string(1000, static_cast<char>('a' + i % 26)));
    sink->write("");
    sink->end();
  });
  httplib::Client client = test::patient_client(streaming.served.port());
  client.set_keep_alive(true);
  for (int i = 0; i < 3; ++i) {
    const auto reply = client.Get("/");
    REQUIRE(reply);
    CHECK(reply->body.size() == 100'000);
    CHECK(reply->body[1000] == 'b');
  }
  CHECK(streaming.served.server().figures().accepted == 1);
}

TEST_CASE("a stream to HTTP/1.0 ends with the connection") {
  Streaming streaming([](const Sink& sink) {
    sink->write("all");
    sink->write(" of it");
    sink->end();
  });
  RawClient client(streaming.served.port());
  const RawReply reply = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK_FALSE(reply.chunked);
  CHECK(reply.header("connection") == "close");
  CHECK(reply.body == "all of it");
}

TEST_CASE("HEAD gets a stream's head and opens no stream") {
  Streaming streaming;
  RawClient client(streaming.served.port());
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  const RawReply reply = client.read_reply(true);
  CHECK(reply.chunked);
  CHECK(streaming.streams == 0);
}

TEST_CASE("replies behind a stream wait for its end") {
  Streaming streaming;
  RawClient client(streaming.served.port());
  client.send(get("/") + get("/"));
  REQUIRE(eventually([&] { return streaming.streams == 1; }));
  streaming.served.on_loop([&] {
    const Sink first = streaming.sink;
    first->write("one");
    first->end();
  });
  CHECK(client.read_reply().body == "one");
  REQUIRE(eventually([&] { return streaming.streams == 2; }));
  streaming.served.on_loop([&] {
    streaming.sink->write("two");
    streaming.sink->end();
  });
  CHECK(client.read_reply().body == "two");
}

TEST_CASE("a client that leaves a stream is noticed once") {
  Streaming streaming;
  {
    RawClient client(streaming.served.port());
    client.send(get("/"));
    REQUIRE(eventually([&] { return streaming.streams == 1; }));
  }
  CHECK(eventually([&] { return streaming.closed == 1; }));
  streaming.served.on_loop([&] {
    streaming.sink->write("to nobody");
    streaming.sink->end();
    CHECK(streaming.sink->backlog() == 0);
  });
  CHECK(streaming.closed == 1);
}

TEST_CASE("an aborted stream breaks off") {
  Streaming streaming;
  RawClient client(streaming.served.port());
  client.send(get("/"));
  REQUIRE(eventually([&] { return streaming.streams == 1; }));
  streaming.served.on_loop([&] {
    streaming.sink->write("half");
    streaming.sink->abort();
  });
  const RawReply reply = client.read_reply();
  CHECK(reply.body == "half");
  CHECK_FALSE(reply.complete);
}

TEST_CASE("a stream whose sink is dropped, or whose handler throws, breaks off") {
  Streaming dropped([](const Sink& sink) { sink->write("half"); });
  RawClient client(dropped.served.port());
  const RawReply reply = client.ask(get("/"));
  CHECK(reply.body == "half");
  CHECK_FALSE(reply.complete);

  Streaming throwing([](const Sink&) { throw std::runtime_error("no more"); });
  RawClient other(throwing.served.port());
  CHECK_FALSE(other.ask(get("/")).complete);
  RawClient again(throwing.served.port());
  CHECK(again.ask(get("/")).status == 200);
}

TEST_CASE("the backlog of a reader that takes nothing is seen, and sent once it reads") {
  Streaming streaming;
  RawClient client(streaming.served.port());
  client.send(get("/"));
  REQUIRE(eventually([&] { return streaming.streams == 1; }));
  constexpr std::size_t kAll = 20u << 20;
  streaming.served.on_loop([&] {
    for (std::size_t sent = 0; sent < kAll; sent += 1u << 20) {
      streaming.sink->write(std::string(1u << 20, 'x'));
    }
    CHECK(streaming.sink->backlog() > 0);
    streaming.sink->end();
  });
  const RawReply reply = client.read_reply();
  CHECK(reply.complete);
  CHECK(reply.body.size() == kAll);
}

}  // namespace
}  // namespace emulator::http
