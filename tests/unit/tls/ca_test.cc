#include "emulator/tls/ca.h"

#include <doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "emulator/tls/ca_folder.h"
#include "emulator/tls/names.h"
#include "tests/unit/tls/pair.h"

namespace emulator::tls {
namespace {

using test::judged;

// Certificates are judged by the machine's clock.
Seconds wall() { return static_cast<Seconds>(std::time(nullptr)); }

std::shared_ptr<const Ca> new_ca(const std::vector<std::string>& domains = {
                                     "bfl.ai", "d2p7pge43lyniu.cloudfront.net"}) {
  auto made = Ca::make(domains, wall());
  REQUIRE(made);
  return *made;
}

int judged_as(const Ca& ca, const Ca::Subject& subject, const std::string& name, long flags = 0) {
  const KeyPtr key = new_p256_key();
  const CertPtr made(ca.issue(subject, *key, wall()));
  REQUIRE(made);
  return judged(*made, ca.certificate_pem(), name, flags);
}

// A folder that goes with the test.
struct Folder {
  Folder() {
    char form[] = "/tmp/emulator-ca-XXXXXX";
    path = ::mkdtemp(form);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

mode_t rights_of(const std::string& path) {
  struct stat about {};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  return about.st_mode & 07777;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  ::chmod(path.c_str(), 0600);
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("a CA vouches for the domains it was made for, strict clients say so too") {
  const auto ca = new_ca();
  for (const std::string name :
       {"api.bfl.ai", "bfl.ai", "delivery-eu1.bfl.ai", "d2p7pge43lyniu.cloudfront.net", "localhost",
        "queue.fal.localhost"}) {
    CAPTURE(name);
    CHECK(judged_as(*ca, {{name}, {}}, name) == X509_V_OK);
    CHECK(judged_as(*ca, {{name}, {}}, name, X509_V_FLAG_X509_STRICT) == X509_V_OK);
    CHECK(ca->may_vouch_for(name));
  }
  CHECK(judged_as(*ca, {{}, {"127.0.0.1"}}, "127.0.0.1", X509_V_FLAG_X509_STRICT) == X509_V_OK);
  CHECK(judged_as(*ca, {{"localhost"}, {"::1"}}, "::1", X509_V_FLAG_X509_STRICT) == X509_V_OK);
  CHECK(ca->may_vouch_for("127.0.0.1"));
  CHECK(ca->may_vouch_for("::1"));
}

TEST_CASE("what a CA signs for any other name is refused by whoever trusts it") {
  const auto ca = new_ca();
  for (const std::string name :
       {"example.com", "notbfl.ai", "bfl.ai.example.com", "another.cloudfront.net",
        "cloudfront.net", "localhost.example.com"}) {
    CAPTURE(name);
    CHECK(judged_as(*ca, {{name}, {}}, name) == X509_V_ERR_PERMITTED_VIOLATION);
    CHECK_FALSE(ca->may_vouch_for(name));
  }
  // Nor does a good name make up for a bad one beside it.
  CHECK(judged_as(*ca, {{"api.bfl.ai", "example.com"}, {}}, "api.bfl.ai") ==
        X509_V_ERR_PERMITTED_VIOLATION);
  for (const std::string address : {"10.0.0.1", "128.0.0.1", "::2", "2001:db8::1"}) {
    CAPTURE(address);
    CHECK(judged_as(*ca, {{}, {address}}, address) == X509_V_ERR_PERMITTED_VIOLATION);
    CHECK_FALSE(ca->may_vouch_for(address));
  }
}

TEST_CASE("what a CA signed vouches for nobody else, and not for code or mail") {
  const auto ca = new_ca();
  const KeyPtr key = new_p256_key();
  const CertPtr leaf(ca->issue({{"api.bfl.ai"}, {}}, *key, wall()));
  CHECK(X509_check_ca(leaf.get()) == 0);
  CHECK(X509_check_purpose(leaf.get(), X509_PURPOSE_SSL_SERVER, 0) == 1);
  CHECK(X509_check_purpose(leaf.get(), X509_PURPOSE_SMIME_SIGN, 0) == 0);
  CHECK(X509_check_purpose(leaf.get(), X509_PURPOSE_SSL_CLIENT, 0) == 0);
}

TEST_CASE("a CA that was kept vouches as before") {
  const auto ca = new_ca();
  const auto read = Ca::read(ca->certificate_pem(), ca->key_pem(), wall());
  REQUIRE(read);
  CHECK((*read)->domains() == ca->domains());
  const KeyPtr key = new_p256_key();
  const CertPtr leaf((*read)->issue({{"api.bfl.ai"}, {}}, *key, wall()));
  CHECK(judged(*leaf, ca->certificate_pem(), "api.bfl.ai") == X509_V_OK);
}

TEST_CASE("a file that holds no CA made here says what it is") {
  const auto ca = new_ca();
  const auto other = new_ca();
  const auto problem = [&](const std::string& certificate, const std::string& key, Seconds now) {
    const auto read = Ca::read(certificate, key, now);
    return read ? std::string() : read.error();
  };
  CHECK(problem("", "", wall()) == "there is no certificate in it");
  CHECK(problem(ca->certificate_pem(), "", wall()) == "its key cannot be read");
  CHECK(problem(ca->certificate_pem(), other->key_pem(), wall()) ==
        "the key beside it belongs to another certificate");
  constexpr Seconds kEleven = 11ll * 365 * 24 * 60 * 60;
  CHECK(problem(ca->certificate_pem(), ca->key_pem(), wall() + kEleven).starts_with("it expired"));
  CHECK(problem(ca->certificate_pem(), ca->key_pem(), wall() - kEleven)
            .starts_with("it begins to be good only on"));
  const KeyPtr key = new_p256_key();
  const CertPtr leaf(ca->issue({{"api.bfl.ai"}, {}}, *key, wall()));
  CHECK(problem(pem_of(*leaf), pem_of(*key), wall()).starts_with("it is no certificate that was"));
}

TEST_CASE("a CA has a domain for every host, and of shared domains the host alone") {
  CHECK(domains_of({"api.bfl.ai", "api.*.bfl.ai", "delivery-*.bfl.ai", "bfl.localhost",
                    "bfldeliverysc.blob.core.windows.net", "fal.run", "queue.fal.run",
                    "d2p7pge43lyniu.cloudfront.net", "*.cloudfront.net", "images.acme.co.uk",
                    "*.com", "localhost"}) ==
        std::vector<std::string>{"bfl.ai", "bfldeliverysc.blob.core.windows.net", "fal.run",
                                 "d2p7pge43lyniu.cloudfront.net", "acme.co.uk"});
}

TEST_CASE("a CA is made in its folder once, readable by its owner alone") {
  const Folder home;
  const std::string folder = home.path + "/below/provider-emulator";
  const auto first = ca_in(folder, {"bfl.ai"}, wall());
  REQUIRE(first);
  CHECK(rights_of(folder) == 0700);
  CHECK(rights_of(folder + "/ca-key.pem") == 0600);
  CHECK(rights_of(folder + "/ca.pem") == 0644);
  CHECK(certificate_file(folder) == folder + "/ca.pem");
  CHECK(text_of(folder + "/ca.pem") == (*first)->certificate_pem());
  const auto second = ca_in(folder, {"other.ai"}, wall());
  REQUIRE(second);
  CHECK((*second)->certificate_pem() == (*first)->certificate_pem());
  // Nothing else is left there.
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 2);
}

TEST_CASE("several who make a CA at the same time get the same") {
  const Folder home;
  std::vector<std::string> got(8);
  std::vector<std::thread> many;
  for (std::string& one : got)
    many.emplace_back([&one, &home] {
      const auto ca = ca_in(home.path + "/ca", {"bfl.ai"}, wall());
      if (ca) one = (*ca)->certificate_pem();
    });
  for (std::thread& one : many) one.join();
  CHECK_FALSE(got.front().empty());
  for (const std::string& one : got) CHECK(one == got.front());
}

TEST_CASE("a folder that will not do is named with what is wrong and what helps") {
  const Folder home;
  const std::string folder = home.path + "/ca";
  const auto problem = [&](const std::string& at) {
    const auto ca = ca_in(at, {"bfl.ai"}, wall());
    return ca ? std::string() : ca.error();
  };
  REQUIRE(problem(folder).empty());
  const std::string good = text_of(folder + "/ca.pem");
  const std::string key = text_of(folder + "/ca-key.pem");

  ::chmod((folder + "/ca-key.pem").c_str(), 0644);
  CHECK(problem(folder).find("chmod 600 " + folder + "/ca-key.pem") != std::string::npos);
  ::chmod((folder + "/ca-key.pem").c_str(), 0600);

  std::filesystem::remove(folder + "/ca-key.pem");
  CHECK(problem(folder).find("ca-key.pem is missing") != std::string::npos);
  write(folder + "/ca-key.pem", new_ca()->key_pem());
  CHECK(problem(folder).find("belongs to another certificate") != std::string::npos);
  write(folder + "/ca-key.pem", key);
  write(folder + "/ca.pem", "nothing");
  CHECK(problem(folder).find("there is no certificate in it; remove it") != std::string::npos);
  write(folder + "/ca.pem", good);
  CHECK(problem(folder).empty());

  write(home.path + "/file", "");
  CHECK(problem(home.path + "/file").find("--ca-dir") != std::string::npos);
  CHECK(problem(home.path + "/file/below").find("cannot be made") != std::string::npos);
  CHECK(problem("").find("HOME is not set") != std::string::npos);
  // A pipe is not waited for.
  std::filesystem::remove(folder + "/ca.pem");
  REQUIRE(::mkfifo((folder + "/ca.pem").c_str(), 0600) == 0);
  CHECK(problem(folder).find("cannot be read") != std::string::npos);
}

TEST_CASE("the folder of a CA is where the system keeps data of its user") {
  CHECK(default_ca_folder("/data", "/home/ada") == "/data/provider-emulator");
  CHECK(default_ca_folder("", "/home/ada") == "/home/ada/.local/share/provider-emulator");
  CHECK(default_ca_folder("relative", "/home/ada") == "/home/ada/.local/share/provider-emulator");
  CHECK(default_ca_folder("", "").empty());
}

}  // namespace
}  // namespace emulator::tls
