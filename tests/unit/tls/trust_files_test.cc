#include "emulator/tls/trust_files.h"

#include <doctest.h>

#include <ctime>

#include "emulator/tls/ca.h"
#include "emulator/tls/openssl.h"

namespace emulator::tls {
namespace {

std::string some_ca() {
  return (*Ca::make({"bfl.ai"}, static_cast<Seconds>(std::time(nullptr))))->certificate_pem();
}

TEST_CASE("certificates of several texts are joined, each once, without what stands between") {
  const std::string one = some_ca(), two = some_ca();
  const std::string joined = joined_pem({"# Mozilla's\n" + one + "junk\n" + two, one, "no PEM"});
  CHECK(certificates_in(joined) == 2);
  CHECK(joined == one + two);
  CHECK(joined_pem({""}).empty());
}

TEST_CASE("a bundle that is named goes before the system's, unless it is not there") {
  CHECK(system_bundle("/dev/null") != "/dev/null");
  CHECK(system_bundle("/etc/hostname") == "/etc/hostname");
}

TEST_CASE("the system's bundle stands in where OpenSSL's own places are not there") {
  CHECK(bundle_instead_of({"/no/such/cert.pem", "/no/such/certs"}) == system_bundle(""));
  CHECK(bundle_instead_of({"/no/such/cert.pem", "/etc"}).empty());
}

TEST_CASE("a trust store for Java holds every certificate, marked as trusted") {
  const std::string pem = some_ca() + some_ca();
  const std::string store = java_trust_store(pem, "changeit");
  const auto* data = reinterpret_cast<const unsigned char*>(store.data());
  const BundlePtr read(d2i_PKCS12(nullptr, &data, static_cast<long>(store.size())));
  REQUIRE(read);
  CHECK(PKCS12_verify_mac(read.get(), "changeit", -1) == 1);
  CHECK(PKCS12_verify_mac(read.get(), "wrong", -1) == 0);
  STACK_OF(X509)* found = nullptr;
  CHECK(PKCS12_parse(read.get(), "changeit", nullptr, nullptr, &found) == 1);
  CHECK(sk_X509_num(found) == 2);
  sk_X509_pop_free(found, X509_free);
  // The mark Java looks for, as DER writes its number.
  const std::string mark("\x06\x0c\x60\x86\x48\x01\x86\xf9\x66\xad\xca\x7b\x01\x01", 14);
  const auto first = store.find(mark);
  REQUIRE(first != std::string::npos);
  CHECK(store.find(mark, first + 1) != std::string::npos);
  CHECK(java_trust_store("nothing", "changeit").empty());
}

}  // namespace
}  // namespace emulator::tls
