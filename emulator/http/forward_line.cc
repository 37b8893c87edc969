// One connection to another server of ours, and the answer that comes over it.
#include "emulator/http/forward_line.h"

#include <array>
#include <boost/asio/write.hpp>
#include <utility>

namespace emulator::http {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRead = 16u << 10;
// What may wait for a client that reads slowly, before no more is read for it.
constexpr std::size_t kAhead = 512u << 10;
constexpr std::size_t kMostRaw = 16u << 20;
constexpr std::chrono::milliseconds kPause = 2ms;

// Fields that are between the two ends of one connection alone.
bool is_of_connection(std::string_view name) {
  return same_name(name, "connection") || same_name(name, "keep-alive") ||
         same_name(name, "transfer-encoding");
}

}  // namespace

void PassedAnswer::on_response_impl(int status, Text reason, int, Error&) {
  reply.status = static_cast<unsigned>(status);
  if (reason != Text(standard_reason(reply.status).data(), standard_reason(reply.status).size()))
    reply.reason.assign(reason.data(), reason.size());
}

void PassedAnswer::on_field_impl(boost::beast::http::field, Text name, Text value, Error&) {
  if (is_of_connection({name.data(), name.size()})) return;
  reply.headers.add(std::string(name), std::string(value));
}

// What goes when a client has left before its answer's turn came: nobody will take the stream.
struct ForwardLine::Untaken {
  explicit Untaken(std::weak_ptr<ForwardLine> of) : line(std::move(of)) {}
  ~Untaken() {
    try {
      if (const auto self = line.lock()) self->lost();
    } catch (...) {  // it is closed all the same, and goes with the forwarder
    }
  }
  Untaken(const Untaken&) = delete;
  Untaken& operator=(const Untaken&) = delete;

  std::weak_ptr<ForwardLine> line;
};

ForwardLine::ForwardLine(Socket socket, Told free, Told gone)
    : socket_(std::move(socket)),
      pause_(socket_.get_executor()),
      free_(std::move(free)),
      gone_(std::move(gone)),
      buffer_(kRead, '\0') {}

void ForwardLine::ask(std::string head, std::shared_ptr<const Request> request, Respond respond) {
  answer_.emplace(request->method == "HEAD");
  raw_.clear();
  readable_ = true;
  begun_ = false;
  request_ = std::move(request);
  respond_ = std::move(respond);
  head_ = std::move(head);
  // Whoever asked and leaves has it broken off.
  if (const auto caller = request_->caller.lock())
    caller->on_left([weak = weak_from_this(), asked = std::weak_ptr<const Request>(request_)] {
      const auto self = weak.lock();
      if (!self || self->request_ != asked.lock() || self->begun_) return;
      self->lost();
    });
  const std::array<asio::const_buffer, 2> all{asio::buffer(head_), asio::buffer(request_->body)};
  asio::async_write(socket_, all,
                    [self = shared_from_this(), kept = request_](const ErrorCode&, std::size_t) {
                      // A failure is seen by the read that waits for the answer.
                    });
  read();
}

void ForwardLine::read() {
  if (reading_ || !open_) return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](const ErrorCode& error, std::size_t size) {
                            self->reading_ = false;
                            if (self->open_) self->heard(error, size);
                          });
}

void ForwardLine::heard(const ErrorCode& error, std::size_t size) {
  if (!answer_) return lost();  // free, and it says something or ends
  if (error) return broken(error);
  take(std::string_view(buffer_).substr(0, size));
}

