#pragma once

#include <string>

#include "emulator/base/json.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/sandbox.h"

// What the control API shows of the core, as JSON and as text.
namespace emulator {

// A task as it stands; `brief`: the beginning of its prompt, and null for its input.
Json task_view(Registry& registry, const Task& task, Instant now, bool brief = false);
// One line of the list of requests.
Json exchange_line(const Sandbox& box, const Exchange& exchange);
// The whole exchange and why it was answered so. Credentials are masked.
Json exchange_view(const Sandbox& box, const Exchange& exchange, Pipeline& pipeline);
// The view for a person: plain text, some twenty lines.
std::string exchange_text(const Sandbox& box, const Exchange& exchange, Pipeline& pipeline);
// "default-17"
std::string exchange_id(const Sandbox& box, const Exchange& exchange);

// Headers with credentials masked.
http::Headers shown_headers(const http::Headers& headers, Pipeline& pipeline);
// `rule "slow third" at busy.yaml:7`
std::string rule_words(const scenario::Scenario& scenario, std::size_t number);
// What a body was taken for: "text", "none", or "binary" when nothing of it is kept.
std::string_view body_kind(const std::string& kept, std::size_t bytes);

}  // namespace emulator
