#include "emulator/http/client.h"

#include <doctest.h>
#include <httplib.h>

#include <future>

#include "tests/support/certificate.h"
#include "tests/unit/http/served.h"

namespace emulator::test {
namespace {

using namespace std::chrono_literals;
using http::ClientOptions;
using http::Post;
using http::Receipt;

// A client on a loop of its own, called from the test's thread.
class Sender {
 public:
  explicit Sender(ClientOptions options = {}) : loop_(echo_path()) {
    loop_.on_loop([&] { client_ = loop_.server().client(std::move(options)); });
  }
  ~Sender() {
    loop_.on_loop([&] {
      handle_.reset();
      client_.reset();
    });
  }

  Receipt send(Post post) {
    std::promise<Receipt> receipt;
    loop_.on_loop([&] {
      handle_ =
          client_->send(std::move(post), [&](Receipt got) { receipt.set_value(std::move(got)); });
    });
    return receipt.get_future().get();
  }

  std::thread::id loop_thread() {
    std::thread::id out;
    loop_.on_loop([&] { out = std::this_thread::get_id(); });
    return out;
  }

  void begin(Post post, std::atomic<int>& answers) {
    loop_.on_loop(
        [&] { handle_ = client_->send(std::move(post), [&](const Receipt&) { ++answers; }); });
  }
  void let_go() {
    loop_.on_loop([&] { handle_.reset(); });
  }

