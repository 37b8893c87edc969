#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

// OpenSSL's things, each with its owner. Private: only this folder's sources and its tests include
// this.
namespace emulator::tls {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* thing) const {
    Free(thing);
  }
};

using BioPtr = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using CertPtr = std::unique_ptr<X509, Freed<X509_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Freed<SSL_free>>;
using BundlePtr = std::unique_ptr<PKCS12, Freed<PKCS12_free>>;

// What OpenSSL says of the last thing that went wrong, in words; empties its list.
std::string openssl_error();

std::string pem_of(X509& certificate);
std::string pem_of(EVP_PKEY& key);
// The first certificate or private key in a text of PEM; null when there is none. A key that is
// locked by a passphrase is none.
CertPtr certificate_in(std::string_view pem);
KeyPtr key_in(std::string_view pem);

KeyPtr new_p256_key();

// "2026-11-28" of a certificate's time, or "" for one that cannot be read.
std::string day_of(const ASN1_TIME* time);

}  // namespace emulator::tls
