#include "emulator/app/interception.h"

#include <doctest.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "emulator/app/proxy_before.h"
#include "emulator/tls/ca.h"
#include "emulator/tls/trust_files.h"

namespace emulator {
namespace {

std::map<std::string, std::string> laid_over(const Interception& made) {
  std::map<std::string, std::string> out = made.before;
  for (const Variable& one : interception_environment(made)) out[one.name] = one.value;
  return out;
}

std::string contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string fresh_ca() {
  return (*tls::Ca::make({"bfl.ai"}, static_cast<tls::Seconds>(std::time(nullptr))))
      ->certificate_pem();
}

TEST_CASE("an entry of NO_PROXY covers a host, a domain, or all") {
  CHECK(spares("bfl.ai", "api.bfl.ai"));
  CHECK(spares(".bfl.ai", "api.bfl.ai"));
  CHECK(spares("*.bfl.ai", "api.bfl.ai"));
  CHECK(spares("api.bfl.ai:443", "api.bfl.ai"));
  CHECK(spares("*", "api.bfl.ai"));
  CHECK_FALSE(spares("l.ai", "api.bfl.ai"));
  CHECK_FALSE(spares("", "api.bfl.ai"));
  CHECK_FALSE(spares("127.0.0.1", "api.bfl.ai"));
}

TEST_CASE("a NO_PROXY loses what covers providers, and nothing else") {
  const std::vector<std::string> hosts = {"api.bfl.ai", "delivery-*.bfl.ai", "fal.run"};
  CHECK(no_proxy_for("", hosts) == "127.0.0.1,localhost,::1");
  CHECK(no_proxy_for("internal.example, .bfl.ai,fal.run,10.0.0.0/8,localhost", hosts) ==
        "internal.example,10.0.0.0/8,127.0.0.1,localhost,::1");
  CHECK(no_proxy_for("*", hosts) == "127.0.0.1,localhost,::1");
  CHECK(no_proxy_for("delivery-eu1.bfl.ai,run", hosts) ==
        "delivery-eu1.bfl.ai,127.0.0.1,localhost,::1");
}

TEST_CASE("what is passed on goes by the proxy that was set before, but for hosts it spares") {
  std::vector<std::string> left_out;
  const ProxyBefore before = proxy_before("http://ada:s%20t@proxy.example:3128", "proxy.example",
                                          "intern.example", left_out);
  CHECK(left_out.empty());
  const auto* const secure = before.on_the_way("registry.example", true);
  REQUIRE(secure != nullptr);
  CHECK(secure->host == "proxy.example");
  CHECK(secure->port == 3128);
  CHECK(secure->authorization == "Basic YWRhOnMgdA==");
  REQUIRE(before.on_the_way("registry.example", false) != nullptr);
  CHECK(before.on_the_way("registry.example", false)->port == 80);
  CHECK(before.on_the_way("a.intern.example", true) == nullptr);
  CHECK(before.on_the_way("localhost", true) == nullptr);

  proxy_before("socks5://127.0.0.1:1080", "", "", left_out);
  CHECK(left_out == std::vector<std::string>{"socks5://127.0.0.1:1080"});
}

TEST_CASE("runtimes are led here by variables, and keep what they had") {
  Interception made;
  made.folder = "/tmp/a folder";
  made.url = "http://127.0.0.1:4242";
  made.hosts = {"api.bfl.ai", "delivery-*.bfl.ai"};
  made.before = {{"NODE_OPTIONS", "--enable-source-maps"},
                 {"PYTHONPATH", "src:lib"},
                 {"JAVA_TOOL_OPTIONS", "-Xmx1g"},
                 {"NO_PROXY", "bfl.ai,db.intern"}};
  const auto variables = laid_over(made);
  CHECK(variables.at("EMULATOR_INTERCEPT_ADDRESS") == "127.0.0.1:4242");
  CHECK(variables.at("EMULATOR_INTERCEPT_HOSTS") == "api.bfl.ai,delivery-*.bfl.ai");
  CHECK(variables.at("HTTPS_PROXY") == made.url);
  CHECK(variables.at("https_proxy") == made.url);
  CHECK(variables.at("NO_PROXY") == "db.intern,127.0.0.1,localhost,::1");
  CHECK(variables.at("NODE_OPTIONS") ==
        "--enable-source-maps --require=\"/tmp/a folder/hook.cjs\"");
  CHECK(variables.at("PYTHONPATH") == "/tmp/a folder/python:src:lib");
  CHECK(variables.at("JAVA_TOOL_OPTIONS").starts_with("-Xmx1g -Dhttps.proxyHost=127.0.0.1 "));
  CHECK(variables.at("JAVA_TOOL_OPTIONS")
            .find("\"-Djavax.net.ssl.trustStore=/tmp/a folder/trust.p12\"") != std::string::npos);
}

TEST_CASE("what was trusted before stays trusted, in every file") {
  auto folder = TemporaryFolder::make("");
  REQUIRE(folder);
  const std::string path = (*folder)->path();
  const std::string corporate = fresh_ca(), extra = fresh_ca(), own = fresh_ca();
  std::ofstream(path + "/corporate.pem") << corporate;
  std::ofstream(path + "/extra.pem") << "# ours\n" << extra;
  Interception made;
  made.folder = path;
  made.url = "http://127.0.0.1:1";
  made.ca_pem = own;
  made.before = {{"REQUESTS_CA_BUNDLE", path + "/corporate.pem"},
                 {"NODE_EXTRA_CA_CERTS", path + "/extra.pem"},
                 {"DENO_CERT", "/nowhere"}};
  CHECK(write_interception(made).empty());
  CHECK(write_interception(made).empty());  // again, over what is there
  const std::string bundle = contents(path + "/bundle.pem");
  CHECK(bundle.find(corporate) != std::string::npos);
  CHECK(bundle.find(own) != std::string::npos);
  CHECK(contents(path + "/node.pem") == extra + own);
  CHECK(contents(path + "/deno.pem") == own);
  CHECK(tls::certificates_in(contents(path + "/ca.pem")) == 1);
  CHECK(contents(path + "/hook.cjs").find("EMULATOR_INTERCEPT_HOSTS") != std::string::npos);
  CHECK_FALSE(contents(path + "/python/sitecustomize.py").empty());
  CHECK_FALSE(contents(path + "/trust.p12").empty());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
    if (entry.is_regular_file())
      CHECK(contents(entry.path()).find("PRIVATE KEY") == std::string::npos);

  made.folder = path + "/missing";
  CHECK(write_interception(made).find("/missing/python: ") != std::string::npos);
}

TEST_CASE("a temporary folder is its owner's, and goes with all that is in it") {
  std::string path;
  {
    auto folder = TemporaryFolder::make("");
    REQUIRE(folder);
    path = (*folder)->path();
    struct stat about {};
    REQUIRE(::stat(path.c_str(), &about) == 0);
    CHECK((about.st_mode & 07777) == 0700);
    std::filesystem::create_directory(path + "/below");
    std::ofstream(path + "/below/file") << "x";
  }
  CHECK_FALSE(std::filesystem::exists(path));
  const auto none = TemporaryFolder::make("/nowhere");
  REQUIRE_FALSE(none);
  CHECK(none.error().find("TMPDIR") != std::string::npos);
}

}  // namespace
}  // namespace emulator
