#include "emulator/judge/catalogue.h"

namespace emulator::judge {
namespace {

constexpr Entry kCatalogue[] = {
    {FindingCode::kPaidTwice, Severity::kError,
     "a submission is sent again after one that was accepted and charged, its answer lost, without "
     "an idempotency key and without looking",
     "the provider accepts and charges both",
     "send an idempotency key where the provider has one, or look in its list of tasks before a "
     "submission whose answer was lost is sent again; where it has neither, report the submission "
     "as uncertain"},
    {FindingCode::kRetriedTooEarly, Severity::kWarning,
     "a request comes again before the Retry-After it was given has passed",
     "the provider refuses it again, and may lock out a client that does not listen",
     "wait at least as long as Retry-After says"},
    {FindingCode::kRetryStorm, Severity::kWarning,
     "the same failing request comes at least five times without a growing pause",
     "a provider in trouble is kept there, and limits its callers",
     "let the pause between attempts grow, with some chance in it, and stop after a few"},
    {FindingCode::kRetriedFinal, Severity::kError,
     "a final refusal or a moderated end is answered by the same request, unchanged",
     "the answer stays the same, and accounts that ask again and again are locked",
     "retry only what can pass: no answer, 429 and 5xx; hand the others to whoever asked"},
    {FindingCode::kPolledTooFast, Severity::kWarning,
     "polls of one task come closer than the provider advises",
     "polls count towards rate limits, and tell nothing new",
     "poll no more often than the provider advises, or take a webhook"},
    {FindingCode::kPolledAfterEnd, Severity::kWarning,
     "a task is polled three times or more after its end was shown",
     "polls count towards rate limits, and the end never changes",
     "stop at every end the provider has, moderated and cancelled ones too"},
    {FindingCode::kNeverGaveUp, Severity::kError,
     "a task that shows no end is polled beyond all patience",
     "some tasks never end: a client without a limit polls for ever and answers nobody",
     "give up after a time, and say so to whoever waits"},
    {FindingCode::kGaveUpEarly, Severity::kError,
     "a task was accepted and ended well, and nobody looked at its end",
     "the picture is made and charged all the same",
     "wait longer, keep the task's id to look later, or cancel what nobody waits for"},
    {FindingCode::kPictureNotFetched, Severity::kWarning,
     "the end was shown and no picture was downloaded before its link died",
     "the picture was paid for and cannot be had any more",
     "download and keep the picture as soon as the end is shown"},
    {FindingCode::kDeadLinkUsed, Severity::kError,
     "a picture is asked for after its link, handed out alive, has died",
     "the store answers an error, and its page ends where the picture should be",
     "keep the picture and not its link, or ask the provider for a fresh link before each use"},
    {FindingCode::kBrokenPictureKept, Severity::kError,
     "a download that was cut, empty or of the wrong type is not asked for again",
     "downloads do break off; what came is not the picture that was paid for",
     "check length and type of what was downloaded, and download it again"},
    {FindingCode::kOwnPollAddress, Severity::kWarning,
     "a task is polled at another address than the one that was handed out",
     "other clusters do not know the task, and answer that it is not found",
     "poll the address in the answer to the submission, as it is"},
    {FindingCode::kKeySentToLink, Severity::kError,
     "a credential is sent to a host of pictures or uploads",
     "whoever runs or reads the logs of that store has the key",
     "send the key to the API alone, and follow no redirect with it"},
    {FindingCode::kKeyInAddress, Severity::kWarning, "a credential is part of an address",
     "addresses stand in logs, histories and referrers",
     "send the key in the header the provider reads"},
    {FindingCode::kWrongScheme, Severity::kWarning,
     "a credential comes in a form the provider does not read",
     "the provider sees no credential, and refuses",
     "send the key in the header and with the scheme the provider documents"},
    {FindingCode::kIgnoredField, Severity::kWarning,
     "the body has a member that the provider ignores",
     "the provider takes the request and leaves the member out, without a word",
     "name the member as the provider does, or leave it out"},
    {FindingCode::kOutOfRangeTolerated, Severity::kNote,
     "the body has a value that the provider changes without a word",
     "the picture is made with another value than the one that was sent",
     "send a value the provider takes as it is"},
    {FindingCode::kOldEndpoint, Severity::kNote,
     "an endpoint or host is used that is deprecated or gone", "it may end on any day",
     "use the one that took its place"},
    {FindingCode::kOverLimit, Severity::kWarning,
     "submissions come again and again while as many tasks are unfinished as may be",
     "each is refused, and refusals count towards rate limits",
     "count the tasks under way, and submit when one of them has ended"},
    {FindingCode::kWebhookUnverified, Severity::kError,
     "the receiver takes a webhook whose signature is bad, old or a stranger's",
     "whoever knows the address can tell the app that a picture is ready, and which",
     "check signature and time of every webhook, and answer 401 or 403 when they are wrong"},
    {FindingCode::kWebhookSlow, Severity::kWarning,
     "the receiver takes longer than the provider waits",
     "the provider takes it as failed, and sends the webhook again or not at all",
     "answer at once, and do the work behind the answer"},
    {FindingCode::kWebhookNotAcknowledged, Severity::kWarning,
     "the receiver answers other than the provider counts as success",
     "the provider sends the webhook again, and gives up at last",
     "answer 2xx to every webhook that is genuine, known or not"},
    {FindingCode::kWebhookRedirected, Severity::kWarning, "the receiver redirects",
     "the provider does not follow, or follows without the body",
     "give the provider the receiver's last address"},
    {FindingCode::kNoTimeLimit, Severity::kWarning,
     "a request that is never answered is held open for more than ten minutes",
     "connections do go dead, and nobody tells the client", "set a time limit on every request"},
    {FindingCode::kConnectionEachTime, Severity::kNote,
     "hundreds of requests come, each on a connection of its own",
     "every handshake takes as long as several polls, and ports run out",
     "keep connections open, with an agent or a session that is shared"},
};

static_assert(std::size(kCatalogue) == kFindingWords.size());

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "";
}

std::span<const Entry> catalogue() { return kCatalogue; }

const Entry& entry(FindingCode code) { return kCatalogue[static_cast<std::size_t>(code)]; }

}  // namespace emulator::judge
