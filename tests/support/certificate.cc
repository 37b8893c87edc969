#include "tests/support/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "emulator/http/address.h"

namespace emulator::test {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    Free(thing);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Freed<X509_free>>;

struct Closed {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

void need(bool good) {
  if (!good) throw std::runtime_error("the certificate cannot be made");
}

void name_it(X509* cert, const std::string& host) {
  const std::string names = (http::parse_address(host) ? "IP:" : "DNS:") + host;
  X509V3_CTX context;
  X509V3_set_ctx(&context, cert, cert, nullptr, nullptr, 0);
  for (const auto& [kind, value] :
       {std::pair<int, std::string>{NID_subject_alt_name, names},
        std::pair<int, std::string>{NID_basic_constraints, "critical,CA:TRUE"}}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    need(extension != nullptr);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
  }
}

}  // namespace

Certificate::Certificate(const std::string& host) {
  std::string pattern = (std::filesystem::temp_directory_path() / "emulator-XXXXXX").string();
  need(mkdtemp(pattern.data()) != nullptr);
  folder_ = pattern;
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  const Cert cert(X509_new());
  need(key && cert);
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 24L * 3600);
  X509_set_pubkey(cert.get(), key.get());
  const std::string common = "emulator test";
  X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common.data()),
                             static_cast<int>(common.size()), -1, 0);
  X509_set_issuer_name(cert.get(), X509_get_subject_name(cert.get()));
  name_it(cert.get(), host);
  need(X509_sign(cert.get(), key.get(), EVP_sha256()) > 0);

  const std::unique_ptr<std::FILE, Closed> cert_to(std::fopen(file().c_str(), "w"));
  const std::unique_ptr<std::FILE, Closed> key_to(std::fopen(key_file().c_str(), "w"));
  need(cert_to && key_to && PEM_write_X509(cert_to.get(), cert.get()) == 1 &&
       PEM_write_PrivateKey(key_to.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
}

Certificate::~Certificate() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

}  // namespace emulator::test