 private:
  Served loop_;
  std::unique_ptr<http::Client> client_;
  std::shared_ptr<void> handle_;
};

Post post_to(std::uint16_t port, std::string body = "{}") {
  Post post;
  post.host = "127.0.0.1";
  post.port = port;
  post.target = "/hook?id=1";
  post.body = std::make_shared<const std::string>(std::move(body));
  return post;
}

http::Handler with_fault(http::Fault::Kind kind, std::string body = "") {
  return [kind, body](const std::shared_ptr<const http::Request>&, const http::Respond& respond) {
    http::Reply reply = text_reply(body);
    reply.fault.kind = kind;
    respond(std::move(reply));
  };
}

TEST_CASE("a request arrives as it was given, and the answer comes back") {
  http::Request seen;
  Served receiver(
      [&](const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
        seen = *request;
        http::Reply reply = text_reply("thanks", 202);
        reply.headers.add("x-mine", "1");
        respond(std::move(reply));
      });
  Sender sender;
  Post post = post_to(receiver.port(), R"({"a":1})");
  post.headers.add("X-Secret", "s");
  std::thread::id signer;
  post.late = {"X-Signature", [&] {
                 signer = std::this_thread::get_id();
                 return std::string("made late");
               }};
  const Receipt got = sender.send(std::move(post));
  CHECK(got.error == "");
  CHECK(got.status == 202);
  CHECK(got.headers.get("x-mine").value_or("") == "1");
  CHECK(got.body == "thanks");
  CHECK_FALSE(got.cut);
  CHECK(got.address == "127.0.0.1");
  CHECK(seen.method == "POST");
  CHECK(seen.target == "/hook?id=1");
  CHECK(seen.body == R"({"a":1})");
  CHECK(seen.headers.get("x-secret").value_or("") == "s");
  CHECK(seen.headers.get("x-signature").value_or("") == "made late");
  CHECK(got.late == "made late");
  CHECK(signer != std::thread::id());
  CHECK(signer != sender.loop_thread());
  CHECK(signer != std::this_thread::get_id());
  CHECK(seen.host() == "127.0.0.1:" + std::to_string(receiver.port()));
}

TEST_CASE("a large body arrives whole, also when it is sent at a pace") {
  std::size_t size = 0;
  Served receiver(
      [&](const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
        size = request->body.size();
        respond(text_reply(""));
      });
  Sender sender;
  CHECK(sender.send(post_to(receiver.port(), std::string(5'000'000, 'x'))).status == 200);
  CHECK(size == 5'000'000);
  Post paced = post_to(receiver.port(), std::string(10'000, 'x'));
  paced.pace = 50'000;
  const Receipt got = sender.send(std::move(paced));
  CHECK(got.status == 200);
  CHECK(size == 10'000);
  CHECK(got.took >= 100ms);  // four pieces, one every 50 ms
}

TEST_CASE("of a long answer only the beginning is read") {
  Served receiver([](const std::shared_ptr<const http::Request>&, const http::Respond& respond) {
    respond(text_reply(std::string(2'000'000, 'y')));
  });
  Sender sender;
  const Receipt got = sender.send(post_to(receiver.port()));
  CHECK(got.status == 200);
  CHECK(got.error == "");
  CHECK(got.cut);
  CHECK((got.body == std::string(4'096, 'y')));
}

TEST_CASE("an answer without a length ends with the connection; one that is too short does not") {
  Served whole(with_fault(http::Fault::Kind::kRaw, "HTTP/1.1 200 OK\r\n\r\nall of it"));
  Served chunked(with_fault(http::Fault::Kind::kRaw,
                            "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 201 Created\r\n"
                            "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"));
  Served cut(with_fault(http::Fault::Kind::kCut, "abc"));
  Sender sender;
  Receipt got = sender.send(post_to(whole.port()));
  CHECK(got.status == 200);
  CHECK(got.body == "all of it");
  got = sender.send(post_to(chunked.port()));
  CHECK(got.status == 201);
  CHECK(got.body == "abc");
  CHECK_FALSE(got.headers.has("link"));
  got = sender.send(post_to(cut.port()));
  CHECK(got.error == "connection closed before a whole answer");
}

TEST_CASE("what goes wrong is said in words") {
  struct Row {
    const char* name;
    http::Fault::Kind kind;
    const char* body;
    const char* error;
  };
  const Row rows[] = {
      {"reset", http::Fault::Kind::kReset, "", "connection reset"},
      {"closed", http::Fault::Kind::kClose, "", "connection closed before a whole answer"},
      {"hangs", http::Fault::Kind::kHang, "", "no answer in time"},
      {"no HTTP", http::Fault::Kind::kRaw, "hello\r\n\r\n", "the answer is no HTTP: bad version"},
  };
  Sender sender;
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Served receiver(with_fault(row.kind, row.body));
    Post post = post_to(receiver.port());
    if (row.kind == http::Fault::Kind::kHang) post.time_limit = 30ms;
    const Receipt got = sender.send(std::move(post));
    CHECK(got.status == 0);
    CHECK(got.error == row.error);
  }
  std::uint16_t closed = 0;
  {
    Served gone(echo_path());
    closed = gone.port();
  }
  CHECK(sender.send(post_to(closed)).error == "connection refused");
}

TEST_CASE("a head without end is given up") {
  Served receiver(
      with_fault(http::Fault::Kind::kRaw, "HTTP/1.1 200 OK\r\nx: " + std::string(100'000, 'a')));
  Sender sender;
  const Receipt got = sender.send(post_to(receiver.port()));
  CHECK(got.status == 0);
  CHECK(got.error.starts_with("the answer is no HTTP"));
}

TEST_CASE("only addresses that are not barred are connected to") {
  std::atomic<int> asked = 0;
  Served receiver([&](const std::shared_ptr<const http::Request>&, const http::Respond& respond) {
    ++asked;
    respond(text_reply(""));
  });
  ClientOptions options;
  options.barred = [](const http::Address& address) -> std::optional<std::string> {
    if (address.text() == "127.0.0.1") return std::nullopt;
    return address.text() + " is barred";
  };
  Sender sender(options);
  Post other = post_to(receiver.port());
  other.host = "127.0.0.2";
  Receipt got = sender.send(other);
  CHECK(got.refused);
  CHECK(got.error == "127.0.0.2 is barred");
  CHECK(asked == 0);
  // Of the two addresses of a name the one that is not barred is taken.
  Post named = post_to(receiver.port());
  named.host = "hooks.localhost";
  got = sender.send(named);
  CHECK(got.status == 200);
  CHECK(got.address == "127.0.0.1");
}

TEST_CASE("an unknown host is an error, and nobody waits for its lookup") {
  Sender sender;
  Post post = post_to(1);
  post.host = "no-such-host.invalid";
  post.time_limit = 10s;
  CHECK(sender.send(post).error != "");
}

TEST_CASE("a request whose handle is let go is never answered") {
  Held held;
  Served receiver([&](const std::shared_ptr<const http::Request>&, http::Respond respond) {
    held.add(std::move(respond));
  });
  Sender sender;
  std::atomic<int> answers = 0;
  sender.begin(post_to(receiver.port()), answers);
  CHECK(eventually([&] { return held.count == 1; }));
  sender.let_go();
  receiver.on_loop([&] {
    for (http::Respond& respond : held.waiting) respond(text_reply(""));
  });
  CHECK(sender.send(post_to(1)).status == 0);  // the loop has turned meanwhile
  CHECK(answers == 0);
}

// Over TLS with a certificate of its own.
class SecureReceiver {
 public:
  explicit SecureReceiver(const std::string& host)
      : certificate(host), server_(certificate.file().c_str(), certificate.key_file().c_str()) {
    server_.Post("/hook", [](const httplib::Request& request, httplib::Response& reply) {
      reply.set_content(request.body, "text/plain");
    });
    port_ = static_cast<std::uint16_t>(server_.bind_to_any_port("127.0.0.1"));
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~SecureReceiver() {
    server_.stop();
    thread_.join();
  }
  Post post() const {
    Post out = post_to(port_, "over TLS");
    out.target = "/hook";
    out.secure = true;
    return out;
  }

  Certificate certificate;

 private:
  httplib::SSLServer server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST_CASE("a certificate is verified: its issuer, and that it is for the host") {
  SecureReceiver receiver("localhost");
  Post by_name = receiver.post();
  by_name.host = "localhost";
  {
    ClientOptions strict;
    strict.remedy = "name it with --flag";
    Sender sender(strict);
    const Receipt got = sender.send(by_name);
    CHECK(got.status == 0);
    CHECK(got.error.starts_with("the certificate is not trusted: self"));
    CHECK(got.error.ends_with("; name it with --flag"));
  }
  ClientOptions options;
  options.ca_file = receiver.certificate.file();
  Sender sender(options);
  Receipt got = sender.send(by_name);
  CHECK(got.error == "");
  CHECK(got.body == "over TLS");
  got = sender.send(receiver.post());  // by address, which the certificate does not name
  CHECK(got.error.starts_with("the certificate is not trusted: IP address mismatch"));
}

TEST_CASE("a request goes by a proxy, and over TLS through a tunnel of its") {
  SecureReceiver secure("api.example");
  std::string target, authorization;
  Served plain(
      [&](const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
        target = request->target;
        respond(text_reply("seen " + std::string(request->host())));
      });
  // Leads whatever it is asked for to the two.
  http::Server::Hooks hooks = Served::hooks(echo_path());
  hooks.proxy = [&](const http::Request& request) {
    http::ProxyRoute route;
    authorization = request.headers.get("proxy-authorization").value_or("");
    route.kind = http::ProxyRoute::Kind::kJoin;
    route.host = "127.0.0.1";
    route.port = request.method == "CONNECT" ? secure.post().port : plain.port();
    if (request.target.find("closed") == std::string::npos) return route;
    route.kind = http::ProxyRoute::Kind::kRefused;
    route.refusal.status = 403;
    return route;
  };
  Served proxy(std::move(hooks));
  ClientOptions options;
  options.ca_file = secure.certificate.file();
  Sender sender(options);

  Post post = secure.post();
  post.host = "api.example";  // nobody could find it
  post.via = http::Via{"127.0.0.1", proxy.port(), "Basic eDp5"};
  Receipt got = sender.send(post);
  CHECK(got.error == "");
  CHECK(got.body == "over TLS");
  CHECK(authorization == "Basic eDp5");

  post.secure = false;
  post.port = 80;
  got = sender.send(post);
  CHECK(got.error == "");
  CHECK(got.body == "seen api.example");
  CHECK(target == "/hook");
  CHECK(authorization == "Basic eDp5");

  post.secure = true;
  post.host = "closed.example";
  CHECK(sender.send(post).error == "the proxy before answered HTTP/1.1 403 Forbidden");
  // A tunnel to somebody else than was asked for is found out.
  post.host = "other.example";
  CHECK(sender.send(post).error.starts_with("the certificate is not trusted: "));
}

TEST_CASE("a request without a body announces none, and the answer to HEAD has none") {
  bool announced = true;
  Served receiver(
      [&](const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
        announced = request->headers.has("content-length");
        respond(text_reply("some text"));
      });
  Sender sender;
  Post post = post_to(receiver.port());
  post.body = nullptr;
  for (const char* method : {"GET", "HEAD"}) {
    CAPTURE(method);
    post.method = method;
    const Receipt got = sender.send(post);
    CHECK(got.error == "");
    CHECK_FALSE(announced);
    CHECK(got.headers.get("content-length").value_or("") == "9");
    CHECK(got.body == (post.method == "GET" ? "some text" : ""));
  }
}

TEST_CASE("a certificate for an address is good for that address") {
  SecureReceiver receiver("127.0.0.1");
  ClientOptions options;
  options.ca_file = receiver.certificate.file();
  Sender sender(options);
  CHECK(sender.send(receiver.post()).body == "over TLS");
}

TEST_CASE("a file without certificates is told") {
  CHECK(http::ca_file_problem("/nowhere.pem").find("give a file of PEM certificates") !=
        std::string::npos);
  const Certificate certificate("localhost");
  CHECK(http::ca_file_problem(certificate.file()) == "");
}

TEST_CASE("addresses are read and printed, mapped ones as what they stand for") {
  CHECK(http::parse_address("[::1]")->text() == "::1");
  CHECK(http::parse_address("10.0.0.1")->text() == "10.0.0.1");
  CHECK_FALSE(http::parse_address("localhost"));
  CHECK_FALSE(http::parse_address(std::string("10.0.0.1\0more", 13)));
  CHECK(http::unmapped(*http::parse_address("::ffff:10.0.0.1")).text() == "10.0.0.1");
  CHECK(http::unmapped(*http::parse_address("::1")).text() == "::1");
}

}  // namespace
}  // namespace emulator::test
