// What a reply's fault looks like from outside, while another connection works undisturbed.

#include <doctest.h>

#include <chrono>
#include <string>

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
using test::text_reply;

// Answers "/bad" with a fault and all else in order; a bystander checks the latter at the end.
struct Faulty {
  explicit Faulty(Fault fault, const std::string& body = "0123456789", Served::Options options = {})
      : served(
            [fault, body](const std::shared_ptr<const Request>& request, const Respond& respond) {
              Reply reply = text_reply(body);
              if (request->path == "/bad") reply.fault = fault;
              respond(std::move(reply));
            },
            std::move(options)),
        bystander(served.port()),
        body_size(body.size()) {
    REQUIRE(bystander.ask(get("/good")).complete);
  }
  ~Faulty() { CHECK(bystander.ask(get("/good")).body.size() == body_size); }

  Served served;
  RawClient bystander;
  std::size_t body_size;
};

TEST_CASE("close: the connection ends in order, without a byte") {
  Faulty faulty({Fault::Kind::kClose, 0});
  RawClient client(faulty.served.port());
  client.send(get("/bad"));
  CHECK(client.closes_silently());
}

TEST_CASE("close with unread input behind it is no reset") {
  Faulty faulty({Fault::Kind::kClose, 0});
  RawClient client(faulty.served.port());
  client.send(get("/bad") + std::string(100'000, 'x'));
  CHECK(client.closes_silently());
}

TEST_CASE("reset: the connection is reset, without a byte") {
  Faulty faulty({Fault::Kind::kReset, 0});
  RawClient client(faulty.served.port());
  client.send(get("/bad"));
  CHECK(client.read_until_close().empty());
  CHECK(client.was_reset());
}

TEST_CASE("hang: nothing comes and nothing ends until the client leaves") {
  Faulty faulty({Fault::Kind::kHang, 0});
  {
    RawClient client(faulty.served.port());
    client.send(get("/bad") + get("/good"));
    CHECK(client.stays_silent(50ms));
    CHECK(faulty.served.server().figures().connections == 2);
  }
  CHECK(eventually([&] { return faulty.served.server().figures().connections == 1; }));
}

TEST_CASE("hang does not hold up a stop") {
  Served served([](const std::shared_ptr<const Request>&, const Respond& respond) {
    Reply reply;
    reply.fault.kind = Fault::Kind::kHang;
    respond(std::move(reply));
  });
  RawClient client(served.port());
  client.send(get("/"));
  REQUIRE(eventually([&] { return served.server().figures().requests == 1; }));
  CHECK(served.stop() < 500ms);
  CHECK(client.closes_silently());
}

TEST_CASE("cut: the head announces all, part of the body comes, then the end") {
  Faulty faulty({Fault::Kind::kCut, 4});
  RawClient client(faulty.served.port());
  const RawReply reply = client.ask(get("/bad"));
  CHECK(reply.status == 200);
  CHECK(reply.announced == 10);
  CHECK_FALSE(reply.header("connection"));
  CHECK(reply.body == "0123");
  CHECK_FALSE(reply.complete);
  CHECK(client.was_closed());
}

TEST_CASE("cut: at none of the body, and of a large one") {
  {
    Faulty faulty({Fault::Kind::kCut, 0});
    RawClient client(faulty.served.port());
    const RawReply reply = client.ask(get("/bad"));
    CHECK(reply.announced == 10);
    CHECK(reply.body.empty());
    CHECK(client.was_closed());
  }
  Faulty faulty({Fault::Kind::kCut, 3'000'000}, std::string(4'000'000, 'x'));
  RawClient client(faulty.served.port());
  const RawReply reply = client.ask(get("/bad"));
  CHECK(reply.announced == 4'000'000);
  CHECK(reply.body.size() == 3'000'000);
  CHECK(client.was_closed());
}

TEST_CASE("slow: the body comes at the pace, whole, and the connection goes on") {
  Faulty faulty({Fault::Kind::kSlow, 40'000}, std::string(8'000, 'x'));
  RawClient client(faulty.served.port());
  const auto from = std::chrono::steady_clock::now();
  const RawReply reply = client.ask(get("/bad"));
  const auto took = std::chrono::steady_clock::now() - from;
  CHECK(reply.complete);
  CHECK(reply.body.size() == 8'000);
  CHECK(took > 120ms);  // 200 ms at the pace, less the first slice
  CHECK(client.ask(get("/good")).complete);
}

TEST_CASE("slow: a slow body does not hold back others, nor the requests behind it their order") {
  Faulty faulty({Fault::Kind::kSlow, 100}, std::string(10, 'x'));
  RawClient client(faulty.served.port());
  client.send(get("/bad") + get("/good"));
  CHECK(faulty.bystander.ask(get("/good")).complete);
  CHECK(client.read_reply().complete);
  CHECK(client.read_reply().complete);
}

TEST_CASE("slow: a client that leaves is noticed") {
  Served::Options options;
  options.limits.idle_time = 40ms;
  Faulty faulty({Fault::Kind::kSlow, 100}, std::string(100'000, 'x'), options);
  {
    RawClient client(faulty.served.port());
    client.send(get("/bad"));
    CHECK(client.read_bytes(20).size() == 20);
  }
  CHECK(eventually([&] {
    faulty.bystander.ask(get("/good"));
    return faulty.served.server().figures().connections == 1;
  }));
}

TEST_CASE("raw: the body goes out as it is, then the end") {
  Faulty faulty({Fault::Kind::kRaw, 0}, "HTP/9 what\n\n\x01\x02");
  RawClient client(faulty.served.port());
  client.send(get("/bad"));
  CHECK(client.read_until_close() == "HTP/9 what\n\n\x01\x02");
  CHECK(client.was_closed());
}

TEST_CASE("a fault comes in its turn, behind the replies before it") {
  Faulty faulty({Fault::Kind::kClose, 0});
  RawClient client(faulty.served.port());
  client.send(get("/good") + get("/bad") + get("/good"));
  CHECK(client.read_reply().complete);
  CHECK(client.closes_silently());
}

TEST_CASE("a stream can be cut and slowed as well") {
  for (const Fault fault : {Fault{Fault::Kind::kCut, 7}, Fault{Fault::Kind::kSlow, 200}}) {
    Served served([fault](const std::shared_ptr<const Request>&, const Respond& respond) {
      Reply reply;
      reply.fault = fault;
      reply.stream = [](const std::shared_ptr<BodySink>& sink) {
        sink->write("01234");
        sink->write("56789");
        sink->end();
      };
      respond(std::move(reply));
    });
    RawClient client(served.port());
    const RawReply reply = client.ask(get("/"));
    const bool cut = fault.kind == Fault::Kind::kCut;
    CHECK(reply.complete != cut);
    CHECK(reply.body == (cut ? "0123456" : "0123456789"));
    CHECK(client.was_closed() == cut);
  }
}

}  // namespace
}  // namespace emulator::http
