#include "emulator/tls/ca.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "emulator/tls/names.h"
#include "emulator/tls/openssl.h"

namespace emulator::tls {
namespace {

constexpr Seconds kDay = Seconds{24} * 60 * 60;
constexpr Seconds kCaDays = 3650;
constexpr Seconds kLeafDays = 90;
// Clocks of containers and machines beside each other differ a little.
constexpr Seconds kEarlier = kDay;
constexpr const char* kOrganization = "provider-emulator";

bool name_field(X509_NAME* name, const char* field, const std::string& text) {
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()), -1, 0) == 1;
}

bool set_serial(X509& certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);  // positive, all of its bytes
  BIGNUM* const number = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  const bool set = number != nullptr &&
                   BN_to_ASN1_INTEGER(number, X509_get_serialNumber(&certificate)) != nullptr;
  BN_free(number);
  return set;
}

bool set_times(X509& certificate, Seconds from, Seconds to) {
  return ASN1_TIME_set(X509_getm_notBefore(&certificate), static_cast<time_t>(from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(&certificate), static_cast<time_t>(to)) != nullptr;
}

// An extension in the words of OpenSSL's configuration files.
bool extend(X509& certificate, X509& issuer, int kind, const std::string& words) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  X509_EXTENSION* const made = X509V3_EXT_conf_nid(nullptr, &context, kind, words.c_str());
  const bool added = made != nullptr && X509_add_ext(&certificate, made, -1) == 1;
  X509_EXTENSION_free(made);
  return added;
}

std::string constraints_for(const std::vector<std::string>& domains) {
  std::string out =
      "critical,permitted;IP:127.0.0.0/255.0.0.0,"
      "permitted;IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,permitted;DNS:localhost";
  for (const std::string& domain : domains) out += ",permitted;DNS:" + domain;
  return out;
}

// The permitted DNS names of a certificate; empty when it has no constraints at all.
std::vector<std::string> constrained_to(X509& certificate) {
  std::vector<std::string> out;
  auto* const found = static_cast<NAME_CONSTRAINTS*>(
      X509_get_ext_d2i(&certificate, NID_name_constraints, nullptr, nullptr));
  if (found == nullptr) return out;
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(found->permittedSubtrees); ++i) {
    const GENERAL_NAME* const base = sk_GENERAL_SUBTREE_value(found->permittedSubtrees, i)->base;
    if (base->type != GEN_DNS) continue;
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(base->d.dNSName)),
                     static_cast<std::size_t>(ASN1_STRING_length(base->d.dNSName)));
  }
  NAME_CONSTRAINTS_free(found);
  return out;
}

