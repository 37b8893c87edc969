// What a condition looks at is gathered when one looks at it and not before: decoding a body costs
// more than all of the rest.
#include "emulator/pipeline/expect.h"

#include <utility>

#include "emulator/pipeline/router.h"

namespace emulator {

Seen::Seen(const Exchange& exchange, const Sandbox& box, Registry& registry, Sandboxes& sandboxes)
    : exchange_(exchange), registry_(registry) {
  if (!exchange.task.empty() && exchange.submitted == nullptr)
    if (const auto provider = registry.find(exchange.provider))
      if (const auto found = sandboxes.find_task(*provider, exchange.task); found.box == &box)
        task_ = found.task;
  occasion_.provider = exchange.provider;
  occasion_.on = exchange.on;
  occasion_.endpoint = exchange.endpoint;
  occasion_.headers = &exchange.request->headers;
  occasion_.query = exchange.request->query;
  occasion_.sandbox = box.name();
  occasion_.age = exchange.at - box.born;
  if (exchange.submitted) {
    occasion_.prompt = exchange.submitted->prompt;
  } else if (task_ != nullptr) {
    occasion_.prompt = task_->prompt;
  } else if (exchange.on == On::kSubmit) {
    const Json* const sent = body();
    if (sent != nullptr && sent->is_object() && sent->contains("prompt") &&
        sent->at("prompt").is_string()) {
      prompt_ = sent->at("prompt").get<std::string>();
      occasion_.prompt = *prompt_;
    }
  }
}

// Only submissions have a body that rules look at.
const Json* Seen::body() {
  if (exchange_.on != On::kSubmit) return nullptr;
  if (!decoded_) {
    decoded_ = true;
    const std::string& text =
        exchange_.submitted ? exchange_.submitted->input : exchange_.request->body;
    if (task_ != nullptr)
      body_ = input_of(registry_.contract(task_->provider), *task_);
    else if (auto json = decode_json(text))
      body_ = std::move(*json);
  }
  return body_ ? &*body_ : nullptr;
}

scenario::Fit Seen::fit(const scenario::When& when) {
  if (scenario::looks_at_path(when) && !path_ && exchange_.on != On::kWebhook) {
    const auto call = Router(registry_, "").find(exchange_.request);
    path_ = call ? call->path : "";
    occasion_.path = *path_;
  }
  return scenario::fit(when, occasion_, [this] { return body(); });
}

void count_expected(Sandbox& box, const Exchange& exchange, Registry& registry,
                    Sandboxes& sandboxes) {
  const auto& expect = box.scenario->expect;
  if (expect.empty()) return;
  box.counters.expected.resize(expect.size());
  Seen seen(exchange, box, registry, sandboxes);
  for (std::size_t i = 0; i < expect.size(); ++i)
    if (seen.fit(*expect[i].when).met()) ++box.counters.expected[i];
}

std::vector<Expected> expectations(const Sandbox& box) {
  std::vector<Expected> out;
  const auto& counts = box.counters.expected;
  for (const scenario::Expectation& expectation : box.scenario->expect) {
    const std::uint64_t count = out.size() < counts.size() ? counts[out.size()] : 0;
    out.push_back(
        {&expectation, count, count >= expectation.at_least && count <= expectation.at_most});
  }
  return out;
}

}  // namespace emulator
