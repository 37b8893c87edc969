// What can be spoiled in the bytes is spoiled here; what only a socket can do (a reset, a cut, a
// trickle) is asked of the server by Reply::fault.
#include "emulator/pipeline/wire.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

namespace emulator {
namespace {

using scenario::Wire;
using Fault = http::Fault::Kind;

constexpr std::size_t kGarbageBytes = 256;

// Passes a stream's pieces on, each spoiled.
class SpoilingSink final : public http::BodySink {
 public:
  explicit SpoilingSink(std::shared_ptr<http::BodySink> sink) : sink_(std::move(sink)) {}
  void write(std::string piece) override { sink_->write(bad_json(std::move(piece))); }
  std::size_t backlog() const override { return sink_->backlog(); }
  void end() override { sink_->end(); }
  void abort() override { sink_->abort(); }
  void on_closed(std::function<void()> closed) override { sink_->on_closed(std::move(closed)); }

 private:
  std::shared_ptr<http::BodySink> sink_;
};

bool carries(const http::Reply& reply, std::string_view type) {
  return reply.headers.get("content-type").value_or("").find(type) != std::string_view::npos;
}

void fail_to_send(Fault fault, http::Reply& reply) { reply.fault.kind = fault; }

void cut(const Wire& wire, http::Reply& reply) {
  reply.fault.kind = Fault::kCut;
  reply.fault.bytes = wire.bytes;
  if (wire.share < 0) return;
  reply.fault.bytes =
      static_cast<std::uint64_t>(wire.share * static_cast<double>(reply.body.size()));
  if (reply.stream) reply.fault.share = wire.share;
}

void garbage(Draw draw, http::Reply& reply) {
  reply.fault.kind = Fault::kRaw;
  reply.stream = nullptr;
  reply.body.resize(kGarbageBytes);
  for (char& c : reply.body) c = static_cast<char>(draw.next());
  reply.body.front() = '\x15';  // so that it never begins as an HTTP reply does
}

void wrong_length(http::Reply& reply) {
  if (reply.stream) return fail_to_send(Fault::kUnended, reply);
  // The server sends a stated length as it is, and closes behind the body.
  reply.headers.set("content-length", std::to_string(2 * reply.body.size() + 1));
}

std::string spoil_json(http::Reply& reply) {
  if (!carries(reply, "json") && !carries(reply, "event-stream"))
    return "this reply carries no JSON, so \"wire: bad_json\" was left out";
  reply.body = bad_json(std::move(reply.body));
  if (reply.stream)
    reply.stream = [stream = std::move(reply.stream)](std::shared_ptr<http::BodySink> sink) {
      stream(std::make_shared<SpoilingSink>(std::move(sink)));
    };
  return "";
}

}  // namespace

std::string_view to_string(Wire::Kind kind) {
  switch (kind) {
    case Wire::Kind::kLost:
      return "lost";
    case Wire::Kind::kReset:
      return "reset";
    case Wire::Kind::kEmpty:
      return "empty";
    case Wire::Kind::kHang:
      return "hang";
    case Wire::Kind::kCut:
      return "cut";
    case Wire::Kind::kSlow:
      return "slow";
    case Wire::Kind::kGarbage:
      return "garbage";
    case Wire::Kind::kWrongLength:
      return "wrong_length";
    case Wire::Kind::kWrongType:
      return "wrong_type";
    case Wire::Kind::kBadJson:
      return "bad_json";
  }
  return "";
}

bool before_work(Wire::Kind kind) {
  return kind == Wire::Kind::kReset || kind == Wire::Kind::kEmpty || kind == Wire::Kind::kHang;
}

std::string bad_json(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
    if (ends && (text[i] == '}' || text[i] == ']')) text[i] = ',';
  }
  return text;
}

std::string apply_wire(const Wire& wire, Draw draw, http::Reply& reply) {
  switch (wire.kind) {
    case Wire::Kind::kLost:
    case Wire::Kind::kEmpty:
      fail_to_send(Fault::kClose, reply);
      break;
    case Wire::Kind::kReset:
      fail_to_send(Fault::kReset, reply);
      break;
    case Wire::Kind::kHang:
      fail_to_send(Fault::kHang, reply);
      break;
    case Wire::Kind::kCut:
      cut(wire, reply);
      break;
    case Wire::Kind::kSlow:
      reply.fault = {Fault::kSlow, std::max<std::uint64_t>(wire.bytes, 1), -1};
      break;
    case Wire::Kind::kGarbage:
      garbage(draw, reply);
      break;
    case Wire::Kind::kWrongLength:
      wrong_length(reply);
      break;
    case Wire::Kind::kWrongType:
      reply.headers.set("content-type", "text/html; charset=utf-8");
      break;
    case Wire::Kind::kBadJson:
      return spoil_json(reply);
  }
  return "";
}

}  // namespace emulator
