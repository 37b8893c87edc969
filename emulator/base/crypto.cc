#include "emulator/base/crypto.h"

// The digests are called by their own functions, which OpenSSL 3 would rather see called through
// EVP: that begins by setting up the whole library, which takes a good millisecond and half a
// megabyte of a start, and looks the digest up again for each text. HMAC and signatures go through
// EVP.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <charconv>
#include <memory>
#include <stdexcept>

namespace emulator {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_of(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

using Seed = std::array<unsigned char, 32>;

Key private_key(const Seed& seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  if (!key) throw std::runtime_error("no Ed25519 key");
  return key;
}

// Ready to sign with the key of a seed, as long as nobody asks for another one: making a key takes
// as long as signing, and nearly all signatures are made with the same.
EVP_MD_CTX* signer(const Seed& seed) {
  struct Ready {
    Seed seed{};
    Key key;
    Context context;
  };
  thread_local Ready ready;
  if (!ready.context || ready.seed != seed) {
    ready.context.reset();
    ready.key = private_key(seed);
    ready.seed = seed;
    Context context(EVP_MD_CTX_new());
    if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, ready.key.get()) != 1)
      throw std::runtime_error("Ed25519 signature failed");
    ready.context = std::move(context);
  }
  return ready.context.get();
}

}  // namespace

std::string md5(std::string_view bytes) {
  unsigned char out[MD5_DIGEST_LENGTH];
  return text_of(MD5(bytes_of(bytes), bytes.size(), out), sizeof out);
}

std::string sha256(std::string_view bytes) {
  unsigned char out[SHA256_DIGEST_LENGTH];
  SHA256_CTX state;
  SHA256_Init(&state);
  SHA256_Update(&state, bytes.data(), bytes.size());
  SHA256_Final(out, &state);
  return text_of(out, sizeof out);
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(message),
           message.size(), out, &size) == nullptr)
    throw std::runtime_error("HMAC failed");
  return text_of(out, size);
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string bytes_of_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    out += static_cast<char>(value);
  }
  return out;
}

bool same_secret(std::string_view given, std::string_view secret) {
  return !secret.empty() && given.size() == secret.size() &&
         CRYPTO_memcmp(given.data(), secret.data(), secret.size()) == 0;
}

std::string ed25519_sign(const std::array<unsigned char, 32>& seed, std::string_view message) {
  // A copy: what has signed once is not good for a second message in every version of OpenSSL.
  const Context context(EVP_MD_CTX_new());
  std::size_t size = 64;
  std::string out(size, '\0');
  if (EVP_MD_CTX_copy_ex(context.get(), signer(seed)) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                     bytes_of(message), message.size()) != 1)
    throw std::runtime_error("Ed25519 signature failed");
  return out;
}

std::string ed25519_public(const std::array<unsigned char, 32>& seed) {
  const Key key = private_key(seed);
  std::size_t size = 32;
  std::string out(size, '\0');
  if (EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(out.data()), &size) !=
      1)
    throw std::runtime_error("no public key");
  return out;
}

bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature) {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(public_key),
                                            public_key.size()));
  if (!key) return false;
  const Context context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(message),
                          message.size()) == 1;
}

}  // namespace emulator
