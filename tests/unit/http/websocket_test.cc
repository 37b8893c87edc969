#include <doctest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace emulator::http {
namespace {

using test::eventually;
using test::get;
using test::RawClient;
using test::RawReply;
using test::Served;
using test::text_reply;

// The example of RFC 6455, section 1.3, with the answer it must get.
constexpr const char* kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr const char* kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

std::string upgrade(const std::string& version = "13") {
  return std::string("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n") +
         "Upgrade: websocket\r\nSec-WebSocket-Version: " + version +
         "\r\nSec-WebSocket-Key: " + kKey + "\r\n\r\n";
}

enum Opcode : unsigned char { kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

// A whole message of a client, masked as the standard wants it.
std::string frame(Opcode opcode, const std::string& data) {
  std::string out(1, static_cast<char>(0x80 | opcode));
  // The shortest of the three forms of the length, as the standard wants it.
  const std::size_t size = data.size();
  const int shifts = size < 126 ? 0 : size < 65536 ? 2 : 8;
  const std::size_t first = shifts == 0 ? size : shifts == 2 ? 126u : 127u;
  out += static_cast<char>(0x80 | first);
  for (int i = shifts; i-- > 0;) out += static_cast<char>(size >> (8 * i));
  const unsigned char mask[4] = {0x12, 0x34, 0x56, 0x78};
  for (const unsigned char byte : mask) out += static_cast<char>(byte);
  for (std::size_t i = 0; i < data.size(); ++i) {
    out += static_cast<char>(static_cast<unsigned char>(data[i]) ^ mask[i % 4]);
  }
  return out;
}

struct Frame {
  int opcode = -1;
  std::string data;

  int close_code() const {
    if (data.size() < 2) return -1;
    return static_cast<unsigned char>(data[0]) * 256 + static_cast<unsigned char>(data[1]);
  }
};

Frame read_frame(RawClient& client) {
  const std::string head = client.read_bytes(2);
  if (head.size() < 2) return {};
  std::size_t size = static_cast<unsigned char>(head[1]);
  if (size >= 126) {
    const std::string longer = client.read_bytes(size == 126 ? 2 : 8);
    size = 0;
    for (const char c : longer) size = size * 256 + static_cast<unsigned char>(c);
  }
  return {head[0] & 0x0f, client.read_bytes(size)};
}

// Echoes messages; "close" makes it close with a code, "throw" makes it fail.
struct Echoing {
  explicit Echoing(Served::Options options = {})
      : served(
            [this](const std::shared_ptr<const Request>&, const Respond& respond) {
              Reply reply = text_reply("no WebSocket asked for", 426);
              reply.headers.add("X-Extra", "given");
              reply.websocket = [this](const std::shared_ptr<WebSocket>& opened) { open(opened); };
              respond(std::move(reply));
            },
            std::move(options)) {}
  ~Echoing() { served.stop(); }  // before the socket goes, which belongs to the loop

  void open(const std::shared_ptr<WebSocket>& opened) {
    socket = opened;
    socket->on_closed([this] { ++closed; });
    socket->on_message([this](const std::string& data, bool binary) {
      if (data == "close") return socket->close(4001, "as you wish");
      if (data == "throw") throw std::runtime_error("no");
      if (binary) return socket->send_binary(data);
      socket->send_text(data);
    });
  }

