#include "emulator/app/request_log.h"

#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/webhook/url.h"

namespace emulator {
namespace {

constexpr std::size_t kLogBuffer = 32u << 10;

// What fits a line beside the rest; signed links are ten times as long.
constexpr std::size_t kShownTarget = 60;

// The code of an error of our own; "" where the answer is a provider's.
std::string own_error(const Exchange& exchange) {
  const http::Headers head = headers_in(exchange.reply_head);
  return std::string(head.get("x-emulator-error").value_or(""));
}

std::string outcome(const Exchange& exchange) {
  if (const std::string code = own_error(exchange); !code.empty()) return "emulator error " + code;
  if (!exchange.wire.empty()) return "wire " + exchange.wire;
  if (!exchange.refusal.empty()) return exchange.refusal;
  if (exchange.on == On::kWebhook && !exchange.note.empty())
    return exchange.task_after + ": " + exchange.note;
  return exchange.task_after;
}

// A webhook's address may carry a password.
std::string logged_target(const Exchange& exchange) {
  const std::string_view target = exchange.request->target;
  return webhook::without_credentials(target.substr(0, 20'000));
}

bool continues_a_letter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The beginning and the end of a long text: of a link, the host and what it is signed with.
std::string shortened(const std::string& text) {
  if (text.size() <= kShownTarget) return text;
  std::size_t head = kShownTarget - 20, tail = text.size() - 19;
  while (head > 0 && continues_a_letter(text[head])) --head;
  while (tail < text.size() && continues_a_letter(text[tail])) ++tail;
  return text.substr(0, head) + "…" + text.substr(tail);
}

// All calls through fal's proxy have the same path; what they are for stands in a header.
std::string shown_target(const Exchange& exchange) {
  std::string target = logged_target(exchange);
  if (exchange.provider == "fal" && target.starts_with("/fal/proxy"))
    if (const auto meant = exchange.request->headers.get("x-fal-target-url"))
      target = "proxy " + webhook::without_credentials(meant->substr(0, 20'000));
  return shortened(valid_utf8(target));
}

std::string rule_place(const Exchange& exchange) {
  if (!exchange.scenario || exchange.rules.empty()) return "";
  const scenario::Rule& rule = exchange.scenario->rules[exchange.rules.front()];
  std::string out = " (";
  if (!rule.name.empty()) out += rule.name + ", ";
  return out + exchange.scenario->file + ":" + std::to_string(rule.at.line) + ")";
}

std::string human_line(const Sandbox& box, const Exchange& exchange) {
  std::string out = rfc3339(exchange.answered, 3) + " " + box.name() + " " +
                    exchange.request->method + " " + shown_target(exchange) + " " +
                    std::to_string(exchange.status) + " " + std::to_string(exchange.reply_bytes) +
                    "B";
  if (!exchange.task.empty()) out += " task " + exchange.task.substr(0, 8);
  if (const std::string what = outcome(exchange); !what.empty()) out += " " + what;
  return out + rule_place(exchange) + "\n";
}

std::string json_line(const Sandbox& box, const Exchange& exchange) {
  return compact_json({{"at", rfc3339(exchange.answered, 3)},
                       {"sandbox", box.name()},
                       {"request", exchange.number},
                       {"provider", exchange.provider},
                       {"method", exchange.request->method},
                       {"target", valid_utf8(logged_target(exchange).substr(0, 2'000))},
                       {"status", exchange.status},
                       {"bytes", exchange.reply_bytes},
                       {"task", exchange.task},
                       {"outcome", outcome(exchange)}}) +
         "\n";
}

}  // namespace

RequestLog::RequestLog(std::string format, std::function<void(const std::string&)> write,
                       std::function<void(std::function<void()>)> later)
    : format_(std::move(format)), write_(std::move(write)), later_(std::move(later)) {}

RequestLog::~RequestLog() { flush(); }

void RequestLog::told(const Sandbox& box, const Exchange& exchange) {
  if (format_ == "off") return;
  add(format_ == "json" ? json_line(box, exchange) : human_line(box, exchange));
}

void RequestLog::warned(const std::string& text) {
  if (format_ == "off") return;
  add((format_ == "json" ? compact_json({{"warning", text}}) : "warning: " + text) + "\n");
}

void RequestLog::add(const std::string& line) {
  buffer_ += line;
  if (buffer_.size() > kLogBuffer) return flush();
  if (waiting_) return;
  waiting_ = true;
  later_([this] {
    waiting_ = false;
    flush();
  });
}

void RequestLog::flush() {
  if (buffer_.empty()) return;
  write_(buffer_);
  buffer_.clear();
}

}  // namespace emulator
