#include "emulator/http/flow.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "emulator/http/connection.h"

namespace emulator::http {
namespace {

using namespace std::chrono_literals;

// Small enough that a slow body looks slow, large enough not to spend the day on it.
constexpr std::chrono::nanoseconds kSlice = 50ms;

// As good as unlimited, and far from overflowing the reckoning of slices.
constexpr std::uint64_t kFastest = 100'000'000'000;

// What the handler holds. It does not keep the flow alive: a departed client's memory goes at once.
class Sink final : public BodySink {
 public:
  explicit Sink(const std::shared_ptr<Flow>& flow) : flow_(flow) {}
  // Nobody is left who could end the body, so the client must not wait for it.
  ~Sink() override {
    try {
      Sink::abort();
    } catch (...) {  // it is marked as ended, and ends when the connection next looks
    }
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void write(std::string piece) override {
    if (const auto flow = flow_.lock()) flow->write(std::move(piece));
  }
  std::size_t backlog() const override {
    const auto flow = flow_.lock();
    return flow ? flow->backlog() : 0;
  }
  void end() override {
    if (const auto flow = flow_.lock()) flow->end();
  }
  void abort() override {
    if (const auto flow = flow_.lock()) flow->abort();
  }
  void on_closed(std::function<void()> closed) override {
    if (const auto flow = flow_.lock()) flow->on_closed(std::move(closed));
  }

 private:
  std::weak_ptr<Flow> flow_;
};

}  // namespace

Flow::Flow(Connection& connection, const Executor& executor, bool chunked, bool close,
           const Fault& fault, bool whole)
    : connection_(&connection), chunked_(chunked), close_(close), whole_(whole) {
  if (fault.kind == Fault::Kind::kCut && fault.share >= 0) share_ = fault.share;
  if (fault.kind == Fault::Kind::kCut && !share_) left_ = fault.bytes;
  unended_ = fault.kind == Fault::Kind::kUnended;
  if (fault.kind == Fault::Kind::kSlow) {
    rate_ = std::clamp<std::uint64_t>(fault.bytes, 1, kFastest);
    timer_.emplace(executor);
  }
}

std::shared_ptr<BodySink> Flow::sink() { return std::make_shared<Sink>(shared_from_this()); }

void Flow::write(std::string piece) {
  if (ended_ || !connection_) return;
  if (share_ && !piece.empty()) {
    left_ = static_cast<std::uint64_t>(*share_ * static_cast<double>(piece.size()));
    share_.reset();
  }
  if (left_ && piece.size() >= *left_) {
    piece.resize(static_cast<std::size_t>(*left_));
    ended_ = broken_ = true;
  }
  if (left_) *left_ -= piece.size();
  if (!piece.empty()) frame(std::move(piece));
  advance();
}

void Flow::end() {
  if (ended_ || !connection_) return;
  ended_ = true;
  if (chunked_) put(unended_ ? "1\r\n" : "0\r\n\r\n");
  broken_ = unended_;
  advance();
}

void Flow::abort() {
  if (ended_ || !connection_) return;
  ended_ = broken_ = true;
  advance();
}

std::size_t Flow::backlog() const {
  if (!connection_) return 0;
  return waiting_.size() - waiting_from_ + connection_->unsent();
}

void Flow::on_closed(std::function<void()> closed) { on_closed_ = std::move(closed); }

std::function<void()> Flow::detach() {
  connection_ = nullptr;
  timer_.reset();
  std::string().swap(waiting_);
  waiting_from_ = 0;
  std::function<void()> closed = std::move(on_closed_);
  on_closed_ = nullptr;
  if (ended_) closed = nullptr;
  ended_ = true;
  return closed;
}

void Flow::frame(std::string piece) {
  if (!chunked_) return put(std::move(piece));
  char size[18];
  char* end = std::to_chars(size, size + 16, piece.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  put(std::string(size, end));
  put(std::move(piece));
  put("\r\n");
}

void Flow::put(std::string piece) {
  if (rate_ == 0) return connection_->flow_bytes(std::move(piece));
  if (waiting_.empty()) {
    waiting_ = std::move(piece);
  } else {
    waiting_ += piece;
  }
}

void Flow::advance() {
  const bool held_back = waiting_from_ < waiting_.size() && !broken_;
  if (held_back) {
    if (!pacing_) pace();
  } else if (ended_) {
    connection_->flow_ended(broken_);
  } else {
    connection_->pump();
  }
}

// Lets one slice go, and itself be called for the next.
void Flow::pace() {
  const auto per_slice =
      static_cast<std::size_t>(rate_ * static_cast<std::uint64_t>(kSlice.count()) / 1'000'000'000u);
  const std::size_t slice = std::clamp<std::size_t>(per_slice, 1, waiting_.size() - waiting_from_);
  const std::chrono::nanoseconds wait(static_cast<std::uint64_t>(slice) * 1'000'000'000u / rate_);
  pacing_ = true;
  timer_->expires_after(wait);
  timer_->async_wait([weak = weak_from_this()](const ErrorCode& error) {
    const auto flow = weak.lock();
    if (error || !flow || !flow->connection_) return;
    flow->pacing_ = false;
    flow->advance();
  });
  // A reader slower than the pace must not make us pile up bytes on the way to it.
  if (connection_->unsent() == 0) {
    connection_->flow_bytes(waiting_.substr(waiting_from_, slice));
    waiting_from_ += slice;
    if (waiting_from_ == waiting_.size()) {
      waiting_.clear();
      waiting_from_ = 0;
    }
  }
  connection_->pump();
}

}  // namespace emulator::http
