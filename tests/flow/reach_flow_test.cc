// Clients that were never told of an emulator: by TLS, by a proxy, by the providers' own names.
#include <doctest.h>
#include <httplib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/text.h"
#include "emulator/base/yaml.h"
#include "emulator/image/picture.h"
#include "tests/flow/process.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"
#include "tests/unit/http/raw_client.h"

namespace emulator::test::TEST_FILE {
namespace {

struct Address {
  std::string host;
  int port = 443;
  std::string path;
};

Address parsed(const std::string& url) {
  const auto begin = url.find("://") + 3;
  const auto slash = url.find('/', begin);
  const std::string authority = url.substr(begin, slash - begin);
  const auto colon = authority.find(':');
  return {authority.substr(0, colon),
          colon == std::string::npos ? 443 : std::stoi(authority.substr(colon + 1)),
          url.substr(slash)};
}

// A client that knows no emulator, only a proxy and a CA: the addresses it asks for are the
// providers' own, and certificates are verified.
class Stranger {
 public:
  explicit Stranger(const TestServer& server) : port_(server.port()) {
    httplib::Client client = patient_client(port_);
    const auto reply = client.Get("/_emulator/ca.pem");
    REQUIRE(reply);
    REQUIRE(reply->status == 200);
    ca_ = folder_.write("ca.pem", reply->body);
  }

  httplib::Result get(const std::string& url, const httplib::Headers& headers = {}) {
    const Address at = parsed(url);
    return client(at)->Get(at.path, headers);
  }
  httplib::Result post(const std::string& url, const httplib::Headers& headers,
                       const std::string& body) {
    const Address at = parsed(url);
    return client(at)->Post(at.path, headers, body, "application/json");
  }
  const std::string& ca() const { return ca_; }

 private:
  std::unique_ptr<httplib::SSLClient> client(const Address& at) {
    auto out = std::make_unique<httplib::SSLClient>(at.host, at.port);
    out->set_proxy("127.0.0.1", port_);
    out->set_ca_cert_path(ca_.c_str());
    out->enable_server_certificate_verification(true);
    return out;
  }

