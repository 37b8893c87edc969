#include "emulator/base/random.h"

#include <doctest.h>

#include <set>

namespace emulator {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kXidDigits = "0123456789abcdefghijklmnopqrstuv";

Instant at_second(std::int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }

// The seconds that the first four bytes of an xid hold.
std::uint32_t second_of_xid(std::string_view id) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 7; ++i) bits = bits << 5 | kXidDigits.find(id[i]);
  return static_cast<std::uint32_t>(bits >> 3);
}

bool is_uuid(std::string_view id, char version) {
  if (id.size() != 36) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? id[i] != '-' : kHexDigits.find(id[i]) == std::string_view::npos) return false;
  }
  return id[14] == version && std::string_view("89ab").find(id[19]) != std::string_view::npos;
}

TEST_CASE("equal keys draw equally, whatever was drawn elsewhere") {
  Draw one = Draw::of(7, "task", 3);
  Draw other = Draw::of(7, "picture", 3);
  (void)other.next();
  Draw again = Draw::of(7, "task", 3);
  for (int i = 0; i < 100; ++i) CHECK(one.next() == again.next());
  std::set<std::uint64_t> firsts;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    for (std::uint64_t nth = 0; nth < 10; ++nth)
      for (const char* purpose : {"task", "picture"})
        firsts.insert(Draw::of(seed, purpose, nth).next());
  CHECK(firsts.size() == 200);
}

TEST_CASE("draws stay the same from one version to the next") {
  Draw draw = Draw::of(7, "task", 3);
  CHECK(hex_id(draw, 16) == "03b3bb2dcc93e59d");
  CHECK(hash_of("apple") == 989328930867055679u);
}

TEST_CASE("numbers fall evenly within their bounds") {
  Draw draw(1);
  int low = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double fraction = draw.fraction();
    CHECK((fraction >= 0 && fraction < 1));
    const std::uint64_t number = draw.below(10);
    CHECK(number < 10);
    if (number < 5) ++low;
  }
  CHECK((low > 4800 && low < 5200));
  CHECK(draw.below(0) == 0);
  CHECK(draw.below(1) == 0);
}

TEST_CASE("ids have the forms that providers use") {
  Draw draw = Draw::of(1, "id");
  const Instant when = at_second(1'774'881'688);
  for (int i = 0; i < 100; ++i) {
    CHECK(is_uuid(uuid_v4(draw), '4'));
    CHECK(is_uuid(uuid_v7(draw, when), '7'));
    CHECK(xid(draw, when).size() == 20);
    CHECK(xid(draw, when).find_first_not_of(kXidDigits) == std::string::npos);
    CHECK(hex_id(draw, 33).size() == 33);
    CHECK(hex_id(draw, 33).find_first_not_of(kHexDigits) == std::string::npos);
    CHECK(text_id(draw, 21, "ab_").find_first_not_of("ab_") == std::string::npos);
  }
  CHECK(hex_id(draw, 0).empty());
}

TEST_CASE("ids that carry a time carry it where the real ones do") {
  Draw draw(5);
  CHECK(uuid_v7(draw, at_second(1'774'881'688)).substr(0, 13) == "019d3f31-49c0");
  CHECK(second_of_xid("d758n65e878c73cmdg20") == 1'774'881'688);  // a recorded one
  CHECK(second_of_xid(xid(draw, at_second(1'774'881'688))) == 1'774'881'688);
  CHECK(xid(draw, at_second(1'774'881'688)).substr(0, 6) == "d758n6");
}

}  // namespace
}  // namespace emulator
