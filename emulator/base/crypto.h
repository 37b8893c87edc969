#pragma once

#include <array>
#include <string>
#include <string_view>

// Digests and signatures the providers put on the wire. OpenSSL underneath; nothing here is secret
// beyond a test, so no care is taken to wipe memory.
namespace emulator {

std::string md5(std::string_view bytes);                                  // 16 bytes
std::string sha256(std::string_view bytes);                               // 32 bytes
std::string hmac_sha256(std::string_view key, std::string_view message);  // 32 bytes
std::string to_hex(std::string_view bytes);                               // lower case
// The bytes that pairs of hex digits stand for, in either case. A pair of other characters becomes
// a zero byte; a single one at the end is left out.
std::string bytes_of_hex(std::string_view hex);
// Compares without telling by its time how far a guess was right. Nothing is equal to a secret that
// is empty.
bool same_secret(std::string_view given, std::string_view secret);

// Ed25519. `seed` is the 32-byte private seed; the signature has 64 bytes, the public key 32.
std::string ed25519_sign(const std::array<unsigned char, 32>& seed, std::string_view message);
std::string ed25519_public(const std::array<unsigned char, 32>& seed);
bool ed25519_verify(std::string_view public_key, std::string_view message,
                    std::string_view signature);

}  // namespace emulator
