// By which names we are called, and what keeps a reply from running as a page of ours.
#include "emulator/pipeline/visitors.h"

#include <doctest.h>

#include <string>

#include "emulator/pipeline/contain.h"
#include "tests/support/world.h"

namespace emulator::test {

TEST_CASE("names that nobody can point at us are ours, others when they are allowed") {
  struct Row {
    const char* host;
    bool home;
  };
  const Row rows[] = {
      {"localhost", true},
      {"LOCALHOST:4242", true},
      {"emulator", true},
      {"emulator:4242", true},
      {"127.0.0.1:4242", true},
      {"192.168.1.5", true},
      {"8.8.8.8", true},
      {"[::1]:4242", true},
      {"[fe80::1]", true},
      {"bfl.localhost", true},
      {"box.local.", true},
      {"host.docker.internal:4242", true},
      {"emulator.test", true},
      {"listen.example.org", true},
      {"public.example.org:8443", true},
      {"allowed.example.org", true},
      {"a.b.below.example.org", true},
      {"evil.example", false},
      {"EVIL.example.:4242", false},
      {"127.0.0.1.nip.io", false},
      {"1.evil.com", false},
      {"localhost.evil.com", false},
      {"evillocal", true},
      {"x.evillocal", false},
      {"below.example.org", false},
      {"xbelow.example.org", false},
      {"sub.allowed.example.org", false},
      {"127.0.0.1@evil.com", false},
      {"localhost:x@evil.com", false},
      {"[::1].evil.com", false},
      {"127.0.0.1 evil.com", false},
  };
  const Visitors visitors({"listen.example.org",
                           "https://Public.example.org:8443/base",
                           {"allowed.example.org", "*.below.example.org"},
                           {}});
  for (const Row& row : rows) {
    CAPTURE(row.host);
    CHECK(visitors.is_at_home(row.host) == row.home);
  }
  CHECK(Visitors({"", "", {"*"}, {}}).is_at_home("evil.example"));
}

TEST_CASE("patterns that mean nothing are refused, with what one looks like") {
  for (const char* good : {"*", "emulator.example.com", "*.example.com", "emulator"}) {
    CAPTURE(good);
    CHECK(Visitors::host_problem(good).empty());
  }
  for (const char* bad : {"", "http://a.b", "a.b:80", "a*.b", "*.", "a b", "*.*.b", "a/b"}) {
    CAPTURE(bad);
    CHECK_FALSE(Visitors::host_problem(bad).empty());
  }
  for (const char* good : {"*", "http://localhost", "http://localhost:3000", "http://localhost:*",
                           "https://*.example.com", "https://*.example.com:*", "http://[::1]:80"}) {
    CAPTURE(good);
    CHECK(Visitors::origin_problem(good).empty());
  }
  for (const char* bad : {"", "localhost", "localhost:3000", "ftp://a", "http://", "http://a/b",
                          "http://local*", "http://a:", "http://a:3x", "http://*", "null"}) {
    CAPTURE(bad);
    CHECK_FALSE(Visitors::origin_problem(bad).empty());
  }
}

TEST_CASE("a request of a page is told from one of a program, and a foreign page from our own") {
  const Visitors visitors({"127.0.0.1", "", {}, {"http://localhost:3000"}});
  const auto page = [&](std::vector<std::pair<std::string, std::string>> headers) {
    return visitors.foreign_page(request("POST", "/x", std::move(headers))).value_or("");
  };
  CHECK(page({}) == "");
  CHECK(page({{"origin", "http://127.0.0.1:4242"}}) == "");
  CHECK(page({{"origin", "http://localhost:3000"}}) == "");
  CHECK(page({{"origin", "http://localhost:4242"}}) == "http://localhost:4242");
  CHECK(page({{"origin", "null"}}) == "null");
  CHECK(page({{"origin", ""}}) == "");
  CHECK(visitors.foreign_page(request("POST", "/x", {{"origin", ""}})));
  CHECK(page({{"sec-fetch-site", "none"}}) == "");
  CHECK(page({{"sec-fetch-site", "same-origin"}}) == "");
  CHECK(page({{"sec-fetch-site", "same-site"}}) == "another site");
  CHECK(page({{"sec-fetch-site", "cross-site"}}) == "another site");
}

TEST_CASE("a reply that a browser would run is sandboxed, and anybody's bytes are saved") {
  struct Row {
    const char* type;
    Bytes bytes;
    bool sandbox, saved;
  };
  const Row rows[] = {
      {"text/html", Bytes::kAnybodys, true, true},
      {"TEXT/HTML; charset=utf-8", Bytes::kAnybodys, true, true},
      {"image/svg+xml", Bytes::kAnybodys, true, true},
      {"application/xhtml+xml", Bytes::kAnybodys, true, true},
      {"application/json", Bytes::kAnybodys, true, true},
      {"", Bytes::kAnybodys, true, true},
      {"image/png", Bytes::kAnybodys, true, false},
      {"image/jpeg; x=y", Bytes::kAnybodys, true, false},
      {"text/html", Bytes::kOurs, true, false},
      {"text/plain", Bytes::kOurs, true, false},
      {"application/json; charset=utf-8", Bytes::kOurs, false, false},
      {"application/problem+json", Bytes::kOurs, false, false},
      {"text/event-stream", Bytes::kOurs, false, false},
      {"image/webp", Bytes::kOurs, false, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.type);
    http::Reply reply;
    reply.body = "<script>";
    if (*row.type != '\0') reply.headers.add("content-type", row.type);
    contain(reply, row.bytes);
    CHECK((reply.headers.get("content-security-policy") == "sandbox") == row.sandbox);
    CHECK((reply.headers.get("x-content-type-options") == "nosniff") == row.sandbox);
    CHECK((reply.headers.get("content-disposition") == "attachment") == row.saved);
  }
  // What the bytes' author says of it himself does not help.
  http::Reply sly;
  sly.headers.add("Content-Type", "text/html");
  sly.headers.add("Content-Security-Policy", "default-src *");
  sly.headers.add("content-disposition", "inline; filename=\"a.html\"");
  sly.headers.add("X-Content-Type-Options", "x");
  contain(sly, Bytes::kAnybodys);
  CHECK(sly.headers.size() == 4);
  CHECK(sly.headers.get("content-security-policy") == "sandbox");
  CHECK(sly.headers.get("content-disposition") == "attachment; filename=\"a.html\"");
  CHECK(sly.headers.get("x-content-type-options") == "nosniff");
}

}  // namespace emulator::test
