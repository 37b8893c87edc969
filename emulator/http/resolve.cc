#include "emulator/http/resolve.h"

#include <netdb.h>
#include <netinet/in.h>

#include <boost/asio/post.hpp>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace emulator::http {
namespace {

constexpr int kMostThreads = 4;

bool is_localhost(std::string_view host) {
  constexpr std::string_view kName = "localhost";
  if (host.size() < kName.size()) return false;
  const std::string_view tail = host.substr(host.size() - kName.size());
  for (std::size_t i = 0; i < kName.size(); ++i)
    if ((tail[i] | 0x20) != kName[i]) return false;
  return host.size() == kName.size() || host[host.size() - kName.size() - 1] == '.';
}

Resolver::Found looked_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = getaddrinfo(host.c_str(), nullptr, &hints, &list);
  Resolver::Found out;
  if (failed != 0) {
    out.error = gai_strerror(failed);
    return out;
  }
  for (const addrinfo* item = list; item != nullptr; item = item->ai_next) {
    Address address;
    if (item->ai_family == AF_INET) {
      sockaddr_in from{};
      std::memcpy(&from, item->ai_addr, sizeof from);
      std::memcpy(address.bytes.data(), &from.sin_addr, 4);
    } else if (item->ai_family == AF_INET6) {
      sockaddr_in6 from{};
      std::memcpy(&from, item->ai_addr, sizeof from);
      address.v6 = true;
      std::memcpy(address.bytes.data(), &from.sin6_addr, 16);
    } else {
      continue;
    }
    out.addresses.push_back(address);
  }
  freeaddrinfo(list);
  return out;
}

}  // namespace

// What the threads and the resolver have in common; the last of them to go takes it along.
struct Resolver::Shared {
  std::mutex mutex;
  asio::io_context* io = nullptr;                          // null once nobody listens any more
  std::deque<std::pair<std::uint64_t, std::string>> jobs;  // number and host
  int threads = 0;
  // Loop thread only: who waits for which number.
  std::map<std::uint64_t, std::function<void(Found)>> waiting;
  std::uint64_t last = 0;

  void answer(std::uint64_t number, Found found) {
    const auto asked = waiting.find(number);
    if (asked == waiting.end()) return;
    const auto done = std::move(asked->second);
    waiting.erase(asked);
    done(std::move(found));
  }
};

Resolver::Resolver(asio::io_context& io) : shared_(std::make_shared<Shared>()) {
  shared_->io = &io;
}

Resolver::~Resolver() {
  shared_->waiting.clear();
  const std::lock_guard lock(shared_->mutex);
  shared_->io = nullptr;
  shared_->jobs.clear();
}

std::optional<std::vector<Address>> Resolver::known(const std::string& host) {
  if (const auto address = parse_address(host)) return std::vector{*address};
  if (is_localhost(host)) return std::vector{*parse_address("127.0.0.1"), *parse_address("::1")};
  return std::nullopt;
}

void Resolver::find(const std::string& host, std::function<void(Found)> done) {
  const std::uint64_t number = ++shared_->last;
  shared_->waiting.emplace(number, std::move(done));
  const std::lock_guard lock(shared_->mutex);
  shared_->jobs.emplace_back(number, host);
  if (shared_->threads >= kMostThreads) return;
  ++shared_->threads;
  std::thread([shared = shared_] {
    std::unique_lock held(shared->mutex);
    while (!shared->jobs.empty()) {
      const auto [job, name] = std::move(shared->jobs.front());
      shared->jobs.pop_front();
      held.unlock();
      Found found = looked_up(name);
      held.lock();
      if (shared->io == nullptr) break;
      asio::post(*shared->io,
                 [shared, asked = job, found = std::move(found)] { shared->answer(asked, found); });
    }
    --shared->threads;
  }).detach();
}

}  // namespace emulator::http
