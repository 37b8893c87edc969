#include "emulator/tls/identities.h"

#include <doctest.h>

#include <ctime>

#include "emulator/tls/names.h"
#include "tests/unit/tls/pair.h"

namespace emulator::tls {
namespace {

using test::TlsPair;

Seconds wall_now() { return static_cast<Seconds>(std::time(nullptr)); }

// Identities of a server that goes by everything below bfl.ai and localhost, and what they said.
struct Stage {
  explicit Stage(std::size_t most = 1'000, std::string certificate = "", std::string key = "")
      : identities({[this]() -> Result<std::shared_ptr<const Ca>, std::string> {
                      ++asked;
                      if (!ca) return Failure{std::string("no folder")};
                      return ca;
                    },
                    [](std::string_view name) {
                      return is_within(name, "bfl.ai") || is_within(name, "localhost") ||
                             name == "emulator";
                    },
                    [this] { return now; },
                    [this](const std::string& line) { said.push_back(line); }, most,
                    std::move(certificate), std::move(key)}) {
    ca = *Ca::make({"bfl.ai"}, now);
  }
  TlsPair::Wishes trusting(const std::string& name = "api.bfl.ai") const {
    TlsPair::Wishes out;
    out.name = name;
    out.trust = ca->certificate_pem();
    return out;
  }

  Seconds now = wall_now();
  std::shared_ptr<const Ca> ca;
  int asked = 0;
  std::vector<std::string> said;
  Identities identities;
};

TEST_CASE("a client that trusts the CA is shown a certificate for the name it asks for") {
  Stage stage;
  CHECK(stage.asked == 0);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsPair::Wishes wishes = stage.trusting();
    wishes.oldest = wishes.newest = version;
    TlsPair pair(stage.identities, wishes);
    REQUIRE(pair.shake());
    CHECK(pair.server().name() == "api.bfl.ai");
    CHECK(pair.names_shown() == std::vector<std::string>{"api.bfl.ai"});
    pair.client_says("ping");
    CHECK(pair.heard == "ping");
    pair.server_says("pong");
    CHECK(pair.client_hears() == "pong");
  }
  CHECK(stage.asked == 1);
  CHECK(stage.identities.figures().certificates == 1);
  CHECK(stage.said.empty());
}

TEST_CASE("names are compared without case, and with or without the dot at their end") {
  Stage stage;
  for (const char* const name : {"API.bfl.AI", "api.bfl.ai."}) {
    TlsPair::Wishes wishes;
    wishes.name = name;
    TlsPair pair(stage.identities, wishes);
    CHECK(pair.shake());
    CHECK(pair.server().name() == "api.bfl.ai");
  }
  CHECK(stage.identities.figures().certificates == 1);
}

TEST_CASE("a client that names nobody is shown the address it came to") {
  Stage stage;
  for (const std::string local : {"127.0.0.1", "::1"}) {
    CAPTURE(local);
    TlsPair pair(stage.identities, stage.trusting(""), local);
    CHECK(pair.shake());
    CHECK(pair.names_shown().size() == 2);
    CHECK(pair.names_shown().front() == "localhost");
  }
  CHECK(stage.said.empty());
}

TEST_CASE("an address the CA may not vouch for is served, and said not to be trusted") {
  Stage stage;
  TlsPair pair(stage.identities, stage.trusting(""), "172.18.0.2");
  CHECK_FALSE(pair.shake());
  CHECK(pair.verdict() == X509_V_ERR_PERMITTED_VIOLATION);
  REQUIRE(stage.said.size() == 2);
  CHECK(stage.said[0].find("172.18.0.2") != std::string::npos);
  CHECK(stage.said[0].find("--tls-cert") != std::string::npos);
}

TEST_CASE("a handshake for a foreign name ends with unrecognized_name and one line") {
  Stage stage;
  for (int i = 0; i < 3; ++i) {
    TlsPair pair(stage.identities, stage.trusting("example.com"));
    CHECK_FALSE(pair.shake());
    CHECK(pair.client_error.find("unrecognized name") != std::string::npos);
    CHECK(pair.server_failed);
  }
  REQUIRE(stage.said.size() == 1);
  CHECK(stage.said[0].find("\"example.com\"") != std::string::npos);
  CHECK(stage.identities.figures().certificates == 0);
}

TEST_CASE("what is no host name is refused as foreign, and shown without its odd bytes") {
  Stage stage;
  TlsPair pair(stage.identities, stage.trusting("a\x01 b.bfl.ai"));
  CHECK_FALSE(pair.shake());
  REQUIRE(stage.said.size() == 1);
  CHECK(stage.said[0].find("a? b.bfl.ai") != std::string::npos);
}

TEST_CASE("of many foreign names no more than a hundred are said") {
  Stage stage;
  for (int i = 0; i < 150; ++i) {
    TlsPair pair(stage.identities, stage.trusting("h" + std::to_string(i) + ".example.com"));
    pair.shake();
  }
  CHECK(stage.said.size() == 100);
}

TEST_CASE("a client that does not trust the CA is said so, once") {
  Stage stage;
  for (int i = 0; i < 2; ++i) {
    TlsPair::Wishes wishes = stage.trusting();
    wishes.trust = (*Ca::make({"bfl.ai"}, wall_now()))->certificate_pem();
    TlsPair pair(stage.identities, wishes);
    CHECK_FALSE(pair.shake());
  }
  REQUIRE(stage.said.size() == 1);
  CHECK(stage.said[0].find("does not trust the certificate for api.bfl.ai") != std::string::npos);
}

TEST_CASE("a client without TLS 1.2 is refused") {
  Stage stage;
  TlsPair::Wishes wishes = stage.trusting();
  wishes.oldest = TLS1_VERSION;
  wishes.newest = TLS1_1_VERSION;
  TlsPair pair(stage.identities, wishes);
  CHECK_FALSE(pair.shake());
  REQUIRE(stage.said.size() == 1);
  CHECK(stage.said[0].find("this server speaks 1.2 and 1.3") != std::string::npos);
}

TEST_CASE("of the protocols offered HTTP/1.1 is taken, and without it nothing") {
  Stage stage;
  TlsPair::Wishes wishes = stage.trusting();
  wishes.protocols = "\x02h2\x08http/1.1";
  TlsPair both(stage.identities, wishes);
  REQUIRE(both.shake());
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(both.client(), &chosen, &size);
  CHECK(std::string(reinterpret_cast<const char*>(chosen), size) == "http/1.1");

  wishes.protocols = "\x02h2";
  TlsPair other(stage.identities, wishes);
  CHECK_FALSE(other.shake());
  CHECK(other.client_error.find("no application protocol") != std::string::npos);
  CHECK(stage.said.size() == 1);
}

TEST_CASE("a session is taken up again by its ticket") {
  Stage stage;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    TlsPair::Wishes wishes = stage.trusting();
    wishes.oldest = wishes.newest = version;
    TlsPair first(stage.identities, wishes);
    REQUIRE(first.shake());
    CHECK_FALSE(first.server().resumed());
    first.server_says("x");
    first.client_hears();
    wishes.again = SSL_get1_session(first.client());
    TlsPair second(stage.identities, wishes);
    REQUIRE(second.shake());
    CHECK(second.server().resumed());
    SSL_SESSION_free(wishes.again);
  }
  CHECK(stage.identities.figures().handshakes == 4);
  CHECK(stage.identities.figures().resumed == 2);
}

TEST_CASE("certificates are kept up to a bound, the longest unused going first") {
  Stage stage(3);
  for (const char* const name : {"a.bfl.ai", "b.bfl.ai", "c.bfl.ai", "a.bfl.ai", "d.bfl.ai"}) {
    TlsPair pair(stage.identities, stage.trusting(name));
    CHECK(pair.shake());
  }
  CHECK(stage.identities.figures().certificates == 3);
}

TEST_CASE("a certificate that has been used for long is made anew") {
  Stage stage;
  const auto shown_now = [&] {
    TlsPair pair(stage.identities, stage.trusting());
    REQUIRE(pair.shake());
    const CertPtr shown(SSL_get1_peer_certificate(pair.client()));
    return pem_of(*shown);
  };
  const std::string first = shown_now();
  CHECK(shown_now() == first);
  stage.now += 31L * 24 * 60 * 60;
  // Its times are those of the stage's clock, so it is compared only, not judged.
  TlsPair pair(stage.identities, {.name = "api.bfl.ai", .trust = "", .protocols = ""});
  CHECK(pair.shake());
  const CertPtr shown(SSL_get1_peer_certificate(pair.client()));
  CHECK(pem_of(*shown) != first);
}

TEST_CASE("without a CA there is no session, which is said once; later it is asked again") {
  Stage stage;
  const auto ca = std::exchange(stage.ca, nullptr);
  CHECK(stage.identities.begin("127.0.0.1") == nullptr);
  CHECK(stage.identities.begin("127.0.0.1") == nullptr);
  REQUIRE(stage.said.size() == 1);
  CHECK(stage.said[0].find("no folder") != std::string::npos);
  stage.ca = ca;
  CHECK(stage.identities.begin("127.0.0.1") != nullptr);
}

TEST_CASE("the user's own certificate is shown for every name") {
  const auto own = *Ca::make({"emulator.example.com"}, wall_now());
  const KeyPtr key = new_p256_key();
  const CertPtr leaf(own->issue({{"emulator.example.com"}, {}}, *key, wall_now()));
  Stage stage(10, pem_of(*leaf) + own->certificate_pem(), pem_of(*key));
  TlsPair::Wishes wishes;
  wishes.name = "emulator.example.com";
  wishes.trust = own->certificate_pem();
  TlsPair pair(stage.identities, wishes);
  CHECK(pair.shake());
  CHECK(stage.asked == 0);

  CHECK(Identities::problem(pem_of(*leaf), pem_of(*key)).empty());
  CHECK(Identities::problem("", pem_of(*key)) == "there is no PEM certificate in it");
  CHECK(Identities::problem(pem_of(*leaf), "").find("--tls-key") != std::string::npos);
  CHECK(Identities::problem(pem_of(*leaf), pem_of(*new_p256_key())).find("is not the key") !=
        std::string::npos);
}

TEST_CASE("what is no TLS behind a hello ends the session, and a cut hello is waited for") {
  Stage stage;
  TlsPair pair(stage.identities, stage.trusting());
  SSL_do_handshake(pair.client());
  char* data = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(pair.client()), &data);
  REQUIRE(size > 20);
  for (long i = 0; i < size; ++i) {
    pair.raw_to_server({data + i, 1});
    REQUIRE_FALSE(pair.server_failed);
  }
  pair.raw_to_server("GET / HTTP/1.1\r\nHost: api.bfl.ai\r\n\r\n");
  CHECK(pair.server_failed);
  CHECK(stage.said.size() == 1);
}

