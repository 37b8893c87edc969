#include <doctest.h>

#include <string>

#include "emulator/contract/contract.h"
#include "emulator/webhook/courier.h"
#include "emulator/webhook/inbox.h"
#include "emulator/webhook/policy.h"
#include "emulator/webhook/record.h"
#include "emulator/webhook/rules.h"
#include "emulator/webhook/url.h"

namespace emulator::webhook {
namespace {

using namespace std::chrono_literals;

TEST_CASE("an address is taken apart") {
  const auto url = parse_url("HTTPS://ann:p%40ss@Hooks.Example.com:8443/a b?c=\xc3\xa9#frag");
  REQUIRE(url);
  CHECK(url->secure);
  CHECK(url->host == "hooks.example.com");
  CHECK(url->port == 8443);
  CHECK(url->target == "/a%20b?c=%C3%A9");
  CHECK(url->credentials == "ann:p@ss");
  CHECK(parse_url("http://a")->port == 80);
  CHECK(parse_url("http://a?x=1")->target == "/?x=1");
  CHECK(parse_url("http://[::1]:90/")->host == "[::1]");
  CHECK_FALSE(parse_url(std::string("http://[::1\0more]/", 18)));
  CHECK_FALSE(parse_url(" https "));
  CHECK(parse_url("http://[::1]:90/")->port == 90);
  for (const char* bad : {"", "a", "http://", "http://a b/", "http://a:0/", "http://a:x/",
                          "http://\xc3\xa9/", "http://[::1/", "mailto:a@b"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_url(bad));
  }
}

TEST_CASE("a redirect leads where its location says") {
  const Url from = *parse_url("http://a:90/x/y?z=1");
  CHECK(redirected(from, "/b?c")->target == "/b?c");
  CHECK(redirected(from, "b")->target == "/x/b");
  CHECK(redirected(from, "?q=2")->target == "/x/y?q=2");
  CHECK(redirected(from, "https://c/d")->host == "c");
  CHECK(redirected(from, "//c/d")->host == "c");
  CHECK(redirected(from, "/go?to=http://c/")->host == "a");
}

TEST_CASE("credentials are left out of texts, escaped ones too") {
  CHECK(without_credentials("POST http://a:b@host/x") == "POST http://***@host/x");
  CHECK(without_credentials("/q?fal_webhook=http%3A%2F%2Fa%3Ab%40host%2Fx&y=1@2") ==
        "/q?fal_webhook=http%3A%2F%2F***@host%2Fx&y=1@2");
  CHECK(without_credentials("?webhook=http://host/x?mail=a@b") ==
        "?webhook=http://host/x?mail=a@b");
  CHECK(bare_url("http://a:b@host/x@y") == "http://host/x@y");
  CHECK_FALSE(has_credentials("http://host/x@y"));
}

bool link_local(std::string_view address) {
  return address.starts_with("169.254.") || address.starts_with("fe80:");
}

TEST_CASE("local means this machine and private networks") {
  struct Row {
    const char* address;
    bool allowed;
  };
  constexpr Row kRows[] = {
      {"127.0.0.1", true},
      {"127.9.9.9", true},
      {"10.1.2.3", true},
      {"172.16.0.1", true},
      {"172.31.255.255", true},
      {"172.32.0.1", false},
      {"192.168.1.1", true},
      {"192.169.1.1", false},
      {"0.0.0.0", true},
      {"8.8.8.8", false},
      {"169.254.169.254", false},
      {"100.64.0.1", false},
      {"::1", true},
      {"::", true},
      {"fd00::1", true},
      {"fe80::1", false},
      {"2001:db8::1", false},
      {"::ffff:127.0.0.1", true},
      {"::ffff:8.8.8.8", false},
      {"2002:7f00:1::", false},  // 6to4 goes through a relay, wherever it leads
      {"255.255.255.255", false},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.address);
    const http::Address address = *http::parse_address(row.address);
    CHECK(barred(Policy::kLocal, address).has_value() != row.allowed);
    CHECK(barred(Policy::kAny, address).has_value() == link_local(row.address));
    CHECK(barred(Policy::kOff, address));
  }
}

TEST_CASE("where clouds tell machines their secrets nothing goes, whatever is allowed otherwise") {
  for (const char* written :
       {"169.254.169.254", "169.254.170.2", "169.254.42.42", "100.100.100.200", "168.63.129.16",
        "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe",
        "fd00:42::42", "fe80::a9fe:a9fe", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe",
        "::169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::ffff:100.100.100.200"}) {
    CAPTURE(written);
    const http::Address address = *http::parse_address(written);
    for (const Policy policy : {Policy::kLocal, Policy::kAny, Policy::kOff}) {
      const auto why = barred(policy, address);
      REQUIRE(why);
      if (policy != Policy::kOff) CHECK(why->find("told their secrets") != std::string::npos);
    }
    CHECK(barred_for_page("http://evil.example", address));
  }
  // Their neighbours are private networks like any other.
  for (const char* written : {"fd00:ec3::254", "fd00:42::43", "fd00::1"})
    CHECK_FALSE(barred(Policy::kLocal, *http::parse_address(written)));
}

TEST_CASE("a foreign page's webhooks reach the public net alone") {
  struct Row {
    const char* address;
    bool allowed;
  };
  constexpr Row kRows[] = {
      {"127.0.0.1", false},
      {"10.1.2.3", false},
      {"172.20.0.1", false},
      {"192.168.1.1", false},
      {"0.0.0.0", false},
      {"0.1.2.3", false},
      {"100.64.0.1", false},
      {"198.18.0.1", false},
      {"224.0.0.1", false},
      {"255.255.255.255", false},
      {"::", false},
      {"::1", false},
      {"fd00::1", false},
      {"fec0::1", false},
      {"ff02::1", false},
      {"::ffff:127.0.0.1", false},
      {"::10.0.0.1", false},
      {"64:ff9b::7f00:1", false},
      {"2002:c0a8:101::", false},
      {"93.184.215.14", true},
      {"2606:4700::1111", true},
      {"64:ff9b::808:808", true},
      {"::ffff:8.8.8.8", true},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.address);
    const auto why = barred_for_page("http://evil.example", *http::parse_address(row.address));
    CHECK(why.has_value() != row.allowed);
    if (why) CHECK(why->find("http://evil.example") != std::string::npos);
  }
}

