#include "emulator/tls/names.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace emulator::tls {
namespace {

// Domains in which strangers have hosts. To vouch for one of them as a whole would be to vouch for
// the strangers.
constexpr std::array<std::string_view, 20> kShared = {
    "cloudfront.net", "windows.net", "azureedge.net", "azurefd.net", "azure.com",
    "googleapis.com", "appspot.com", "web.app",       "run.app",     "firebaseapp.com",
    "amazonaws.com",  "r2.dev",      "workers.dev",   "pages.dev",   "fastly.net",
    "vercel.app",     "netlify.app", "herokuapp.com", "fly.dev",     "digitaloceanspaces.com"};
// Second labels under which countries register names.
constexpr std::array<std::string_view, 7> kUnderCountries = {"co",  "com", "net", "org",
                                                             "gov", "edu", "ac"};

template <class List>
bool holds(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// The last `count` labels; all of it when it has no more.
std::string_view last_labels(std::string_view name, int count) {
  std::size_t at = name.size();
  for (; count > 0; --count) {
    if (at == 0) return name;
    const auto dot = name.rfind('.', at - 1);
    if (dot == std::string_view::npos) return name;
    at = dot;
  }
  return name.substr(at + 1);
}

std::string_view registered(std::string_view name) {
  const std::string_view two = last_labels(name, 2);
  const auto dot = two.find('.');
  if (dot == std::string_view::npos) return name;
  const bool country = two.size() - dot - 1 == 2 && holds(kUnderCountries, two.substr(0, dot));
  return country ? last_labels(name, 3) : two;
}

}  // namespace

bool is_within(std::string_view name, std::string_view domain) {
  if (!name.ends_with(domain)) return false;
  return name.size() == domain.size() || name[name.size() - domain.size() - 1] == '.';
}

std::vector<std::string> domains_of(const std::vector<std::string>& hosts) {
  std::vector<std::string> out;
  for (const std::string& host : hosts) {
    if (is_within(host, "localhost")) continue;
    const std::string_view domain = registered(host);
    const bool shared = holds(kShared, domain);
    // A pattern all over a shared domain, or over all names, is nobody's to vouch for.
    const std::string_view vouched = shared ? std::string_view(host) : domain;
    if (vouched.find('*') != std::string_view::npos) continue;
    if (vouched.find('.') == std::string_view::npos) continue;
    if (!holds(out, vouched)) out.emplace_back(vouched);
  }
  return out;
}

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253 || name.front() == '.' || name.back() == '.') return false;
  if (name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace emulator::tls