void ForwardLine::take(std::string_view came) {
  raw_.append(came);
  // Bytes that are no HTTP are those of a scenario, which are bounded as its text is.
  if (!readable_ && raw_.size() > kMostRaw) return break_off();
  boost::beast::error_code error;
  while (readable_ && !raw_.empty() && !answer_->is_done()) {
    const std::size_t used = answer_->put(asio::buffer(raw_), error);
    const bool more = error == boost::beast::http::error::need_more;
    if (error && !more) return unreadable();
    raw_.erase(0, used);
    if (more) break;
    if (answer_->provisional() && answer_->reply.status != 101)
      answer_.emplace(request_->method == "HEAD");
  }
  if (readable_ && answer_->is_header_done()) {
    if (!begun_) begin();
    hand_on();
  }
  if (!open_ || !answer_) return;
  if (readable_ && answer_->is_done()) return;  // its sink is still to come
  // Whoever reads slowly, or is not there yet, is waited for.
  const std::size_t ahead = sink_ ? sink_->backlog() : answer_->body.size();
  if (ahead > kAhead) {
    pause_.expires_after(kPause);
    pause_.async_wait([self = shared_from_this()](const ErrorCode& stopped) {
      if (!stopped && self->open_) self->take({});
    });
    return;
  }
  read();
}

// The head is here: what is here whole goes as one, all else as a stream.
void ForwardLine::begin() {
  begun_ = true;
  Reply reply = std::move(answer_->reply);
  const Respond respond = std::exchange(respond_, nullptr);
  if (answer_->is_done()) {
    reply.body = std::move(answer_->body);
    answer_->body.clear();
    end();
    return respond(std::move(reply));
  }
  reply.sized = !answer_->chunked() && reply.headers.has("content-length");
  reply.stream = [self = shared_from_this(), asked = request_,
                  untaken =
                      std::make_shared<Untaken>(weak_from_this())](std::shared_ptr<BodySink> sink) {
    untaken->line.reset();
    if (!self->open_ || self->request_ != asked) return sink->abort();
    sink->on_closed([weak = std::weak_ptr(self)] {
      if (const auto line = weak.lock()) line->lost();
    });
    self->sink_ = std::move(sink);
    self->hand_on();
  };
  respond(std::move(reply));
}

void ForwardLine::hand_on() {
  if (!sink_ || !answer_) return;
  const auto sink = sink_;
  if (!answer_->body.empty()) sink->write(std::exchange(answer_->body, {}));
  if (!answer_ || !answer_->is_done() || !sink_) return;
  end();
  sink->end();
}

void ForwardLine::end() {
  const bool keep = answer_->keep_alive() && raw_.empty();
  answer_.reset();
  sink_.reset();
  request_.reset();
  if (!keep) return lost();
  free_since_ = SteadyClock::now();
  read();
  free_(*this);
}

// No HTTP: the client gets what there is as it is, once all of it has come.
void ForwardLine::unreadable() {
  if (begun_) return break_off();
  readable_ = false;
  read();
}

void ForwardLine::broken(const ErrorCode& error) {
  if (begun_) {
    boost::beast::error_code wrong;
    if (error == asio::error::eof && readable_) answer_->put_eof(wrong);
    const auto sink = std::exchange(sink_, nullptr);
    const bool whole = error == asio::error::eof && !wrong && answer_->is_done();
    if (sink && !answer_->body.empty()) sink->write(std::exchange(answer_->body, {}));
    lost();
    if (!sink) return;
    return whole ? sink->end() : sink->abort();
  }
  Reply reply;
  reply.fault.kind = error == asio::error::eof ? Fault::Kind::kClose : Fault::Kind::kReset;
  if (!raw_.empty()) {
    reply.fault.kind = Fault::Kind::kRaw;
    reply.body = std::move(raw_);
  }
  const Respond respond = std::exchange(respond_, nullptr);
  begun_ = true;
  lost();
  respond(std::move(reply));
}

void ForwardLine::break_off() { answer_ ? broken(asio::error::connection_reset) : lost(); }

void ForwardLine::lost() {
  if (!open_) return;
  const auto self = shared_from_this();
  close();
  gone_(*this);
}

void ForwardLine::close() {
  open_ = false;
  ErrorCode ignored;
  pause_.cancel();
  socket_.close(ignored);
  answer_.reset();
  request_.reset();
  respond_ = nullptr;
  if (const auto sink = std::exchange(sink_, nullptr)) sink->abort();
}

}  // namespace emulator::http
