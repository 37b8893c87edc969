#include "emulator/app/request_log.h"

#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/webhook/url.h"

namespace emulator {
namespace {

constexpr std::size_t kLogBuffer = 32u << 10;

std::string outcome(const Exchange& exchange) {
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

std::string human_line(const Sandbox& box, const Exchange& exchange) {
  std::string out =
      rfc3339(exchange.answered, 3) + " " + box.name() + " " + exchange.request->method + " " +
      valid_utf8(logged_target(exchange).substr(0, 200)) + " " + std::to_string(exchange.status) +
      " " + std::to_string(exchange.reply_bytes) + "B";
  if (const std::string what = outcome(exchange); !what.empty()) out += " " + what;
  if (exchange.scenario && !exchange.rules.empty()) {
    const scenario::Rule& rule = exchange.scenario->rules[exchange.rules.front()];
    out += " (" + exchange.scenario->file + ":" + std::to_string(rule.at.line) + ")";
  }
  return out + "\n";
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
