#include "emulator/tls/openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cstdio>
#include <ctime>

namespace emulator::tls {
namespace {

BioPtr reader_of(std::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO& memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(&memory, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

// Nobody is asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return 0; }

}  // namespace

std::string openssl_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* const words = ERR_reason_error_string(code);
  return words != nullptr ? words : "no reason is given";
}

std::string pem_of(X509& certificate) {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(memory.get(), &certificate);
  return text_of(*memory);
}

std::string pem_of(EVP_PKEY& key) {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(memory.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(*memory);
}

CertPtr certificate_in(std::string_view pem) {
  const BioPtr from = reader_of(pem);
  CertPtr out(PEM_read_bio_X509(from.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return out;
}

KeyPtr key_in(std::string_view pem) {
  const BioPtr from = reader_of(pem);
  KeyPtr out(PEM_read_bio_PrivateKey(from.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return out;
}

KeyPtr new_p256_key() { return KeyPtr(EVP_EC_gen("P-256")); }

std::string day_of(const ASN1_TIME* time) {
  std::tm at{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &at) != 1) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", at.tm_year + 1900, at.tm_mon + 1, at.tm_mday);
  return text;
}

}  // namespace emulator::tls
