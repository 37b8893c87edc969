#include "emulator/sandbox/journal.h"

#include <doctest.h>

namespace emulator {
namespace {

std::shared_ptr<Exchange> exchange(std::size_t body = 0) {
  auto out = std::make_shared<Exchange>();
  http::Request request;
  request.body.assign(body, 'x');
  out->request = std::make_shared<const http::Request>(std::move(request));
  return out;
}

}  // namespace

TEST_CASE("a journal keeps the latest entries and their numbers") {
  Journal journal;
  journal.limit(3, 1u << 30);
  for (int i = 0; i < 5; ++i) journal.add(exchange());
  CHECK(journal.seen() == 5);
  CHECK(journal.all().size() == 3);
  CHECK(journal.find(2) == nullptr);
  REQUIRE(journal.find(3) != nullptr);
  CHECK(journal.find(3)->number == 3);
  CHECK(journal.find(6) == nullptr);
}

TEST_CASE("a journal holds its bound of bytes, answers that come later included") {
  Journal journal;
  journal.limit(1'000, 50'000);
  for (int i = 0; i < 10; ++i) {
    auto entry = exchange(1'000);
    journal.add(entry);
    entry->reply_body.assign(9'000, 'y');
    journal.completed(*entry);
    CHECK(journal.bytes() <= 50'000);
  }
  CHECK(journal.all().size() < 10);
  CHECK(!journal.all().empty());
}

TEST_CASE("completing an entry that has gone changes nothing") {
  Journal journal;
  journal.limit(1, 1u << 20);
  auto gone = exchange();
  journal.add(gone);
  journal.add(exchange());
  const std::size_t before = journal.bytes();
  gone->reply_body.assign(1'000, 'y');
  journal.completed(*gone);
  CHECK(journal.bytes() == before);
}

TEST_CASE("a limit of none keeps nothing, yet counts") {
  Journal journal;
  journal.limit(0, 0);
  journal.add(exchange());
  CHECK(journal.all().empty());
  CHECK(journal.seen() == 1);
  CHECK(journal.bytes() == 0);
}

TEST_CASE("headers come back from their one piece of text") {
  http::Headers headers;
  headers.add("content-type", "application/json");
  headers.add("link", "<http://a/b>: c");
  headers.add("empty", "");
  headers.add("broken", "a\nb");
  const http::Headers back = headers_in(head_text(headers));
  REQUIRE(back.size() == 4);
  CHECK(back.get("content-type") == "application/json");
  CHECK(back.get("link") == "<http://a/b>: c");
  CHECK(back.get("empty") == "");
  CHECK(back.get("broken") == "a b");
  CHECK(headers_in("").size() == 0);
}

}  // namespace emulator