  ScratchFolder folder_;
  std::uint16_t port_;
  std::string ca_;
};

std::string text_in(const std::string& body, const std::string& pointer) {
  const Json json = Json::parse(body, nullptr, false);
  const Json::json_pointer where(pointer);
  return !json.is_discarded() && json.contains(where) && json.at(where).is_string()
             ? json.at(where).get<std::string>()
             : "";
}

void end_at_once(const TestServer& server) {
  httplib::Client client = patient_client(server.port());
  const auto reply =
      client.Put("/_emulator/sandboxes/me/scenario",
                 "{name: at-once, defaults: {queue: 0s, run: 0s}}", "application/yaml");
  REQUIRE(reply);
  REQUIRE(reply->status == 200);
}

std::string connect_line(const std::string& to, const std::string& more = "") {
  return "CONNECT " + to + " HTTP/1.1\r\nHost: " + to + "\r\n" + more + "\r\n";
}

// Whether a tunnel was opened. What follows the head of that answer is no body.
bool opened(RawClient& client, const std::string& to, const std::string& more = "") {
  client.send(connect_line(to, more));
  return client.read_reply(true).status == 200;
}

struct Refused {
  unsigned status = 0;
  std::string message;
};

Refused asked(const TestServer& server, const std::string& request) {
  RawClient client(server.port());
  const RawReply reply = client.ask(request);
  return {reply.status, text_in(reply.body, "/emulator_error/message")};
}

struct Row {
  const char* provider;
  const char* submit;
  httplib::Headers headers;
  const char* body;
  const char* ticket;  // pointer to the address to ask next, or to the id of `asked`
  const char* asked;   // address with {id} where answers name none
  const char* picture;
  const char* begins;  // how the picture's address does
};

TEST_CASE("every provider by its own name over TLS, from the submission to the picture") {
  const std::vector<Row> rows = {{"bfl",
                                  "https://api.bfl.ai/v1/flux-dev",
                                  {{"x-key", "me"}},
                                  R"({"prompt":"a"})",
                                  "/polling_url",
                                  "",
                                  "/result/sample",
                                  "https://delivery."},
                                 {"fal",
                                  "https://queue.fal.run/fal-ai/flux/dev",
                                  {{"authorization", "Key me:s"}},
                                  R"({"prompt":"a"})",
                                  "/response_url",
                                  "",
                                  "/images/0/url",
                                  "https://v3b.fal.media/files/"},
                                 {"wavespeed",
                                  "https://api.wavespeed.ai/api/v3/wavespeed-ai/flux-dev",
                                  {{"authorization", "Bearer me"}},
                                  R"({"prompt":"a"})",
                                  "/data/urls/get",
                                  "",
                                  "/data/outputs/0",
                                  "https://d2p7pge43lyniu.cloudfront.net/output/"},
                                 {"apiframe",
                                  "https://api.apiframe.ai/v2/images/generate",
                                  {{"x-api-key", "me"}},
                                  R"({"model":"flux-1.1-pro","prompt":"a"})",
                                  "/jobId",
                                  "https://api.apiframe.ai/v2/jobs/{id}",
                                  "/result/images/0",
                                  "https://cdn2.apiframe.ai/images/"},
                                 {"vtrix",
                                  "https://cloud.vtrix.ai/model/v1/generation",
                                  {{"authorization", "Bearer me"}},
                                  R"({"model":"flux_pro_11","prompt":"a"})",
                                  "/id",
                                  "https://cloud.vtrix.ai/model/v1/generation/task/{id}",
                                  "/output/0/content/0/url",
                                  "https://cdn.vtrix.ai/outputs/"}};
  TestServer server(TestServer::quiet());
  end_at_once(server);
  Stranger stranger(server);
  for (const Row& row : rows) {
    INFO(row.provider);
    const auto made = stranger.post(row.submit, row.headers, row.body);
    REQUIRE(made);
    REQUIRE(made->status < 300);
    std::string next = text_in(made->body, row.ticket);
    if (*row.asked != '\0') {
      std::string address = row.asked;
      next = address.replace(address.find("{id}"), 4, next);
    }
    REQUIRE(next.starts_with("https://"));
    const auto result = stranger.get(next, row.headers);
    REQUIRE(result);
    const std::string picture = text_in(result->body, row.picture);
    CHECK(picture.starts_with(row.begins));
    REQUIRE(picture.starts_with("https://"));
    const auto image = stranger.get(picture);
    REQUIRE(image);
    CHECK(image->status == 200);
    CHECK(image::size_of(image->body).has_value());
  }
  CHECK(server.stop() == 0);
  CHECK(server.err().find("TLS") == std::string::npos);
  CHECK(server.err().find("certificate") == std::string::npos);
}

TEST_CASE("a client without a proxy reaches the providers' names by resolving them here") {
  TestServer server(TestServer::quiet());
  end_at_once(server);
  Stranger stranger(server);
  httplib::SSLClient client("api.bfl.ai", server.port());
  client.set_hostname_addr_map({{"api.bfl.ai", "127.0.0.1"}});
  client.set_ca_cert_path(stranger.ca().c_str());
  client.enable_server_certificate_verification(true);
  const auto made = client.Post("/v1/flux-dev", {{"x-key", "me"}, {"host", "api.bfl.ai"}},
                                R"({"prompt":"a"})", "application/json");
  REQUIRE(made);
  CHECK(text_in(made->body, "/polling_url").starts_with("https://api.bfl.ai/"));
}

TEST_CASE("this machine's own names are trusted as well") {
  TestServer server(TestServer::quiet());
  Stranger stranger(server);
  for (const char* const host : {"localhost", "127.0.0.1"}) {
    CAPTURE(host);
    httplib::SSLClient client(host, server.port());
    client.set_ca_cert_path(stranger.ca().c_str());
    client.enable_server_certificate_verification(true);
    const auto reply = client.Get("/_emulator/health");
    REQUIRE(reply);
    CHECK(reply->status == 200);
  }
}

TEST_CASE("a handshake for a foreign name is refused, and one line names it") {
  TestServer server(TestServer::quiet());
  httplib::SSLClient client("www.example.com", server.port());
  client.set_hostname_addr_map({{"www.example.com", "127.0.0.1"}});
  client.enable_server_certificate_verification(false);
  CHECK_FALSE(client.Get("/"));
  CHECK(server.told("\"www.example.com\""));
}

TEST_CASE(
    "what a proxy is asked for beyond the providers is refused, with the flag that allows it") {
  TestServer server(TestServer::quiet());
  for (const std::string& request :
       {connect_line("93.184.216.34:443"),
        std::string("GET http://93.184.216.34/ HTTP/1.1\r\nHost: x\r\n\r\n")}) {
    const Refused refused = asked(server, request);
    CHECK(refused.status == 403);
    CHECK(refused.message.find("93.184.216.34") != std::string::npos);
    CHECK(refused.message.find("--proxy-others") != std::string::npos);
  }
}

TEST_CASE("a proxy never joins link-local addresses, nor port 25, whatever it passes on") {
  ServeConfig config = TestServer::quiet();
  config.reach.proxy_others = "pass";
  TestServer server(config);
  CHECK(asked(server, connect_line("169.254.169.254:80")).status == 403);
  CHECK(asked(server, connect_line("[fe80::1]:80")).status == 403);
  CHECK(asked(server, connect_line("[::ffff:169.254.169.254]:80")).status == 403);
  CHECK(asked(server, connect_line("127.0.0.1:25")).message.find("port 25") != std::string::npos);
  CHECK(asked(server, "GET http://169.254.169.254/latest HTTP/1.1\r\nHost: x\r\n\r\n").status ==
        403);
}

TEST_CASE("a CONNECT to no host is refused in words") {
  TestServer server(TestServer::quiet());
  for (const std::string& to :
       {std::string("api.bfl.ai"), std::string("api.bfl.ai:0"), std::string("api.bfl.ai:70000"),
        std::string(":443"), std::string(300, 'x') + ".example:443", std::string("a_b%c:443")}) {
    CAPTURE(to);
    CHECK(asked(server, connect_line(to)).status == 400);
  }
}

TEST_CASE("a tunnel to the emulator itself ends here, over and over") {
  TestServer server(TestServer::quiet());
  RawClient client(server.port());
  const std::string self = "127.0.0.1:" + std::to_string(server.port());
  for (int i = 0; i < 20; ++i) REQUIRE(opened(client, self));
  CHECK(client.ask("GET /_emulator/health HTTP/1.1\r\nHost: " + self + "\r\n\r\n").status == 200);
  httplib::Client figures = patient_client(server.port());
  CHECK(figures.Get("/_emulator/health")->status == 200);
}

TEST_CASE("another server of this machine is joined, and by name as well") {
  TestServer other(TestServer::quiet());
  TestServer server(TestServer::quiet());
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    CAPTURE(host);
    const std::string to = host + ":" + std::to_string(other.port());
    RawClient client(server.port());
    REQUIRE(opened(client, to));
    CHECK(client.ask("GET /_emulator/health HTTP/1.1\r\nHost: " + to + "\r\n\r\n").status == 200);
  }
}

TEST_CASE(
    "a proxy beyond loopback passes on only with the token, and answers for providers without") {
  ServeConfig config = TestServer::quiet();
  config.server.host = "0.0.0.0";
  config.control_token = "s3cret";
  TestServer other(TestServer::quiet());
  TestServer server(config);
  const std::string to = "127.0.0.1:" + std::to_string(other.port());
  const auto with = [&](const std::string& words) {
    RawClient another(server.port());
    another.send(connect_line(to, "Proxy-Authorization: " + words + "\r\n"));
    return another.read_reply(true).status;
  };
  RawClient client(server.port());
  const RawReply without = client.ask(connect_line(to));
  CHECK(without.status == 407);
  CHECK(without.header("proxy-authenticate") == "Basic realm=\"provider-emulator\"");
  CHECK(with("Basic " + base64("anybody:wrong")) == 407);
  CHECK(with("Basic !") == 407);
  CHECK(with("Bearer s3cret") == 407);
  CHECK(with("Basic " + base64("anybody:s3cret")) == 200);
  CHECK(with("basic " + base64(":s3cret")) == 200);
  RawClient provider(server.port());
  CHECK(opened(provider, "api.bfl.ai:443"));

  // The certificate is for everybody, the control API is not.
  httplib::Client visitor = patient_client(server.port());
  CHECK(visitor.Get("/_emulator/sandboxes")->status == 401);
  CHECK(visitor.Get("/_emulator/ca.pem")->status == 200);
  CHECK(visitor.Head("/_emulator/ca.pem")->status == 200);
  CHECK(visitor.Post("/_emulator/ca.pem", "", "text/plain")->status == 401);
}

TEST_CASE("an https:// address asked of a proxy is answered with https links") {
  TestServer server(TestServer::quiet());
  RawClient client(server.port());
  const std::string body = R"({"prompt":"a"})";
  const RawReply reply = client.ask(
      "POST https://api.bfl.ai/v1/flux-dev HTTP/1.1\r\nHost: api.bfl.ai\r\nX-Key: me\r\n"
      "Content-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  CHECK(text_in(reply.body, "/polling_url").starts_with("https://api.bfl.ai/"));
}

TEST_CASE("several ports are listened on, the first is named") {
  ServeConfig config = TestServer::quiet();
  config.server.more_ports = {0, 0};
  config.announce = true;
  TestServer server(config);
  CHECK(server.out() == "listening on http://127.0.0.1:" + std::to_string(server.port()) + "\n");
  CHECK(server.ports().size() == 3);
  for (const std::uint16_t port : server.ports()) {
    httplib::Client client = patient_client(port);
    REQUIRE(client.Get("/_emulator/health"));
    CHECK(client.Get("/_emulator/health")->status == 200);
  }
}

TEST_CASE(
    "the compose example gives the emulator every name of the providers, and starts as written") {
  std::ifstream file(DOCS "/compose.yaml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto read = yaml::load(text);
  REQUIRE(read);
  const yaml::Node* emulator = read->find("services")->find("emulator");
  REQUIRE(emulator != nullptr);
  std::set<std::string> aliases;
  for (const yaml::Node& one :
       emulator->find("networks")->find("providers")->find("aliases")->items)
    CHECK(aliases.insert(one.scalar).second);
  TestServer server(TestServer::quiet());
  std::set<std::string> known;
  for (const std::string& host : server.real_hosts())
    if (host.find('*') == std::string::npos) known.insert(host);
  CHECK(aliases == known);

  std::vector<std::string> words = {"provider-emulator"};
  for (const yaml::Node& one : emulator->find("command")->items) words.push_back(one.scalar);
  std::vector<const char*> argv;
  for (const std::string& word : words) argv.push_back(word.c_str());
  const auto config = read_config(static_cast<int>(argv.size()), argv.data());
  REQUIRE(config);
  CHECK(config->serve.server.port == 443);
  CHECK(config->serve.server.more_ports == std::vector<std::uint16_t>{80});
  CHECK(config->serve.reach.ca_dir == "/ca");
}

// What `ca`, and bad flags, say at a shell.
struct Said {
  int code = -1;
  std::string out, err;
};

Said typed_in(const ScratchFolder& folder, const std::string& line) {
  const std::string whole = "cd " + folder.path + "; E='" BINARY "'; { " + line + "\n} >" +
                            folder.at("out") + " 2>" + folder.at("err");
  const int status = std::system(whole.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, folder.read("out"), folder.read("err")};
}

TEST_CASE("ca prints the certificate, makes it once, and writes the forms programs take") {
  const ScratchFolder folder;
  const Said first = typed_in(folder, "$E ca --ca-dir ca");
  CHECK(first.code == 0);
  CHECK(first.out.starts_with("-----BEGIN CERTIFICATE-----"));
  CHECK(typed_in(folder, "$E ca --ca-dir ca").out == first.out);
  CHECK(typed_in(folder, "$E ca --ca-dir ca --path").out == "ca/ca.pem\n");
  CHECK(folder.read("ca/ca.pem") == first.out);
  CHECK(typed_in(folder, "XDG_DATA_HOME=$PWD/data $E ca --path").out ==
        folder.path + "/data/provider-emulator/ca.pem\n");

  folder.write("system.pem", folder.read("data/provider-emulator/ca.pem"));
  const Said forms = typed_in(
      folder, "SSL_CERT_FILE=system.pem $E ca --ca-dir ca --bundle all.pem --pkcs12 all.p12");
  CHECK(forms.code == 0);
  CHECK(forms.out.empty());
  CHECK(folder.read("all.pem") == folder.read("system.pem") + first.out);
  CHECK_FALSE(folder.read("all.p12").empty());
}

TEST_CASE("certificates and folders that will not do are said in one line") {
  const ScratchFolder folder;
  folder.write("file", "");
  folder.write("cert.pem", "nothing");
  REQUIRE(typed_in(folder, "$E ca --ca-dir ca; chmod 644 ca/ca-key.pem").code == 0);
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"$E ca --ca-dir file/below", "cannot be made"},
      {"$E ca --ca-dir ca", "chmod 600"},
      {"env -u HOME -u XDG_DATA_HOME $E ca", "HOME is not set"},
      {"$E ca --ca-dir other --bundle /nowhere/all.pem", "--bundle"},
      {"$E serve --port 0 --tls-cert cert.pem", "without --tls-key"},
      {"$E serve --port 0 --tls-key cert.pem", "without --tls-cert"},
      {"$E serve --port 0 --tls-cert cert.pem --tls-key cert.pem", "no PEM certificate"},
      {"$E serve --port 0 --tls-cert missing.pem --tls-key cert.pem", "missing.pem"},
      {"$E serve --port 0 --proxy-others 'a b'", "is no list of hosts"}};
  for (const auto& [line, part] : rows) {
    const auto& this_line = line;
    CAPTURE(this_line);
    const Said said = typed_in(folder, line);
    CHECK(said.code == 2);
    CHECK(said.out.empty());
    CHECK(said.err.find(part) != std::string::npos);
    CHECK(said.err.find('\n') == said.err.size() - 1);
  }
}

TEST_CASE("run leads its command here by variables and files, and leaves nothing behind") {
  const ScratchFolder folder;
  const Said said =
      typed_in(folder,
               "mkdir tmp; TMPDIR=$PWD/tmp $E run -- sh -c 'echo \"$HTTPS_PROXY "
               "$EMULATOR_INTERCEPT_ADDRESS\";"
               " ls \"$(dirname \"$EMULATOR_CA_FILE\")\"; grep -l PRIVATE.KEY -r tmp'; ls tmp");
  CHECK(said.out.find("ca.pem\n") != std::string::npos);
  CHECK(said.out.find("hook.cjs\n") != std::string::npos);
  CHECK(said.out.starts_with("http://127.0.0.1:"));
  CHECK(said.out.find("tmp/") == std::string::npos);  // no file with a key
  // The last `ls` shows an empty folder.
  CHECK(said.out.ends_with("trust.p12\n"));
  const Said off = typed_in(folder, "$E run --intercept off -- sh -c 'echo $EMULATOR_CA_FILE.'");
  CHECK(off.out == ".\n");
}

TEST_CASE("env --intercept prints what run sets, by files beside the CA's") {
  const ScratchFolder folder;
  const Said said =
      typed_in(folder, "$E env --intercept --ca-dir $PWD/ca --port 4321 --format json");
  REQUIRE(said.code == 0);
  const Json variables = Json::parse(said.out);
  CHECK(variables["HTTPS_PROXY"] == "http://127.0.0.1:4321");
  CHECK(variables["EMULATOR_CA_FILE"] == folder.path + "/ca/intercept/ca.pem");
  CHECK(folder.read("ca/intercept/ca.pem") == folder.read("ca/ca.pem"));
  CHECK_FALSE(folder.read("ca/intercept/bundle.pem").empty());
  CHECK_FALSE(typed_in(folder, "$E env --port 4321 --format json").out.find("HTTPS_PROXY") !=
              std::string::npos);
}

}  // namespace
}  // namespace emulator::test::TEST_FILE