TEST_CASE("a client cannot have hands shaken anew in the middle of a session") {
  Stage stage;
  TlsPair::Wishes wishes = stage.trusting();
  wishes.newest = TLS1_2_VERSION;
  TlsPair pair(stage.identities, wishes);
  REQUIRE(pair.shake());
  SSL_renegotiate(pair.client());
  SSL_do_handshake(pair.client());
  pair.pass_on();
  SSL_do_handshake(pair.client());
  CHECK(tls::openssl_error().find("no renegotiation") != std::string::npos);
  CHECK(stage.identities.figures().handshakes == 1);
}

TEST_CASE("large texts pass whole in both directions") {
  Stage stage;
  TlsPair pair(stage.identities, stage.trusting());
  REQUIRE(pair.shake());
  std::string large(300'000, 'x');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i % 23);
  pair.client_says(large);
  CHECK(pair.heard == large);
  pair.server_says(large);
  CHECK(pair.client_hears() == large);
}

TEST_CASE("both sides can say that they send no more") {
  Stage stage;
  TlsPair pair(stage.identities, stage.trusting());
  REQUIRE(pair.shake());
  SSL_shutdown(pair.client());
  pair.pass_on();
  CHECK(pair.server_ended);
  CHECK_FALSE(pair.server_failed);
  std::string out;
  pair.server().say_goodbye(out);
  CHECK_FALSE(out.empty());
}

}  // namespace
}  // namespace emulator::tls
