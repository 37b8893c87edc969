#include "emulator/tls/trust_files.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <array>
#include <set>

#include "emulator/tls/openssl.h"

namespace emulator::tls {
namespace {

// Where systems keep all they trust in one file: Debian, Red Hat, SUSE, Alpine and the BSDs, macOS.
constexpr std::array<const char*, 6> kPlaces = {"/etc/ssl/certs/ca-certificates.crt",
                                                "/etc/pki/tls/certs/ca-bundle.crt",
                                                "/etc/ssl/ca-bundle.pem",
                                                "/etc/ssl/cert.pem",
                                                "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                                                "/usr/local/share/certs/ca-root-nss.crt"};

bool is_file(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

// The next certificate in armour, taken off the front of `text`; "" at the end.
std::string_view next_certificate(std::string_view& text) {
  const auto from = text.find(kBegin);
  const auto to = from == std::string_view::npos ? from : text.find(kEnd, from);
  if (to == std::string_view::npos) return {};
  const std::string_view out = text.substr(from, to + kEnd.size() - from);
  text.remove_prefix(to + kEnd.size());
  return out;
}

// The mark by which Java knows that a certificate without a key is trusted, for any purpose: the
// attribute `trustedKeyUsage` of Oracle's with `anyExtendedKeyUsage` (RFC 5280, 4.2.1.12).
bool mark_trusted(PKCS12_SAFEBAG& bag) {
  // OpenSSL 3.0 has no way to put an attribute into a bag but to add it to its list, which it shows
  // as one not to be changed.
  auto* const list = const_cast<STACK_OF(X509_ATTRIBUTE)*>(PKCS12_SAFEBAG_get0_attrs(&bag));
  ASN1_OBJECT* const kind = OBJ_txt2obj("2.16.840.1.113894.746875.1.1", 1);
  ASN1_OBJECT* const purpose = OBJ_txt2obj("2.5.29.37.0", 1);
  X509_ATTRIBUTE* const made =
      list != nullptr && kind != nullptr && purpose != nullptr
          ? X509_ATTRIBUTE_create_by_OBJ(nullptr, kind, V_ASN1_OBJECT, purpose, -1)
          : nullptr;
  ASN1_OBJECT_free(kind);
  // The attribute holds the purpose from here on.
  if (made == nullptr) ASN1_OBJECT_free(purpose);
  if (made != nullptr && sk_X509_ATTRIBUTE_push(list, made) > 0) return true;
  X509_ATTRIBUTE_free(made);
  return false;
}

using Bags =
    std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), decltype([](STACK_OF(PKCS12_SAFEBAG) * bags) {
                      sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
                    })>;

bool add(STACK_OF(PKCS12_SAFEBAG) & bags, X509& certificate, std::size_t number) {
  PKCS12_SAFEBAG* const bag = PKCS12_SAFEBAG_create_cert(&certificate);
  if (bag == nullptr) return false;
  const std::string alias = "ca-" + std::to_string(number);
  if (PKCS12_add_friendlyname_utf8(bag, alias.c_str(), static_cast<int>(alias.size())) == 1 &&
      mark_trusted(*bag) && sk_PKCS12_SAFEBAG_push(&bags, bag) > 0)
    return true;
  PKCS12_SAFEBAG_free(bag);
  return false;
}

}  // namespace

std::string system_bundle(const std::string& named) {
  if (!named.empty() && is_file(named)) return named;
  for (const char* const place : kPlaces)
    if (is_file(place)) return place;
  return "";
}

std::string bundle_instead_of(const std::vector<std::string>& places) {
  for (const std::string& place : places) {
    struct stat about {};
    if (::stat(place.c_str(), &about) == 0) return "";
  }
  return system_bundle("");
}

std::string joined_pem(const std::vector<std::string>& texts) {
  std::string out;
  std::set<std::string_view> known;
  for (std::string_view text : texts)
    for (std::string_view one = next_certificate(text); !one.empty(); one = next_certificate(text))
      if (known.insert(one).second) out.append(one) += '\n';
  return out;
}

std::size_t certificates_in(std::string_view pem) {
  std::size_t out = 0;
  while (!next_certificate(pem).empty()) ++out;
  return out;
}

std::string java_trust_store(std::string_view pem, const std::string& password) {
  const Bags bags(sk_PKCS12_SAFEBAG_new_null());
  std::size_t number = 0;
  for (std::string_view one = next_certificate(pem); !one.empty(); one = next_certificate(pem)) {
    // The system's lists hold some that OpenSSL does not read; Java would not either.
    const CertPtr certificate = certificate_in(one);
    if (certificate && !add(*bags, *certificate, number++)) return "";
  }
  if (number == 0) return "";
  PKCS7* const content = PKCS12_pack_p7data(bags.get());
  STACK_OF(PKCS7)* const all = sk_PKCS7_new_null();
  sk_PKCS7_push(all, content);
  const BundlePtr store(PKCS12_add_safes(all, 0));
  sk_PKCS7_pop_free(all, PKCS7_free);
  // SHA-1, because Java before 11.0.12 checks no other; what it protects is public.
  if (!store || PKCS12_set_mac(store.get(), password.c_str(), static_cast<int>(password.size()),
                               nullptr, 0, 2048, EVP_sha1()) != 1) {
    ERR_clear_error();
    return "";
  }
  unsigned char* der = nullptr;
  const int size = i2d_PKCS12(store.get(), &der);
  std::string out;
  if (size > 0) out.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

}  // namespace emulator::tls
