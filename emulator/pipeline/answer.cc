// How replies go out: as the scenario has them, after the wait it asks for, with what the emulator
// says of itself in headers; and what the journal, the judge and whoever listens learn of it. The
// order counts: a request is told of before its answer, and the answer stands in the journal before
// it is sent.
#include <utility>

#include "emulator/base/text.h"
#include "emulator/pipeline/expect.h"
#include "emulator/pipeline/flow.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/reason.h"
#include "emulator/pipeline/reply.h"
#include "emulator/pipeline/reply_facts.h"
#include "emulator/state/keeper.h"

namespace emulator {
namespace {

// Whether the client gets anything that is an HTTP reply.
bool is_replied(const http::Reply& reply) {
  using Kind = http::Fault::Kind;
  const Kind fault = reply.fault.kind;
  return fault != Kind::kClose && fault != Kind::kReset && fault != Kind::kHang &&
         fault != Kind::kRaw;
}

}  // namespace

http::Reply Pipeline::busy(const std::shared_ptr<const http::Request>& request) {
  constexpr std::string_view kWhy = "there is no memory left for this (--max-memory)";
  auto call = router_.find(request);
  if (!call) return our_error(503, "memory", kWhy);
  const Dialect& dialect = parts_.registry.dialect(call->provider);
  find_route(*call, dialect.contract());
  const Instant now = parts_.sandboxes.wall().now();
  // Where a dialect takes its chance from; those of keys are left as they are.
  if (!busy_box_) busy_box_ = std::make_unique<Sandbox>("busy", parts_.sandboxes.wall(), now, 1.0);
  call->set_sandbox(*busy_box_);
  call->exchange = ++busy_replies_;
  Refusal refusal;
  refusal.kind = RefusalKind::kUnavailable;
  http::Reply reply = dialect.refused(*call, refusal);
  reply.headers.add("x-emulator-busy", std::string(kWhy));
  return reply;
}

// Changes the reply as the scenario says, then sends it, now or after the scripted delay.
void Pipeline::answer(Flow& flow, http::Reply reply) {
  Exchange& exchange = *flow.exchange;
  // The provider would have read that body: what its dialect says of it is not the provider's word.
  if (const JsonProblem* ours = flow.call.beyond_limits(); ours && exchange.task.empty()) {
    reply = beyond_json_limits(*ours);
    exchange.refusal.clear();
    remark(exchange.note, "the body exceeds our limits on JSON");
  }
  const scenario::Then& then = flow.then;
  if (!changes_reply(then)) return send(flow, std::move(reply));

  if (then.reply || then.wire) flow.bytes = Bytes::kAnybodys;
  const ReplyFacts facts{flow.call, *flow.dialect, exchange, flow.box_name,
                         then.reply ? own_task(flow, exchange.task) : nullptr};
  Scripted out = scripted(std::move(reply), then, flow.draw, facts);
  exchange.wire = std::move(out.wire);
  explain(exchange, std::move(out.trace));
  if (out.delay > Duration::zero() && parts_.sandboxes.find(flow.box_name) != nullptr)
    return hold(flow, out.delay, std::move(out.reply));
  send(flow, std::move(out.reply));
}

// Sends the reply when the sandbox's clock has gone on by `delay`.
void Pipeline::hold(Flow& flow, Duration delay, http::Reply reply) {
  Sandbox& box = *parts_.sandboxes.find(flow.box_name);
  const std::size_t bytes = sizeof(Flow) + reply.body.capacity();
  watch_caller(flow);
  const auto send_it = [this, kept = flow.shared_from_this(),
                        held = std::make_shared<http::Reply>(std::move(reply))](
                           const std::function<void()>& finished) {
    send(*kept, std::move(*held));
    finished();
  };
  parts_.sandboxes.put(box, box.now() + delay,
                       {"reply", flow.box_name + "-" + std::to_string(flow.exchange->number),
                        send_it, /*awaited=*/false, bytes});
}

// What waits for an answer needs no large body any more once nobody waits for the answer.
void Pipeline::watch_caller(Flow& flow) const {
  if (flow.call.request->body.size() <= options_.kept_request) return;
  const auto caller = flow.call.request->caller.lock();
  if (!caller) return;
  caller->on_left([weak = flow.weak_from_this()] {
    const auto still = weak.lock();
    if (!still) return;
    const bool recorded = still->exchange->request == still->call.request;
    still->call.let_body_go();
    if (recorded) still->exchange->request = still->call.request;
  });
}

void Pipeline::send(Flow& flow, http::Reply reply) {
  Exchange& exchange = *flow.exchange;
  Sandbox* const box = parts_.sandboxes.find(flow.box_name);
  const Instant now = box != nullptr ? box->now() : flow.call.now;
  if (!reply.headers.has("date")) reply.headers.add("date", dates_.of(now));
  reply.headers.add("x-emulator-request", flow.box_name + "-" + std::to_string(exchange.number));
  if (!flow.task_header.empty()) reply.headers.add("x-emulator-task", flow.task_header);
  contain(reply, flow.bytes);

  exchange.answered = now;
  exchange.status = is_replied(reply) ? reply.status : 0;
  exchange.reply_bytes = reply.body.size();
  exchange.took = parts_.sandboxes.wall().now() - flow.began;
  if (exchange.status >= 400) {
    exchange.own_error = reply.headers.get("x-emulator-error").value_or("");
    exchange.said = reason_in(reply);
  }
  if (box != nullptr) complete(flow, *box, reply);
  if (parts_.keeper == nullptr || box == nullptr) return flow.respond(std::move(reply));
  parts_.keeper->when_kept(*box, [kept = flow.shared_from_this(),
                                  held = std::make_shared<http::Reply>(std::move(reply))] {
    kept->respond(std::move(*held));
  });
}

// The exchange has its answer: for the journal, the judge and whoever listens.
void Pipeline::complete(Flow& flow, Sandbox& box, const http::Reply& reply) {
  Exchange& exchange = *flow.exchange;
  const bool keeps = box.journal.keeps();
  const bool whole = keeps && !reply.stream && kept_whole(reply, options_.kept_body, flow.mask);
  if (keeps && !whole) record_reply(exchange, reply, options_.kept_body, flow.mask);
  note(flow);
  if (reply.stream)
    box.journal.changed(exchange);  // it grows with every piece
  else
    box.journal.completed(exchange, whole ? &reply : nullptr);
  judge_answer(flow, box, reply);
  box.feed.tell({Happening::Kind::kAnswer, exchange.answered, &exchange, exchange.task, ""});
  if (parts_.told) parts_.told(box, exchange);
}

// The request is understood, whether it is answered by now or waits: it counts from here on.
void Pipeline::note(Flow& flow) {
  if (std::exchange(flow.noted, true)) return;
  const Exchange& exchange = *flow.exchange;
  Sandbox* const box = parts_.sandboxes.find(flow.box_name);
  if (box == nullptr) return;
  count_expected(*box, exchange, parts_.registry, parts_.sandboxes);
  box->feed.tell({Happening::Kind::kRequest, box->now(), &exchange, exchange.task, ""});
}

}  // namespace emulator