  std::shared_ptr<WebSocket> socket;
  std::atomic<int> closed{0};
  Served served;
};

RawClient connected(Echoing& echoing) {
  RawClient client(echoing.served.port());
  const RawReply reply = client.ask(upgrade());
  CHECK(reply.status == 101);
  CHECK(reply.header("sec-websocket-accept") == kAccept);
  CHECK(reply.header("x-extra") == "given");
  return client;
}

TEST_CASE("messages come back, text as text and binary as binary") {
  Echoing echoing;
  RawClient client = connected(echoing);
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{100'000}}) {
    for (const Opcode opcode : {kText, kBinary}) {
      const std::string data(size, 'x');
      client.send(frame(opcode, data));
      const Frame back = read_frame(client);
      CHECK(back.opcode == opcode);
      CHECK(back.data == data);
    }
  }
  client.send(frame(kPing, "you there"));
  const Frame pong = read_frame(client);
  CHECK(pong.opcode == kPong);
  CHECK(pong.data == "you there");
}

TEST_CASE("many messages are answered in order") {
  Echoing echoing;
  RawClient client = connected(echoing);
  std::string all;
  for (int i = 0; i < 200; ++i) all += frame(kText, std::to_string(i));
  client.send(all);
  for (int i = 0; i < 200; ++i) CHECK(read_frame(client).data == std::to_string(i));
}

TEST_CASE("either side may close, with a code") {
  Echoing echoing;
  {
    RawClient client = connected(echoing);
    client.send(frame(kText, "close"));
    const Frame closing = read_frame(client);
    CHECK(closing.opcode == kClose);
    CHECK(closing.close_code() == 4001);
    CHECK(closing.data.substr(2) == "as you wish");
    client.send(frame(kClose, closing.data));
    CHECK(client.closes_silently());
  }
  CHECK(eventually([&] { return echoing.closed == 1; }));
  RawClient client = connected(echoing);
  client.send(frame(kClose, std::string("\x03\xe8", 2)));
  CHECK(read_frame(client).close_code() == 1000);
  CHECK(eventually([&] { return echoing.closed == 2; }));
  echoing.served.on_loop([&] { echoing.socket->send_text("to nobody"); });
}

TEST_CASE("a client that just leaves is noticed") {
  Echoing echoing;
  { RawClient client = connected(echoing); }
  CHECK(eventually([&] { return echoing.closed == 1; }));
  CHECK(eventually([&] { return echoing.served.server().figures().connections == 0; }));
}

TEST_CASE("a handler that throws closes its socket with 1011") {
  Echoing echoing;
  RawClient client = connected(echoing);
  client.send(frame(kText, "throw"));
  CHECK(read_frame(client).close_code() == 1011);
}

TEST_CASE("a message too large closes the socket with 1009") {
  Served::Options options;
  options.limits.body_bytes = 1000;
  Echoing echoing(options);
  RawClient client = connected(echoing);
  client.send(frame(kBinary, std::string(1000, 'x')));
  CHECK(read_frame(client).data.size() == 1000);
  client.send(frame(kBinary, std::string(1001, 'x')));
  CHECK(read_frame(client).close_code() == 1009);
}

TEST_CASE("who does not ask for a WebSocket gets the ordinary reply") {
  Echoing echoing;
  for (const std::string& request : {get("/ws"), upgrade("12")}) {
    RawClient client(echoing.served.port());
    const RawReply reply = client.ask(request);
    CHECK(reply.status == 426);
    CHECK(reply.body == "no WebSocket asked for");
    CHECK(client.ask(get("/ws")).status == 426);
  }
}

TEST_CASE("a request to upgrade may be refused, and the connection goes on") {
  Served served([](const std::shared_ptr<const Request>& request, const Respond& respond) {
    respond(text_reply(request->path));
  });
  RawClient client(served.port());
  client.send(upgrade() + get("/next"));
  CHECK(client.read_reply().body == "/ws");
  CHECK(client.read_reply().body == "/next");
}

TEST_CASE("a WebSocket may be granted later") {
  Respond held;
  Served served(
      [&held](const std::shared_ptr<const Request>&, const Respond& respond) { held = respond; });
  RawClient client(served.port());
  client.send(upgrade());
  REQUIRE(eventually([&] { return served.server().figures().requests == 1; }));
  served.on_loop([&] {
    Reply reply;
    reply.websocket = [](const std::shared_ptr<WebSocket>& socket) {
      socket->send_text("welcome");
      socket->close(1000, "");
    };
    held(std::move(reply));
  });
  CHECK(client.read_reply().status == 101);
  CHECK(read_frame(client).data == "welcome");
  CHECK(read_frame(client).close_code() == 1000);
}

TEST_CASE("a stop says goodbye to open sockets") {
  Echoing echoing;
  RawClient client = connected(echoing);
  client.send(frame(kText, "hi"));
  CHECK(read_frame(client).data == "hi");
  echoing.served.on_loop([&] { echoing.served.server().stop(); });
  const Frame closing = read_frame(client);
  CHECK(closing.close_code() == 1001);
  client.send(frame(kClose, closing.data));
  CHECK(client.closes_silently());
}

}  // namespace
}  // namespace emulator::http
