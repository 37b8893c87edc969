#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emulator::tls {

// A file of PEM certificates of the system's, or "" when it has none where one is to be expected.
// `named` is what SSL_CERT_FILE says, which goes first; "" for nothing.
std::string system_bundle(const std::string& named);

// Such a file, "" where one of `places` is there: those where OpenSSL was built to look by itself.
std::string bundle_instead_of(const std::vector<std::string>& places);

// One text of PEM with every certificate of `texts`, each once, in their order; what else stands in
// them is left out.
std::string joined_pem(const std::vector<std::string>& texts);

// How many certificates a text of PEM holds.
std::size_t certificates_in(std::string_view pem);

// The certificates of a text of PEM as a trust store for Java (PKCS #12, each marked as trusted,
// nothing in it secret). "" when there is none, or OpenSSL fails.
std::string java_trust_store(std::string_view pem, const std::string& password);

}  // namespace emulator::tls