// Eight digits that tell one such CA from another in a list of certificates.
std::string mark_of(EVP_PKEY& key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(&key, &der);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  if (size > 0)
    EVP_Digest(der, static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  char text[9];
  std::snprintf(text, sizeof text, "%02x%02x%02x%02x", digest[0], digest[1], digest[2], digest[3]);
  return text;
}

bool fill_ca(X509& made, EVP_PKEY& key, const std::vector<std::string>& domains, Seconds now) {
  X509_NAME* const name = X509_get_subject_name(&made);
  return X509_set_version(&made, X509_VERSION_3) == 1 && set_serial(made) &&
         set_times(made, now - kEarlier, now + kCaDays * kDay) &&
         name_field(name, "O", kOrganization) &&
         name_field(name, "CN", "provider-emulator CA " + mark_of(key)) &&
         X509_set_issuer_name(&made, name) == 1 && X509_set_pubkey(&made, &key) == 1 &&
         extend(made, made, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
         extend(made, made, NID_key_usage, "critical,keyCertSign,cRLSign") &&
         extend(made, made, NID_ext_key_usage, "serverAuth") &&
         extend(made, made, NID_subject_key_identifier, "hash") &&
         extend(made, made, NID_authority_key_identifier, "keyid:always") &&
         extend(made, made, NID_name_constraints, constraints_for(domains)) &&
         X509_sign(&made, &key, EVP_sha256()) != 0;
}

std::string alternative_names(const Ca::Subject& subject) {
  std::string out;
  for (const std::string& name : subject.names) out += (out.empty() ? "DNS:" : ",DNS:") + name;
  for (const std::string& one : subject.addresses) out += (out.empty() ? "IP:" : ",IP:") + one;
  return out;
}

}  // namespace

Ca::Ca(X509* certificate, EVP_PKEY* key)
    : certificate_(certificate),
      key_(key),
      pem_(pem_of(*certificate)),
      domains_(constrained_to(*certificate)) {}

Ca::~Ca() {
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

Result<std::shared_ptr<const Ca>, std::string> Ca::make(const std::vector<std::string>& domains,
                                                        Seconds now) {
  KeyPtr key = new_p256_key();
  CertPtr made(X509_new());
  if (!key || !made || !fill_ca(*made, *key, domains, now))
    return Failure{"no certificate can be made: " + openssl_error()};
  return std::shared_ptr<const Ca>(new Ca(made.release(), key.release()));
}

Result<std::shared_ptr<const Ca>, std::string> Ca::read(std::string_view certificate_pem,
                                                        std::string_view key_pem, Seconds now) {
  CertPtr certificate = certificate_in(certificate_pem);
  if (!certificate) return Failure{std::string("there is no certificate in it")};
  if (X509_check_ca(certificate.get()) == 0 || constrained_to(*certificate).empty())
    return Failure{std::string(
        "it is no certificate that was made here, for nothing limits what it may vouch for")};
  auto at = static_cast<time_t>(now);
  if (X509_cmp_time(X509_get0_notAfter(certificate.get()), &at) < 0)
    return Failure{"it expired on " + day_of(X509_get0_notAfter(certificate.get()))};
  if (X509_cmp_time(X509_get0_notBefore(certificate.get()), &at) > 0)
    return Failure{"it begins to be good only on " +
                   day_of(X509_get0_notBefore(certificate.get()))};
  KeyPtr key = key_in(key_pem);
  if (!key) return Failure{std::string("its key cannot be read")};
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    openssl_error();
    return Failure{std::string("the key beside it belongs to another certificate")};
  }
  return std::shared_ptr<const Ca>(new Ca(certificate.release(), key.release()));
}

std::string Ca::key_pem() const { return pem_of(*key_); }

bool Ca::may_vouch_for(std::string_view name) const {
  if (name == "::1" || name.starts_with("127.")) return true;
  return std::any_of(domains_.begin(), domains_.end(),
                     [&](const std::string& domain) { return is_within(name, domain); });
}

X509* Ca::issue(const Subject& subject, EVP_PKEY& key, Seconds now) const {
  CertPtr made(X509_new());
  if (!made) return nullptr;
  X509_NAME* const name = X509_get_subject_name(made.get());
  // No dot in it: old rules take a subject with one for a host name.
  const bool good =
      X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(*made) &&
      set_times(*made, now - kEarlier, now + kLeafDays * kDay) &&
      name_field(name, "O", kOrganization) && name_field(name, "CN", "provider-emulator server") &&
      X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_)) == 1 &&
      X509_set_pubkey(made.get(), &key) == 1 &&
      extend(*made, *certificate_, NID_basic_constraints, "critical,CA:FALSE") &&
      extend(*made, *certificate_, NID_key_usage, "critical,digitalSignature") &&
      extend(*made, *certificate_, NID_ext_key_usage, "serverAuth") &&
      extend(*made, *certificate_, NID_subject_key_identifier, "hash") &&
      extend(*made, *certificate_, NID_authority_key_identifier, "keyid:always") &&
      extend(*made, *certificate_, NID_subject_alt_name, alternative_names(subject)) &&
      X509_sign(made.get(), key_, EVP_sha256()) != 0;
  return good ? made.release() : nullptr;
}

}  // namespace emulator::tls
