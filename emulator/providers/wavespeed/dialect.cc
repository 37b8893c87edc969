// How WaveSpeed words what was decided. Its facts are in contract.yaml, their sources in README.md.
#include "emulator/providers/wavespeed/dialect.h"

#include <algorithm>
#include <string>
#include <utility>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/pipeline/credentials.h"
#include "emulator/pipeline/elsewhere.h"
#include "emulator/pipeline/provider_code.h"
#include "emulator/providers/wavespeed/facts.h"
#include "emulator/providers/wavespeed/media.h"
#include "emulator/providers/wavespeed/prediction.h"
#include "emulator/providers/wavespeed/submission.h"

namespace emulator {
namespace wavespeed {

// Only a bearer token counts, and blanks around it make it another one. A signed address carries
// the name of its sandbox.
std::string Dialect::key_of(const http::Request& request) const {
  if (std::string name = sandbox_of_ticket(request); !name.empty()) return name;
  const std::string_view key = credentials(request, "Bearer").value_or("");
  return key.find_first_of(" \t") == std::string_view::npos ? std::string(key) : std::string();
}

std::optional<Refusal> Dialect::check(const Call& call, KeyStanding standing) const {
  // The stores behind links know no keys.
  if (call.route->door != "api") return std::nullopt;
  const std::string key = key_of(*call.request);
  if (!key.empty() && !is_malformed(key, standing, contract_)) return unwelcome(standing);
  Refusal refusal;
  refusal.kind = RefusalKind::kUnauthenticated;
  return refusal;
}

Result<Submission, Refusal> Dialect::read(const Call& call) const {
  return read_submission(call, contract_);
}

// By the account's level. Every model here makes images; one that does not says so by its type.
AccountLimits Dialect::limits(const Submission& submission) const {
  AccountLimits out;
  const Facts& facts = facts_of(contract_);
  const auto level = facts.levels.find(facts.level);
  if (level == facts.levels.end()) return out;
  const contract::Endpoint* endpoint = contract_.endpoint(submission.endpoint);
  const bool video = endpoint != nullptr && facts_of(*endpoint).type.ends_with("-to-video");
  out.running = level->second.running;
  out.submissions = video ? level->second.videos_per_minute : level->second.images_per_minute;
  return out;
}

// A UUID without its dashes.
std::string Dialect::task_id(const Call&, Draw& draw) const {
  std::string id = uuid_v4(draw);
  id.erase(std::remove(id.begin(), id.end(), '-'), id.end());
  return id;
}

http::Reply Dialect::enveloped(const Json& data) const {
  http::Reply reply = json_reply(200, {{"code", 200}, {"message", "success"}, {"data", data}});
  reply.headers.set("content-type", facts_of(contract_).content_type);
  return reply;
}

http::Reply Dialect::accepted(const Call& call, const Task& task, const TaskView& view) const {
  const Json note = Json::parse(*task.note);
  const bool waited = note.value("sync", false);
  if (!waited) {
    // Whatever happens at once, the answer is that of a task just made.
    TaskView fresh = view;
    fresh.phase = Phase::kQueued;
    return enveloped(prediction(*this, call, *call.box, task, fresh, Form::kSubmit));
  }
  if (view.done()) return enveloped(prediction(*this, call, *call.box, task, view, Form::kSubmit));
  if (facts_of(contract_).sync_timeout == "gateway") return error("gateway_timeout");
  return enveloped(still_processing(*this, call, task));
}

http::Reply Dialect::shown(const Call& call, const Task& task, const TaskView& view) const {
  return enveloped(prediction(*this, call, *call.box, task, view, Form::kResult));
}

http::Reply Dialect::unknown_task(const Call&) const { return error("not_found"); }

http::Reply Dialect::cancelled(const Call& call, const Task& task, const TaskView& view) const {
  TaskView after = view;
  if (!view.done()) {
    after.phase = Phase::kEnded;
    after.end = End::kCancelled;
    after.ended = call.now;
  }
  return enveloped(prediction(*this, call, *call.box, task, after, Form::kResult));
}

Duration Dialect::link_life() const { return contract_.common.link_life; }
std::optional<Duration> Dialect::kept_for() const { return contract_.common.kept_for; }

// /output/<uuid>-u1_<uuid>.jpeg; the tag between looks like a region's.
std::string Dialect::picture_path(const Sandbox& box, const Task& task, int index) const {
  Draw draw = box.draw("wavespeed output", task.serial * 16 + static_cast<unsigned>(index));
  const std::string first = uuid_v4(draw);
  const std::string region = draw.below(2) == 0 ? "u1" : "u2";
  const Json note = Json::parse(*task.note);
  return "/output/" + first + "-" + region + "_" + uuid_v4(draw) + "." +
         note.value("extension", "jpeg");
}

std::optional<http::Reply> Dialect::picture_refused(const Call& call, const Task& task,
                                                    const TaskView& view) const {
  if (call.now <= view.ended + task.fate.links_live_for) return std::nullopt;
  return error("link_expired");
}

// The store does not say whether there is no such file or no right to see it.
http::Reply Dialect::picture_missing(const Call&, Missing) const { return error("link_expired"); }

http::Reply Dialect::refused(const Call& call, const Refusal& refusal) const {
  if (refusal.kind == RefusalKind::kRateLimited && call.route->on == On::kUpload)
    return error("upload_quota");
  return emulator::Dialect::refused(call, refusal);
}

// Nothing tells which methods a path has. The language models and the web catalogue are whole
// services of their own: a path of theirs that is not known here is not known to be missing there.
http::Reply Dialect::no_route(const Call& call) const {
  if (call.door == "llm" || call.door == "web")
    return not_emulated_place(
        call.door == "llm" ? "WaveSpeed's language models (llm.wavespeed.ai) are not emulated"
                           : "WaveSpeed's site (wavespeed.ai) is not emulated but for the schemas "
                             "of models (/center/default/api/v1/model_schema/MODEL)");
  return error(call.allowed.empty() ? "no_route" : "wrong_method");
}

http::Reply Dialect::answered(const Call& call, const Result<Json, Refusal>& data) const {
  return data ? enveloped(*data) : refused(call, data.error());
}

}  // namespace wavespeed

ProviderCode code_of_wavespeed() {
  return {made_dialect<wavespeed::Dialect>, wavespeed::Dialect::own_calls(), wavespeed::tables()};
}

}  // namespace emulator
