#include "emulator/app/request_log.h"

#include <utility>

#include "emulator/app/log_sink.h"
#include "emulator/base/json_text.h"
#include "emulator/base/roughly.h"
#include "emulator/base/text.h"
#include "emulator/control/views.h"
#include "emulator/http/message.h"
#include "emulator/pipeline/reason.h"
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

// What became of a request, and of a refusal why: what we know, or else what was answered.
std::string in_words(const Exchange& exchange) {
  if (!exchange.own_error.empty())
    return "emulator error " + exchange.own_error +
           (exchange.said.empty() ? "" : ": " + exchange.said);
  std::string what = outcome(exchange);
  if (exchange.status < 400 || exchange.on == On::kWebhook) return what;
  const std::string& why = exchange.note.empty() ? exchange.said : exchange.note;
  if (what.empty() || why.empty()) return what + why;
  return what + ": " + why;
}

// A webhook's address may carry a password.
std::string logged_target(const http::Request& request) {
  const std::string_view target = request.target;
  return webhook::without_credentials(target.substr(0, 20'000));
}

std::string rule_place(const Exchange& exchange) {
  if (!exchange.scenario || exchange.rules.empty()) return "";
  const scenario::Rule& rule = exchange.scenario->rules[exchange.rules.front()];
  std::string out = "(";
  if (!rule.name.empty()) out += rule.name + ", ";
  return out + exchange.scenario->file + ":" + std::to_string(rule.at.line) + ")";
}

std::string json_line(const Sandbox& box, const Exchange& exchange) {
  return compact_json({{"at", rfc3339(exchange.answered, 3)},
                       {"sandbox", box.name()},
                       {"request", exchange.number},
                       {"provider", exchange.provider},
                       {"method", exchange.request->method},
                       {"target", valid_utf8(logged_target(*exchange.request).substr(0, 2'000))},
                       {"status", exchange.status},
                       {"bytes", exchange.reply_bytes},
                       {"task", exchange.task},
                       {"outcome", outcome(exchange)}}) +
         "\n";
}

}  // namespace

RequestLog::RequestLog(std::string format, Parts parts)
    : format_(std::move(format)), parts_(std::move(parts)) {}

RequestLog::~RequestLog() { flush(); }

void RequestLog::told(const Sandbox& box, const Exchange& exchange) {
  if (format_ == "off") return;
  if (format_ == "json") return add_text(json_line(box, exchange));
  LogLine line;
  line.at = exchange.answered;
  line.sandbox = box.name();
  line.what = exchange.request->method;
  line.target = shown_target(*exchange.request);
  line.status = exchange.status;
  line.bytes = std::to_string(exchange.reply_bytes) + "B";
  if (!exchange.task.empty()) line.task = "task " + exchange.task.substr(0, 8);
  line.words = in_words(exchange);
  line.place = rule_place(exchange);
  line.ours = !exchange.own_error.empty();
  if (parts_.look && parts_.look().colour) line.link = link_to(box, exchange);
  add(line);
}

// All calls through a proxy have the same path; what they are for stands in a header.
std::string RequestLog::shown_target(const http::Request& request) const {
  const std::string_view meant = parts_.target ? parts_.target(request) : std::string_view();
  if (meant.empty()) return valid_utf8(logged_target(request));
  return "proxy " + valid_utf8(webhook::without_credentials(meant.substr(0, 20'000)));
}

std::string RequestLog::link_to(const Sandbox& box, const Exchange& exchange) const {
  const std::string page = parts_.page();
  if (page.empty()) return "";
  if (exchange.task.empty())
    return page + "#request=" + http::percent_encoded(exchange_id(box, exchange));
  return page + "#task=" + http::percent_encoded(exchange.task) +
         "&sandbox=" + http::percent_encoded(box.name());
}

void RequestLog::turned_away(const http::Request& request, const http::Reply& reply) {
  if (format_ == "off") return;
  const std::string code(reply.headers.get("x-emulator-error").value_or("error"));
  const std::string why = reason_in(reply);
  if (format_ == "json")
    return add_text(compact_json({{"at", rfc3339(parts_.wall.now(), 3)},
                                  {"method", valid_utf8(request.method.substr(0, 40))},
                                  {"target", valid_utf8(request.target.substr(0, 2'000))},
                                  {"status", reply.status},
                                  {"emulator_error", code},
                                  {"message", why}}) +
                    "\n");
  LogLine line;
  line.at = parts_.wall.now();
  line.what = request.method.substr(0, 40);
  line.target = valid_utf8(request.target.substr(0, 20'000));
  line.status = reply.status;
  line.words = "emulator error " + code + (why.empty() ? "" : ": " + why);
  line.ours = true;
  add(line);
}

void RequestLog::clock_changed(const Sandbox& box, Instant before) {
  if (format_ == "off") return;
  const Instant now = box.now();
  const double speed = box.clock.speed();
  if (format_ == "json")
    return add_text(compact_json({{"at", rfc3339(now, 3)},
                                  {"sandbox", box.name()},
                                  {"clock", {{"before", rfc3339(before, 3)}, {"speed", speed}}}}) +
                    "\n");
  LogLine line;
  line.at = now;
  line.sandbox = box.name();
  line.what = "clock";
  // A clock that runs has gone on a little since it was given its speed.
  const bool moved = now < before || now - before >= std::chrono::milliseconds(speed == 0 ? 0 : 1);
  if (now != before && moved)
    line.words = (now > before ? "moved on by " + roughly(now - before)
                               : "set back by " + roughly(before - now)) +
                 " from " + rfc3339(before, 0);
  const std::string runs = box.skips      ? "skips"
                           : speed == 0   ? "stands"
                           : speed == 1.0 ? "runs"
                                          : "runs " + compact_json(speed) + " times as fast";
  line.words += (line.words.empty() ? "" : ", ") + runs;
  add(line);
}

void RequestLog::warned(const std::string& text) {
  if (format_ == "off") return;
  add_text((format_ == "json" ? compact_json({{"warning", text}}) : "warning: " + text) + "\n");
}

void RequestLog::add(const LogLine& plain) {
  LogLine line = plain;
  line.wall = parts_.wall.now();
  gather(human_line(line, parts_.look ? parts_.look() : LogLook{}));
}

void RequestLog::add_text(const std::string& line) { gather(printable(line)); }

void RequestLog::gather(const std::string& line) {
  buffer_ += line;
  if (buffer_.size() > kLogBuffer) return flush();
  if (waiting_) return;
  waiting_ = true;
  parts_.loop.post([this] {
    waiting_ = false;
    flush();
  });
}

void RequestLog::flush() {
  if (buffer_.empty()) return;
  parts_.write(buffer_);
  buffer_.clear();
}

}  // namespace emulator
