#include "emulator/judge/outcomes.h"

#include <algorithm>
#include <array>

namespace emulator::judge {
namespace {

using contract::Contract;

template <class Value>
bool contains(const std::vector<Value>& all, Value one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// How a good client fares with an outcome of a kind of request.
enum class Fares : std::uint8_t {
  kWell,    // it retries, waits or notices, and goes on
  kBadly,   // it can only tell
  kBySafe,  // well where a submission can be repeated safely
};

struct FaultRow {
  const char* name;
  OutcomeKind kind;
  On on;
  Fares fares;
  const char* then;
};

// What can go wrong below the provider's own words.
constexpr FaultRow kFaults[] = {
    {"lost", OutcomeKind::kWire, On::kSubmit, Fares::kBySafe, "wire: lost"},
    {"reset", OutcomeKind::kWire, On::kSubmit, Fares::kBySafe, "wire: reset"},
    {"hang", OutcomeKind::kWire, On::kSubmit, Fares::kBySafe, "wire: hang"},
    {"bad_json", OutcomeKind::kWire, On::kSubmit, Fares::kBySafe, "wire: bad_json"},
    {"cut", OutcomeKind::kWire, On::kSubmit, Fares::kBySafe, "wire: { cut: 50% }"},
    {"status_202", OutcomeKind::kReply, On::kSubmit, Fares::kWell, "reply: { status: 202 }"},
    {"lost", OutcomeKind::kWire, On::kPoll, Fares::kWell, "wire: lost"},
    {"reset", OutcomeKind::kWire, On::kPoll, Fares::kWell, "wire: reset"},
    {"hang", OutcomeKind::kWire, On::kPoll, Fares::kWell, "wire: hang"},
    {"bad_json", OutcomeKind::kWire, On::kPoll, Fares::kWell, "wire: bad_json"},
    {"cut", OutcomeKind::kWire, On::kPoll, Fares::kWell, "wire: { cut: 50% }"},
    {"garbage", OutcomeKind::kWire, On::kPoll, Fares::kWell, "wire: garbage"},
    {"redirect", OutcomeKind::kReply, On::kPoll, Fares::kBadly,
     "reply: { status: 302, headers: { location: \"{elsewhere}\" }, body: \"\" }"},
    {"lost", OutcomeKind::kWire, On::kResult, Fares::kWell, "wire: lost"},
    {"hang", OutcomeKind::kWire, On::kResult, Fares::kWell, "wire: hang"},
    {"bad_json", OutcomeKind::kWire, On::kResult, Fares::kWell, "wire: bad_json"},
    {"truncated", OutcomeKind::kPicture, On::kDownload, Fares::kWell, "image: truncated"},
    {"zero_bytes", OutcomeKind::kPicture, On::kDownload, Fares::kWell, "image: zero_bytes"},
    {"wrong_type", OutcomeKind::kPicture, On::kDownload, Fares::kWell, "image: wrong_type"},
    {"cut", OutcomeKind::kWire, On::kDownload, Fares::kWell, "wire: { cut: 50% }"},
    {"reset", OutcomeKind::kWire, On::kDownload, Fares::kWell, "wire: reset"},
    {"hang", OutcomeKind::kWire, On::kDownload, Fares::kWell, "wire: hang"},
    {"black", OutcomeKind::kPicture, On::kDownload, Fares::kBadly, "image: black"},
    {"bomb", OutcomeKind::kPicture, On::kDownload, Fares::kBadly, "image: bomb"},
    {"expired", OutcomeKind::kLink, On::kDownload, Fares::kBadly, "links: expired"},
    {"gone", OutcomeKind::kLink, On::kDownload, Fares::kBadly, "links: gone"},
    {"lost", OutcomeKind::kWire, On::kUpload, Fares::kWell, "wire: lost"},
    {"hang", OutcomeKind::kWire, On::kUpload, Fares::kWell, "wire: hang"},
    {"times", OutcomeKind::kWebhook, On::kWebhook, Fares::kWell, "webhook: { times: 2 }"},
    {"early", OutcomeKind::kWebhook, On::kWebhook, Fares::kWell, "webhook: { early: true }"},
    {"forced_retries", OutcomeKind::kWebhook, On::kWebhook, Fares::kWell,
     "webhook: forced_retries"},
    {"slow_body", OutcomeKind::kWebhook, On::kWebhook, Fares::kWell, "webhook: slow_body"},
    {"drop", OutcomeKind::kWebhook, On::kWebhook, Fares::kBadly, "webhook: drop"},
    {"bad_signature", OutcomeKind::kWebhook, On::kWebhook, Fares::kBadly, "webhook: bad_signature"},
    {"wrong_key", OutcomeKind::kWebhook, On::kWebhook, Fares::kBadly, "webhook: wrong_key"},
    {"old_timestamp", OutcomeKind::kWebhook, On::kWebhook, Fares::kBadly, "webhook: old_timestamp"},
    {"changed_body", OutcomeKind::kWebhook, On::kWebhook, Fares::kBadly, "webhook: changed_body"},
};

struct RefusalRow {
  RefusalKind kind;
  On on;
  Fares fares;
};

constexpr RefusalRow kRefusals[] = {
    {RefusalKind::kRateLimited, On::kSubmit, Fares::kWell},
    {RefusalKind::kUnavailable, On::kSubmit, Fares::kWell},
    {RefusalKind::kServerError, On::kSubmit, Fares::kBySafe},
    {RefusalKind::kBadGateway, On::kSubmit, Fares::kBySafe},
    {RefusalKind::kGatewayTimeout, On::kSubmit, Fares::kBySafe},
    {RefusalKind::kOutOfCredit, On::kSubmit, Fares::kBadly},
    {RefusalKind::kUnauthenticated, On::kSubmit, Fares::kBadly},
    {RefusalKind::kForbidden, On::kSubmit, Fares::kBadly},
    {RefusalKind::kInvalidInput, On::kSubmit, Fares::kBadly},
    {RefusalKind::kNotFound, On::kSubmit, Fares::kBadly},
    {RefusalKind::kConflict, On::kSubmit, Fares::kBadly},
    {RefusalKind::kServerError, On::kPoll, Fares::kWell},
    {RefusalKind::kBadGateway, On::kPoll, Fares::kWell},
    {RefusalKind::kUnavailable, On::kPoll, Fares::kWell},
    {RefusalKind::kGatewayTimeout, On::kPoll, Fares::kWell},
    {RefusalKind::kRateLimited, On::kPoll, Fares::kWell},
    {RefusalKind::kNotFound, On::kPoll, Fares::kBadly},
    {RefusalKind::kForbidden, On::kPoll, Fares::kBadly},
    {RefusalKind::kServerError, On::kResult, Fares::kWell},
    {RefusalKind::kUnavailable, On::kResult, Fares::kWell},
    {RefusalKind::kRateLimited, On::kResult, Fares::kWell},
    {RefusalKind::kServerError, On::kDownload, Fares::kWell},
    {RefusalKind::kUnavailable, On::kDownload, Fares::kWell},
    {RefusalKind::kGatewayTimeout, On::kDownload, Fares::kWell},
    {RefusalKind::kServerError, On::kUpload, Fares::kWell},
    {RefusalKind::kUnavailable, On::kUpload, Fares::kWell},
    {RefusalKind::kUnauthenticated, On::kUpload, Fares::kBadly},
    {RefusalKind::kServerError, On::kCancel, Fares::kWell},
    {RefusalKind::kUnavailable, On::kCancel, Fares::kWell},
    {RefusalKind::kServerError, On::kAccount, Fares::kWell},
    {RefusalKind::kUnavailable, On::kAccount, Fares::kWell},
    {RefusalKind::kUnauthenticated, On::kAccount, Fares::kBadly},
};

// A picture that is made is what the client wanted; a flag on it is the client's to judge.
bool survives(End end) { return end == End::kSucceed; }

bool repeats_safely(const Contract& contract) {
  return contract.common.idempotency_life || !contract.common.listing_routes.empty();
}

void add_refusal(std::vector<Outcome>& out, const Contract& contract, const RefusalRow& row) {
  if (!contains(contract.refusals, row.kind)) return;
  Outcome one;
  one.name = to_string(row.kind);
  one.kind = OutcomeKind::kRefusal;
  one.on = row.on;
  one.transient =
      row.fares == Fares::kWell || (row.fares == Fares::kBySafe && repeats_safely(contract));
  one.then = "refuse: " + one.name;
  // Whoever listens to Retry-After passes at the second attempt, and nobody else does soon.
  if (row.kind == RefusalKind::kRateLimited && row.on == On::kSubmit) {
    one.then += ", retry_after: 2s";
    one.when = "between: [0s, 2s]";
    one.by_count = false;
  }
  out.push_back(std::move(one));
}

Outcome plain(std::string name, OutcomeKind kind, On on, bool transient, std::string then) {
  return {std::move(name), kind, on, transient, std::move(then), "", "", true};
}

}  // namespace

std::string_view to_string(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kEnd:
      return "end";
    case OutcomeKind::kRefusal:
      return "refuse";
    case OutcomeKind::kWire:
      return "wire";
    case OutcomeKind::kPicture:
      return "image";
    case OutcomeKind::kLink:
      return "links";
    case OutcomeKind::kWebhook:
      return "webhook";
    case OutcomeKind::kReply:
      return "reply";
    case OutcomeKind::kPace:
      return "pace";
  }
  return "";
}

std::vector<Outcome> outcomes_of(const Contract& contract) {
  std::vector<Outcome> out;
  const bool safe = repeats_safely(contract);
  for (const FaultRow& row : kFaults)
    out.push_back(plain(row.name, row.kind, row.on,
                        row.fares == Fares::kWell || (row.fares == Fares::kBySafe && safe),
                        row.then));
  for (const RefusalRow& row : kRefusals) add_refusal(out, contract, row);
  for (const End end : contract.ends)
    out.push_back(plain(std::string(to_string(end)), OutcomeKind::kEnd, On::kSubmit, survives(end),
                        "end: " + std::string(to_string(end))));
  // Work that takes long, and links that die young, are no outcomes by name, and break clients.
  out.push_back(plain("run", OutcomeKind::kPace, On::kSubmit, true, "run: 4s"));
  out.push_back(plain("links_live", OutcomeKind::kPace, On::kSubmit, true, "links_live: 1s"));
  if (const auto& empty = contract.common.empty_result) {
    // The first look shows the end, without a picture in it; the next one shows the picture.
    out.push_back(plain("empty_result", OutcomeKind::kReply, empty->on, true,
                        "reply: { patch: " + empty->patch.dump() + " }"));
    out.back().also =
        "{ when: { provider: " + contract.doors.provider + ", on: submit }, then: { run: 0s } }";
  }
  // A provider without uploads, say, has no outcome of one.
  std::erase_if(out, [&](const Outcome& one) { return !contract.has_requests(one.on); });
  return out;
}

}  // namespace emulator::judge
