#include "emulator/sandbox/journal.h"

#include <doctest.h>

#include "emulator/sandbox/packed_exchange.h"

namespace emulator {
namespace {

std::shared_ptr<Exchange> exchange(std::size_t body = 0) {
  auto out = std::make_shared<Exchange>();
  http::Request request;
  request.body.assign(body, 'x');
  out->request = std::make_shared<const http::Request>(std::move(request));
  return out;
}

// One with every member set to something of its own.
std::shared_ptr<Exchange> rich_exchange() {
  auto out = std::make_shared<Exchange>();
  out->provider = "fal";
  out->on = On::kPoll;
  out->route = "status";
  out->endpoint = "fal-ai/flux/dev";
  out->task = "764cabcf-b745-4b3e-ae38-1200304cf45b";
  out->key = "me";
  out->at = Instant(std::chrono::seconds(1));
  out->answered = Instant(std::chrono::seconds(2));
  out->took = std::chrono::milliseconds(3);
  http::Request request;
  request.method = "POST";
  request.path = "/fal/a";
  request.query = "b=c";
  request.target = "/fal/a?b=c";
  request.headers = {{"host", "localhost"}, {"x-twice", "1"}, {"x-twice", ""}};
  request.body = std::string("{\"a\":\0}", 7);
  request.secure = true;
  request.peer = "127.0.0.1:5";
  out->request = std::make_shared<const http::Request>(std::move(request));
  out->request_bytes = 4;
  out->status = 202;
  out->reply_head = "content-type:application/json\n";
  out->reply_body = "{}";
  out->reply_bytes = 5;
  out->wire = "slow";
  out->refusal = "unavailable";
  out->note = "because";
  out->scenario = std::make_shared<scenario::Scenario>();
  out->rules = {2, 7};
  out->nth = 6;
  out->misses = {{1, "prompt: beach"}, {3, ""}};
  out->task_before = "queued";
  out->task_after = "running";
  out->draw_key = 0xfedcba9876543210u;
  out->drawn = {{"run", std::chrono::seconds(9)}};
  out->chance = 12.5;
  out->submitted = std::make_shared<const Submitted>(Submitted{"a beach", "{\"seed\":1}"});
  return out;
}

}  // namespace

TEST_CASE("a journal keeps the latest entries and their numbers") {
  Journal journal;
  journal.limit(3, 1u << 30);
  for (int i = 0; i < 5; ++i) journal.add(exchange());
  CHECK(journal.seen() == 5);
  CHECK(journal.size() == 3);
  CHECK(journal.first() == 3);
  CHECK(journal.forgotten() == 2);
  CHECK(journal.find(2) == nullptr);
  REQUIRE(journal.find(3) != nullptr);
  CHECK(journal.find(3)->number == 3);
  CHECK(journal.find(6) == nullptr);
}

TEST_CASE("a completed entry is kept whole") {
  Journal journal;
  const auto in = rich_exchange();
  journal.add(exchange());
  journal.add(in);
  journal.completed(*in);
  const auto out = journal.find(2);
  REQUIRE(out != nullptr);
  CHECK(out != in);
  CHECK(out->number == 2);
  CHECK(out->provider == in->provider);
  CHECK(out->on == in->on);
  CHECK(out->route == in->route);
  CHECK(out->endpoint == in->endpoint);
  CHECK(out->task == in->task);
  CHECK(out->key == in->key);
  CHECK(out->at == in->at);
  CHECK(out->answered == in->answered);
  CHECK(out->took == in->took);
  CHECK(out->request->method == in->request->method);
  CHECK(out->request->target == in->request->target);
  CHECK(out->request->path == in->request->path);
  CHECK(out->request->query == in->request->query);
  CHECK(head_text(out->request->headers) == head_text(in->request->headers));
  CHECK(out->request->body == in->request->body);
  CHECK(out->request->secure);
  CHECK(out->request->peer == in->request->peer);
  CHECK(out->request_bytes == in->request_bytes);
  CHECK(out->status == in->status);
  CHECK(out->reply_head == in->reply_head);
  CHECK(out->reply_body == in->reply_body);
  CHECK(out->reply_bytes == in->reply_bytes);
  CHECK(out->wire == in->wire);
  CHECK(out->refusal == in->refusal);
  CHECK(out->note == in->note);
  CHECK(out->scenario == in->scenario);
  CHECK(out->rules == in->rules);
  CHECK(out->nth == in->nth);
  REQUIRE(out->misses.size() == 2);
  CHECK(out->misses[0].rule == 1);
  CHECK(out->misses[0].condition == "prompt: beach");
  CHECK(out->misses[1].rule == 3);
  CHECK(out->misses[1].condition == "");
  CHECK(out->task_before == in->task_before);
  CHECK(out->task_after == in->task_after);
  CHECK(out->draw_key == in->draw_key);
  REQUIRE(out->drawn.size() == 1);
  CHECK(out->drawn[0].what == in->drawn[0].what);
  CHECK(out->drawn[0].value == in->drawn[0].value);
  CHECK(out->chance == in->chance);
  CHECK(out->submitted->prompt == in->submitted->prompt);
  CHECK(out->submitted->input == in->submitted->input);
}

TEST_CASE("a reply can be kept instead of what the exchange has of it") {
  Journal journal;
  const auto in = rich_exchange();
  journal.add(in);
  http::Reply reply;
  reply.headers = {{"content-type", "text/plain"}, {"x-broken", "a\nb"}};
  reply.body = "hello";
  journal.completed(*in, &reply);
  const auto out = journal.find(1);
  REQUIRE(out != nullptr);
  CHECK(out->reply_head == "content-type:text/plain\nx-broken:a b\n");
  CHECK(out->reply_body == "hello");
  CHECK(out->reply_bytes == in->reply_bytes);
  CHECK(out->task_after == in->task_after);
}

TEST_CASE("targets that are not path and query come back as they were") {
  const auto target_back = [](std::string target, std::string path, std::string query) {
    auto in = exchange();
    http::Request request;
    request.target = std::move(target);
    request.path = std::move(path);
    request.query = std::move(query);
    in->request = std::make_shared<const http::Request>(std::move(request));
    std::string bytes(packed_size(*in), '\0');
    pack(*in, bytes.data());
    return unpacked(bytes.data())->request->target;
  };
  CHECK(target_back("/a?b", "/a", "b") == "/a?b");
  CHECK(target_back("/a", "/a", "") == "/a");
  CHECK(target_back("/a?", "/a", "") == "/a?");
  CHECK(target_back("http://localhost/a?b", "/a", "b") == "http://localhost/a?b");
  CHECK(target_back("*", "/", "") == "*");
  CHECK(target_back("", "", "") == "");
}

TEST_CASE("what is learned of an entry before it is completed shows at once") {
  Journal journal;
  const auto entry = exchange();
  journal.add(entry);
  const std::size_t before = journal.bytes();
  entry->reply_body.assign(1'000, 'y');
  CHECK(journal.find(1)->reply_body.size() == 1'000);
  journal.changed(*entry);
  CHECK(journal.bytes() >= before + 1'000);
  journal.completed(*entry);
  entry->reply_body.clear();
  CHECK(journal.find(1)->reply_body.size() == 1'000);
  journal.completed(*entry);  // it is completed already
  CHECK(journal.find(1)->reply_body.size() == 1'000);
}

TEST_CASE("entries that are completed in another order than they came are kept alike") {
  Journal journal;
  journal.limit(50, 1u << 30);
  std::vector<std::shared_ptr<Exchange>> open;
  for (std::size_t i = 1; i <= 1'000; ++i) {
    auto entry = exchange(i * 37 % 500);
    journal.add(entry);
    open.push_back(std::move(entry));
    if (i % 7 != 0) continue;
    while (open.size() > 3) {
      const auto place = open.begin() + static_cast<std::ptrdiff_t>(i % open.size());
      journal.completed(**place);
      open.erase(place);
    }
  }
  for (const auto& entry : open) journal.completed(*entry);
  for (auto number = journal.first(); number <= journal.seen(); ++number)
    CHECK(journal.find(number)->request->body == std::string(number * 37 % 500, 'x'));
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
  CHECK(journal.size() < 10);
  CHECK(journal.size() > 0);
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
  CHECK(journal.size() == 0);
  CHECK(journal.first() == 2);
  CHECK(journal.seen() == 1);
  CHECK(journal.bytes() == 0);
}

TEST_CASE("journals count towards a total, and stop doing so when they go") {
  JournalTotal total;
  total.max_bytes = 100'000;
  Journal first;
  first.count_towards(total);
  int asked = 0;
  total.make_room = [&] {
    ++asked;
    while (total.bytes > total.max_bytes && first.drop_oldest()) continue;
  };
  {
    Journal second;
    second.count_towards(total);
    for (int i = 0; i < 20; ++i) first.add(exchange(1'000));
    CHECK(total.bytes == first.bytes());
    CHECK(asked == 0);
    for (int i = 0; i < 50; ++i) second.add(exchange(1'000));
    CHECK(asked > 0);
    CHECK(total.bytes == first.bytes() + second.bytes());
    CHECK(total.bytes <= total.max_bytes);
    CHECK(second.size() == 50);
  }
  CHECK(total.bytes == first.bytes());
  first.clear();
  CHECK(total.bytes == 0);
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
