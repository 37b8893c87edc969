// Receivers of webhooks: what each answers to what, and whether it is told.
#include "tests/unit/judge/client.h"

namespace emulator::test {
namespace {

using namespace std::chrono_literals;

struct Row {
  const char* name;
  const char* code;
  const char* spoiled = "";
  unsigned status = 200;
  std::size_t attempt = 1;
  bool late = false;
  bool last = false;
  bool is_signed = true;
  bool is_dated = true;
};

}  // namespace

TEST_CASE("receivers that take anything are told from those that check") {
  constexpr Row kRows[] = {
      {"takes a bad signature", "webhook-unverified", "bad_signature"},
      {"takes a stranger's signature", "webhook-unverified", "wrong_key"},
      {"takes an old message", "webhook-unverified", "old_timestamp"},
      {"takes a changed body", "webhook-unverified", "changed_body", 204},
      {"refuses a bad signature", "", "bad_signature", 401},
      {"is asked twice and refuses twice", "", "bad_signature", 401, 2},
      {"takes what carries no signature", "", "bad_signature", 200, 1, false, false, false},
      {"takes an old message that says no time", "", "old_timestamp", 200, 1, false, false, true,
       false},
      {"takes a good one", ""},
      {"is in trouble once", "", "", 500},
      {"is in trouble twice", "webhook-not-acknowledged", "", 500, 2},
      {"answers 404 to the only attempt", "webhook-not-acknowledged", "", 404, 1, false, true},
      {"is not there", "", "", 0, 3},
      {"redirects", "webhook-redirected", "", 302},
      {"takes longer than the provider waits", "webhook-slow", "", 0, 1, true},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    JudgedClient c;
    judge::Trial trial;
    trial.provider = "fal";
    trial.delivery = "wh-1";
    trial.spoiled = row.spoiled;
    trial.is_signed = row.is_signed;
    trial.is_dated = row.is_dated;
    trial.status = row.status;
    trial.late = row.late;
    trial.last = row.last;
    trial.attempt = row.attempt;
    trial.took = trial.time_limit = 15s;
    trial.number = 7;
    c.world().judge->tried(c.box(), *c.world().registry.find("fal"), trial);
    const std::vector<std::string> wanted =
        *row.code == 0 ? std::vector<std::string>() : std::vector<std::string>{row.code};
    CHECK(c.codes() == wanted);
  }
}

}  // namespace emulator::test
