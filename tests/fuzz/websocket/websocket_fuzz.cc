// What comes once a connection is a WebSocket: frames, whole or not, in any order. The server goes
// on answering others, and keeps nothing of a client that has left. Also what fal's sockets carry.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/providers/fal/realtime.h"
#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace {

using namespace emulator;

void promise(bool kept) {
  if (!kept) std::abort();
}

// One server for all inputs: what one client does shall not be seen by the next.
struct House {
  Memory memory;
  test::Served served{test::Served::hooks(answer), options()};

  static House& only() {
    static House house;
    return house;
  }

  http::ServerOptions options() {
    http::ServerOptions out;
    out.memory = &memory;
    return out;
  }

  static void answer(const std::shared_ptr<const http::Request>& request,
                     const http::Respond& respond) {
    if (!request->headers.has("upgrade")) return respond(test::text_reply("here"));
    http::Reply reply;
    reply.websocket = [](const std::shared_ptr<http::WebSocket>& socket) {
      socket->on_message([socket](const std::string& data, bool binary) {
        if (binary)
          socket->send_binary(data);
        else
          socket->send_text(data);
      });
    };
    respond(std::move(reply));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  fal::is_msgpack(bytes);
  House& house = House::only();
  {
    test::RawClient client(house.served.port());
    client.send(
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    promise(client.read_reply().status == 101);
    client.send(bytes);
    client.end_sending();
    client.read_until_close();
    promise(!client.timed_out());
  }
  test::RawClient other(house.served.port());
  promise(other.ask(test::get("/")).body == "here");
  other.close();
  promise(test::eventually([&] { return house.served.server().figures().connections == 0; }));
  house.served.on_loop([] {});
  house.served.on_loop([&] { promise(house.memory.total() == 0); });
  return 0;
}
