// A recording may be larger than memory: what reading one holds is counted here, allocation by
// allocation.
#include <doctest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "emulator/base/text.h"
#include "emulator/compare/recording.h"

namespace {

std::atomic<std::size_t> held{0}, most_held{0};

}  // namespace

// In place of the library's, for all of this executable. All forms that one may be freed by the
// other's: sanitizers have forms of their own, which do not go together with these.
void* operator new(std::size_t size) {
  void* const made = std::malloc(size == 0 ? 1 : size);
  if (made == nullptr) throw std::bad_alloc();
  const std::size_t now = held += ::malloc_usable_size(made);
  std::size_t most = most_held;
  while (most < now && !most_held.compare_exchange_weak(most, now)) {
  }
  return made;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new[](std::size_t size, const std::nothrow_t& nothrow) noexcept {
  return operator new(size, nothrow);
}
void operator delete(void* gone) noexcept {
  if (gone != nullptr) held -= ::malloc_usable_size(gone);
  std::free(gone);
}
void operator delete(void* gone, std::size_t) noexcept { operator delete(gone); }
void operator delete(void* gone, const std::nothrow_t&) noexcept { operator delete(gone); }
void operator delete[](void* gone) noexcept { operator delete(gone); }
void operator delete[](void* gone, std::size_t) noexcept { operator delete(gone); }
void operator delete[](void* gone, const std::nothrow_t&) noexcept { operator delete(gone); }

namespace emulator::test {
namespace {

constexpr std::size_t kMebibyte = 1u << 20;

std::string entry_of(const std::string& url, const std::string& type, const std::string& body) {
  return R"({"startedDateTime":"2026-01-01T00:00:00.000Z","time":12,"request":{"method":"GET",)"
         R"("url":")" +
         url + R"(","headers":[]},"response":{"status":200,"headers":[],"content":{"mimeType":")" +
         type + R"(","text":")" + base64(body) + R"(","encoding":"base64"}}})";
}

// A HAR that is made while it is read: pictures of a provider and scripts of somebody else, by
// turns, and one exchange that is larger than any may be.
class LargeHar {
 public:
  LargeHar()
      : picture_(entry_of("https://delivery.bfl.ai/x/sample.png", "image/png", png())),
        script_(entry_of("https://example.org/app.js", "text/javascript",
                         std::string(kMebibyte * 3 / 4, 's'))) {}

  std::size_t read(char* into, std::size_t room) {
    std::size_t done = 0;
    while (done < room && part_ <= kParts) {
      const std::size_t take = std::min(room - done, length() - at_);
      for (std::size_t i = 0; i < take; ++i) into[done + i] = byte(at_ + i);
      done += take;
      at_ += take;
      if (at_ == length()) {
        ++part_;
        at_ = 0;
      }
    }
    given_ += done;
    return done;
  }
  std::size_t given() const { return given_; }

  static constexpr std::size_t kEntries = 48, kOverlong = 7, kOverlongBytes = 16 * kMebibyte;

 private:
  // The beginning, the entries with a comma behind each but the last, the end.
  static constexpr std::size_t kParts = kEntries + 1;

  static std::string png() {
    std::string out("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\4\0\0\0\3\0\10\2\0\0\0", 29);
    return out + std::string(kMebibyte * 3 / 4, '\7');
  }
  const std::string& text() const {
    if (part_ == 0) return begin_;
    if (part_ == kParts) return end_;
    return part_ % 2 == 0 ? picture_ : script_;
  }
  bool is_entry() const { return part_ > 0 && part_ < kParts; }
  std::size_t padding() const { return part_ == kOverlong ? kOverlongBytes : 0; }
  std::size_t length() const {
    return padding() + text().size() + (is_entry() && part_ < kEntries ? 1 : 0);
  }
  // Blanks behind the first bracket make an entry as long as one likes.
  char byte(std::size_t at) const {
    if (at > 0 && at <= padding()) return ' ';
    if (at > 0) at -= padding();
    return at < text().size() ? text()[at] : ',';
  }

  const std::string begin_ = R"({"log":{"version":"1.2","entries":[)", end_ = "]}}";
  const std::string picture_, script_;
  std::size_t part_ = 0, at_ = 0, given_ = 0;
};

}  // namespace

TEST_CASE("a HAR of any size is read with no more in memory than one exchange") {
  LargeHar har;
  compare::ReadLimits limits;
  limits.exchange = 4 * kMebibyte;
  const std::size_t before = held;
  most_held = before;
  const auto read = compare::read_recording(
      "large.har", [&](char* into, std::size_t room) { return har.read(into, room); }, limits,
      [](const compare::Recorded& one) { return one.url.find("bfl.ai") != std::string::npos; });
  const std::size_t most = most_held - before;
  CAPTURE(most);
  CHECK(har.given() > 60 * kMebibyte);
  CHECK(most > kMebibyte);  // what is counted is what was read
  CHECK(most < 12 * kMebibyte);
  CHECK(held - before < kMebibyte);  // of pictures only the size is kept
  REQUIRE(read.problems.size() == 1);
  CHECK(read.problems[0] ==
        "large.har: exchange 7: left out: larger than --max-exchange 4194304 bytes");
  REQUIRE(read.exchanges.size() == LargeHar::kEntries / 2);
  CHECK(read.exchanges[0].picture_type == "image/png");
  CHECK(read.exchanges.back().number == LargeHar::kEntries);
  CHECK(read.other_hosts.at("example.org") == LargeHar::kEntries / 2 - 1);
}

}  // namespace emulator::test