TEST_CASE("the rules of delivery are the contract's, by the size of the body") {
  contract::CommonFacts facts;
  facts.webhook_schedule.each = {1s, 2min, 2min, 2min};
  facts.webhook_schedule_large = contract::LargeWaits{100, {{5s}}};
  facts.webhook_time_limits.each = {15s, 2min};
  facts.webhook_settled = {{300, 399}, {410, 410}};
  facts.webhook_redirects = 2;
  const Rules small = rules_of(facts, 99);
  CHECK(small.waits == std::vector<Duration>{1s, 2min, 2min, 2min});
  CHECK(small.time_limits == std::vector<Duration>{15s, 2min});
  CHECK(small.redirects == 2);
  CHECK(small.settled == std::vector<std::pair<unsigned, unsigned>>{{300, 399}, {410, 410}});
  CHECK(rules_of(facts, 100).waits == std::vector<Duration>{5s});
  facts.webhook_time_limits.each.clear();
  CHECK(rules_of(facts, 1).time_limits == std::vector<Duration>{10s});
}

TEST_CASE("a body is changed in one digit, and is other bytes in any case") {
  CHECK(changed(R"({"a":19,"b":"x"})") == R"({"a":10,"b":"x"})");
  CHECK(changed("{}") == "{} ");
}

TEST_CASE("command lines quote what a shell would take apart") {
  Record record;
  record.url = "http://u:p@h/?a='";
  record.headers = {{"x-a", "it's"}};
  record.body = std::make_shared<const std::string>("{\"a\":\"'$(x)\"}");
  CHECK(curl_line(record, "") ==
        "curl -i -X POST 'http://h/?a='\\''' -u \"$WEBHOOK_USER\" -H 'x-a: it'\\''s' --data-binary "
        "'{\"a\":\"'\\''$(x)\"}'");
  // What is still being made, as it will be.
  record.late = {"x-b", [] { return std::string("late"); }};
  CHECK(curl_line(record, "").find("-H 'x-a: it'\\''s' -H 'x-b: late' --data") !=
        std::string::npos);
  record.body = std::make_shared<const std::string>(100'000, 'x');
  CHECK(curl_line(record, "http://e/body").starts_with("curl -s 'http://e/body' | curl -i"));
  CHECK(curl_line(record, "http://e/body").ends_with("--data-binary @-"));
}

TEST_CASE("ids of records are read with and without their beginning") {
  CHECK(number_in("wh-17") == 17);
  CHECK(number_in("17") == 17);
  for (const char* bad : {"", "wh-", "wh-1x", "x", "-1"}) CHECK_FALSE(number_in(bad));
}

TEST_CASE("inboxes together keep to their limits") {
  const auto request = [](std::size_t size) {
    http::Request out;
    out.body = std::string(size, 'x');
    return std::make_shared<const http::Request>(out);
  };
  Inbox inbox({3, 5'000});
  for (int i = 0; i < 5; ++i) inbox.receive(i % 2 == 0 ? "a" : "b", {}, request(1), std::nullopt);
  REQUIRE(inbox.letters("a").size() == 2);
  CHECK(inbox.letters("a")[0]->number == 3);
  inbox.receive("a", {}, request(4'000), std::nullopt);
  CHECK(inbox.letters("b").empty());
  CHECK(inbox.clear("a") > 0);
  CHECK(inbox.letters("a").empty());
}

}  // namespace
}  // namespace emulator::webhook
