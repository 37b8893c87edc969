#include "emulator/http/server.h"

#include <doctest.h>
#include <httplib.h>

#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/client.h"
#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace emulator::http {
namespace {

using namespace std::chrono_literals;
using test::echo_path;
using test::eventually;
using test::get;
using test::Held;
using test::post;
using test::RawClient;
using test::RawReply;
using test::Served;
using test::text_reply;

using RequestPtr = std::shared_ptr<const Request>;

std::string numbered(int number) {
  std::string path = "/";
  path += std::to_string(number);
  return path;
}

TEST_CASE("an ordinary client gets its answers over one connection") {
  Served served([](const RequestPtr& request, const Respond& respond) {
    Reply reply = text_reply(request->method + " " + request->path + " " + request->body, 201);
    reply.headers.add("X-Seen", std::string(request->headers.get("x-mine").value_or("")));
    respond(std::move(reply));
  });
  httplib::Client client = test::patient_client(served.port());
  client.set_keep_alive(true);
  for (int i = 0; i < 5; ++i) {
    const auto got = client.Get("/some/path", {{"X-Mine", "value"}});
    REQUIRE(got);
    CHECK(got->status == 201);
    CHECK(got->reason == "Created");
    CHECK(got->body == "GET /some/path ");
    CHECK(got->get_header_value("X-Seen") == "value");
  }
  const auto posted = client.Post("/p", "the body", "text/plain");
  REQUIRE(posted);
  CHECK(posted->body == "POST /p the body");
  CHECK(served.server().figures().accepted == 1);
  CHECK(served.server().figures().requests == 6);
}

TEST_CASE("the head is exactly what the reply says and what framing needs") {
  Served served([](const RequestPtr&, const Respond& respond) {
    Reply reply = text_reply("abc", 429);
    reply.reason = "Slow Down";
    reply.headers.add("Retry-After", "3");
    respond(std::move(reply));
  });
  RawClient client(served.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(client.read_until_close() ==
        "HTTP/1.1 429 Slow Down\r\nRetry-After: 3\r\nContent-Length: 3\r\n"
        "Connection: close\r\n\r\nabc");
  CHECK(client.was_closed());
}

TEST_CASE("a line break in a reply's header cannot begin another header") {
  Served served([](const RequestPtr&, const Respond& respond) {
    Reply reply;
    reply.headers.add("X-Text", "a\r\nX-Evil: 1");
    respond(std::move(reply));
  });
  RawClient client(served.port());
  const RawReply reply = client.ask(get("/"));
  CHECK(reply.header("x-text") == "a  X-Evil: 1");
  CHECK_FALSE(reply.header("x-evil"));
}

TEST_CASE("requests that arrive byte by byte are understood") {
  Served served(echo_path());
  RawClient client(served.port());
  for (const char c : get("/slowly")) client.send(std::string(1, c));
  CHECK(client.read_reply().body == "/slowly");
}

TEST_CASE("HTTP/1.0 closes unless asked not to") {
  Served served(echo_path());
  RawClient closing(served.port());
  const RawReply last = closing.ask("GET /a HTTP/1.0\r\n\r\n");
  CHECK(last.body == "/a");
  CHECK(last.header("connection") == "close");
  CHECK(closing.closes_silently());

  RawClient staying(served.port());
  for (int i = 0; i < 2; ++i) {
    const RawReply reply = staying.ask("GET /b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(reply.body == "/b");
    CHECK(reply.header("connection") == "keep-alive");
  }
}

TEST_CASE("pipelined requests are answered in their order whichever is ready first") {
  std::map<std::string, Respond> waiting;
  Served served([&waiting](const RequestPtr& request, const Respond& respond) {
    if (request->path == "/now") return respond(text_reply("/now"));
    waiting[request->path] = respond;
  });
  RawClient client(served.port());
  client.send(get("/1") + get("/2") + get("/now") + get("/3"));
  REQUIRE(eventually([&] { return served.server().figures().requests == 4; }));
  CHECK(client.stays_silent(20ms));
  served.on_loop([&] {
    for (const char* path : {"/3", "/2", "/1"}) waiting[path](text_reply(path));
  });
  for (const char* path : {"/1", "/2", "/now", "/3"}) CHECK(client.read_reply().body == path);
}

TEST_CASE("more requests than may be read ahead are all answered, in order") {
  Served::Options options;
  options.limits.pipelined = 4;
  Held held;
  Served served(
      [&held](const RequestPtr& request, const Respond& respond) {
        held.add([respond, path = request->path](Reply) { respond(text_reply(path)); });
      },
      options);
  RawClient client(served.port());
  std::string all;
  constexpr int kAll = 100;
  for (int i = 0; i < kAll; ++i) all += get(numbered(i));
  client.send(all);
  REQUIRE(eventually([&] { return held.count == 4; }));
  CHECK(client.stays_silent(20ms));
  CHECK(held.count == 4);
  for (int i = 0; i < kAll; ++i) {
    REQUIRE(eventually([&] { return held.count > static_cast<std::size_t>(i); }));
    served.on_loop([&] { held.waiting[static_cast<std::size_t>(i)](Reply()); });
    CHECK(client.read_reply().body == numbered(i));
  }
}

// Two threads cannot share one side of TLS.
TEST_CASE("a long burst of pipelined requests is answered whole" *
          doctest::skip(test::over_tls())) {
  Served served(echo_path());
  RawClient client(served.port());
  constexpr int kAll = 5000;
  std::string all;
  for (int i = 0; i < kAll; ++i) all += get(numbered(i));
  std::thread sender([&] { client.send(all); });
  bool same = true;
  for (int i = 0; i < kAll; ++i) same = same && client.read_reply().body == numbered(i);
  sender.join();
  CHECK(same);
}

TEST_CASE("large bodies go both ways unchanged") {
  Served served([](const RequestPtr& request, const Respond& respond) {
    respond(text_reply(request->body));
  });
  std::string body(5u << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 + (i >> 11));
  httplib::Client client = test::patient_client(served.port());
  const auto reply = client.Post("/", body, "application/octet-stream");
  REQUIRE(reply);
  CHECK(reply->body == body);
  // Sent in chunks of varying size by the client's own chunking.
  const auto chunked = client.Post(
      "/",
      [&body](std::size_t offset, httplib::DataSink& sink) {
        const std::size_t size = std::min<std::size_t>(body.size() - offset, 1 + offset % 70'000);
        sink.write(body.data() + offset, size);
        if (offset + size == body.size()) sink.done();
        return true;
      },
      "application/octet-stream");
  REQUIRE(chunked);
  CHECK(chunked->body == body);
}

TEST_CASE("large replies to pipelined requests keep their order and their bytes") {
  Served served([](const RequestPtr& request, const Respond& respond) {
    respond(text_reply(std::string(700'000, request->path[1])));
  });
  RawClient client(served.port());
  std::string all;
  for (char c = 'a'; c <= 'j'; ++c) all += get(std::string("/") + c);
  client.send(all);
  for (char c = 'a'; c <= 'j'; ++c) CHECK(client.read_reply().body == std::string(700'000, c));
}

TEST_CASE("HEAD is told the length and sent no body") {
  Served served([](const RequestPtr& request, const Respond& respond) {
    respond(text_reply("for " + request->method));
  });
  RawClient client(served.port());
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + get("/"));
  const RawReply head = client.read_reply(true);
  CHECK(head.announced == 8);
  CHECK(client.read_reply().body == "for GET");
}

TEST_CASE("a HEAD reply may state a length it never rendered") {
  Served served([](const RequestPtr&, const Respond& respond) {
    Reply reply;
    reply.headers.add("Content-Length", "12345");
    respond(std::move(reply));
  });
  RawClient client(served.port());
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.read_reply(true).announced == 12345);
  CHECK(client.read_reply(true).announced == 12345);
}

TEST_CASE("204 and 304 have no body and leave the connection usable") {
  Served served([](const RequestPtr& request, const Respond& respond) {
    respond(text_reply("ignored", request->path == "/204" ? 204 : 304));
  });
  RawClient client(served.port());
  const RawReply none = client.ask(get("/204"));
  CHECK(none.status == 204);
  CHECK_FALSE(none.header("content-length"));
  const RawReply same = client.ask(get("/304"));
  CHECK(same.status == 304);
  CHECK(same.announced == 7);
  CHECK(client.ask(get("/204")).status == 204);
}

TEST_CASE("a stated length that is wrong is sent as stated, and the connection closes behind it") {
  Served served([](const RequestPtr& request, const Respond& respond) {
    Reply reply = text_reply("12345");
    reply.headers.add("Content-Length", request->path.substr(1));
    respond(std::move(reply));
  });
  RawClient longer(served.port());
  const RawReply unfinished = longer.ask(get("/50"));
  CHECK_FALSE(unfinished.complete);
  CHECK(unfinished.body == "12345");
  CHECK(longer.was_closed());

  RawClient shorter(served.port());
  CHECK(shorter.ask(get("/2")).body == "12");
  CHECK(shorter.read_until_close() == "345");

  RawClient right(served.port());
  CHECK(right.ask(get("/5")).body == "12345");
  CHECK(right.ask(get("/5")).complete);
}

TEST_CASE("100 Continue is sent to a client that waits for it") {
  Served served([](const RequestPtr& request, const Respond& respond) {
    respond(text_reply(request->body));
  });
  const std::string head =
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
  RawClient client(served.port());
  CHECK(client.ask(head).status == 100);
  CHECK(client.ask("hello").body == "hello");
  // Not when the body is there already, nor when there is none.
  CHECK(client.ask(head + "world").body == "world");
  CHECK(client.ask("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").status == 200);
}

TEST_CASE("100 Continue waits for the replies before it") {
  Held held;
  Served served([&held](const RequestPtr& request, const Respond& respond) {
    if (request->method == "GET") return held.add(respond);
    respond(text_reply(request->body));
  });
  RawClient client(served.port());
  client.send(get("/") +
              "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  REQUIRE(eventually([&] { return held.count == 1; }));
  CHECK(client.stays_silent(20ms));
  served.on_loop([&] { held.waiting[0](text_reply("first")); });
  CHECK(client.read_reply().body == "first");
  CHECK(client.read_reply().status == 100);
  CHECK(client.ask("hi").body == "hi");
}

TEST_CASE("an early refusal spares the body, and 100 Continue is not sent") {
  auto hooks = Served::hooks(echo_path());
  hooks.early = [](const Request& head) -> std::optional<Reply> {
    if (head.headers.has("authorization")) return std::nullopt;
    return text_reply("who are you", 401);
  };
  Served served(hooks);
  RawClient client(served.port());
  const RawReply reply = client.ask(
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 500000000\r\n\r\n");
  CHECK(reply.status == 401);
  CHECK(reply.body == "who are you");
  CHECK(client.closes_silently());

  RawClient known(served.port());
  CHECK(known.ask("POST /in HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nContent-Length: 2\r\n\r\nhi")
            .body == "/in");
  CHECK(known.ask(get("/no-body-no-question")).status == 200);
}

TEST_CASE("a handler that throws is answered 500 and the connection goes on") {
  Served served([](const RequestPtr& request, const Respond& respond) {
    if (request->path == "/late") respond(text_reply("said before"));
    if (request->path != "/good") throw std::runtime_error("lost my way");
    respond(text_reply("good"));
  });
  RawClient client(served.port());
  const RawReply reply = client.ask(get("/bad"));
  CHECK(reply.status == 500);
  CHECK(reply.body == "500 lost my way");
  CHECK(client.ask(get("/late")).body == "said before");
  CHECK(client.ask(get("/good")).body == "good");
}

TEST_CASE("posted work that throws is reported and the loop goes on") {
  std::atomic<int> reports{0};
  auto hooks = Served::hooks(echo_path());
  hooks.protocol = [&reports](unsigned, std::string_view why) {
    if (why == "posted") ++reports;
    return Reply();
  };
  Served served(hooks);
  served.server().post([] { throw std::runtime_error("posted"); });
  RawClient client(served.port());
  CHECK(client.ask(get("/still")).body == "/still");
  CHECK(reports == 1);
}

TEST_CASE("200 requests are held while others are served") {
  Held held;
  Served served([&held](const RequestPtr& request, const Respond& respond) {
    if (request->path == "/held") return held.add(respond);
    respond(text_reply(request->path));
  });
  constexpr std::size_t kHeld = 200;
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < kHeld; ++i) {
    clients.emplace_back(served.port());
    clients.back().send(get("/held"));
  }
  REQUIRE(eventually([&] { return held.count == kHeld; }));
  RawClient other(served.port());
  for (int i = 0; i < 20; ++i) CHECK(other.ask(get("/other")).body == "/other");
  served.on_loop([&] {
    for (const Respond& respond : held.waiting) respond(text_reply("at last"));
  });
  bool all = true;
  for (RawClient& client : clients) all = all && client.read_reply().body == "at last";
  CHECK(all);
}

TEST_CASE("only the first answer counts") {
  Served served([](const RequestPtr&, const Respond& respond) {
    respond(text_reply("one"));
    respond(text_reply("two"));
  });
  RawClient client(served.port());
  CHECK(client.ask(get("/")).body == "one");
  CHECK(client.ask(get("/")).body == "one");
}

TEST_CASE("a client that leaves a held request is noticed, and the answer goes nowhere") {
  Served::Options options;
  options.limits.idle_time = 40ms;
  Held held;
  Served served([&held](const RequestPtr&, const Respond& respond) { held.add(respond); }, options);
  {
    RawClient client(served.port());
    client.send(get("/") + get("/"));
    REQUIRE(eventually([&] { return held.count == 2; }));
    CHECK(served.server().figures().connections == 1);
  }
  CHECK(eventually([&] { return served.server().figures().connections == 0; }));
  served.on_loop([&] {
    for (const Respond& respond : held.waiting) respond(text_reply("to nobody"));
  });
}

TEST_CASE("whoever holds a request is told when its client leaves, once") {
  Held held;
  std::atomic<int> left{0};
  std::shared_ptr<const Request> kept;
  Served served([&](const std::shared_ptr<const Request>& request, const Respond& respond) {
    const auto caller = request->caller.lock();
    REQUIRE(caller);
    caller->on_left([&left] { ++left; });
    if (request->path == "/now") return respond(text_reply("now"));
    kept = request;
    held.add(respond);
  });
  {
    RawClient client(served.port());
    CHECK(client.ask(get("/now")).body == "now");
    client.send(get("/held"));
    REQUIRE(eventually([&] { return held.count == 1; }));
    CHECK(left == 0);
  }
  CHECK(eventually([&] { return left == 1; }));
  served.on_loop([&] {
    const auto caller = kept->caller.lock();
    REQUIRE(caller);
    caller->on_left([&left] { left += 10; });  // it has gone already
    held.waiting[0](text_reply("nobody reads this"));
  });
  CHECK(eventually([&] { return left == 11; }));
}

TEST_CASE("a client that leaves behind a full pipeline is noticed") {
  Served::Options options;
  options.limits.pipelined = 1;
  options.limits.idle_time = 40ms;
  Held held;
  Served served([&held](const RequestPtr&, const Respond& respond) { held.add(respond); }, options);
  {
    RawClient client(served.port());
    std::string much;
    while (much.size() < 100'000) much += get("/");
    client.send(much);
    REQUIRE(eventually([&] { return held.count == 1; }));
  }
  CHECK(eventually([&] { return served.server().figures().connections == 0; }));
}

TEST_CASE("an answer after the server has gone is nothing") {
  Respond kept;
  Served::Options options;
  options.limits.idle_time = 40ms;
  {
    Served served([&kept](const RequestPtr&, const Respond& respond) { kept = respond; }, options);
    RawClient client(served.port());
    client.send(get("/"));
    REQUIRE(eventually([&] { return served.server().figures().requests == 1; }));
    client.close();
    REQUIRE(eventually([&] { return served.server().figures().connections == 0; }));
  }
  kept(text_reply("late"));
}

TEST_CASE("a client that ended its sending still gets what is ready") {
  Served served(echo_path());
  RawClient client(served.port());
  client.send(get("/1") + get("/2"));
  client.end_sending();
  CHECK(client.read_reply().body == "/1");
  CHECK(client.read_reply().body == "/2");
  CHECK(client.closes_silently());
}

TEST_CASE("a client that ended its sending gets what is ready soon") {
  Held held;
  Served served([&held](const RequestPtr&, const Respond& respond) { held.add(respond); });
  RawClient client(served.port());
  client.send(get("/"));
  client.end_sending();
  REQUIRE(eventually([&] { return held.count == 1; }));
  served.on_loop([&] { held.waiting[0](text_reply("soon")); });
  CHECK(client.read_reply().body == "soon");
  CHECK(client.closes_silently());
}

TEST_CASE("the peer's address is noted on a request") {
  Served served([](const RequestPtr& request, const Respond& respond) {
    respond(text_reply(request->peer));
  });
  RawClient client(served.port());
  CHECK(client.ask(get("/")).body.rfind("127.0.0.1:", 0) == 0);
}

TEST_CASE("a call comes after its time, and not once its handle is gone") {
  Served served(echo_path());
  std::promise<void> called;
  std::atomic<int> dropped{0};
  std::shared_ptr<void> kept;
  served.on_loop([&] {
    auto gone = served.server().after(1ms, [&] { ++dropped; });
    gone.reset();
    kept = served.server().after(5ms, [&] { called.set_value(); });
  });
  CHECK(called.get_future().wait_for(10s) == std::future_status::ready);
  CHECK(dropped == 0);
  served.on_loop([&] { kept = served.server().after(1h, [] {}); });
  served.stop();
}

TEST_CASE("a call without a wait is not made at once, and not once its handle is gone") {
  Served served(echo_path());
  std::promise<void> called;
  std::atomic<int> dropped{0};
  std::shared_ptr<void> kept;
  std::string order;
  served.on_loop([&] {
    auto gone = served.server().after(0ms, [&] { ++dropped; });
    kept = served.server().after(0ms, [&] {
      order += "b";
      called.set_value();
    });
    gone.reset();
    order += "a";
  });
  CHECK(called.get_future().wait_for(10s) == std::future_status::ready);
  served.stop();
  CHECK(order == "ab");
  CHECK(dropped == 0);
}

TEST_CASE("a handle that outlives its server is harmless") {
  std::shared_ptr<void> kept;
  {
    Server server(ServerOptions(), Served::hooks(echo_path()));
    kept = server.after(1h, [] {});
  }
  kept.reset();
}

}  // namespace
}  // namespace emulator::http
