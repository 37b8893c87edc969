// The reading half of a connection: bytes into requests, requests to the handler.

#include <exception>
#include <utility>

#ifdef __linux__
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif

#include "emulator/http/connection.h"
#include "emulator/http/websocket.h"

namespace emulator::http {
namespace {

// Unparsed input that is kept while the pipeline is full; then the kernel holds the rest back.
constexpr std::size_t kReadAhead = 64u << 10;
// Reads in a row before other connections have their turn.
constexpr int kReadsInARow = 8;

Reply plain_refusal(unsigned status, std::string_view why) {
  Reply reply;
  reply.status = status;
  reply.headers.add("Content-Type", "text/plain; charset=utf-8");
  reply.body = std::string(why) + "\n";
  return reply;
}

}  // namespace

void Connection::arm_read() {
  if (reading_ || end_of_input_ || switching_ || in_.size() >= kReadAhead) return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(buffer_),
                          [self = shared_from_this()](const ErrorCode& error, std::size_t size) {
                            self->on_read(error, size);
                          });
}

void Connection::on_read(const ErrorCode& error, std::size_t size) {
  reading_ = false;
  if (state_ == State::kClosed) return;
  if (error == asio::error::operation_aborted) return settle();
  if (error == asio::error::eof) return on_end_of_input();
  if (error) return close();
  read_mark_ = SteadyClock::now();
  take({buffer_.data(), size});
  if (size == buffer_.size()) read_more();
  if (state_ == State::kClosed) return;
  // Past this much the client does not read, or does not mean to.
  if (discarded_ > context_.limits.body_bytes + kReadAhead) return close();
  pump();
}

// The buffer was filled, so there is more: read on with more room, without waiting for it.
void Connection::read_more() {
  char* const scratch = context_.scratch();
  for (int i = 0; i < kReadsInARow && in_.size() < kReadAhead; ++i) {
    if (state_ == State::kClosed || switching_) return;
    ErrorCode error;
    const std::size_t size = socket_.read_some(asio::buffer(scratch, Context::kScratch), error);
    // An end or an error comes again at the next read, which is where it is acted on.
    if (error) return;
    take({scratch, size});
    if (size < Context::kScratch) return;
  }
}

void Connection::on_end_of_input() {
  end_of_input_ = true;
  read_mark_ = SteadyClock::now();
  const bool streaming = flow_ && !flow_->whole();
  if (state_ == State::kLingering || hanging_ || streaming) return close();
  reader_.abandon();
  pump();
}

void Connection::take(std::string_view fresh) {
  if (!taking_requests_) {
    discarded_ += fresh.size();
    return;
  }
  const bool outer = !pumping_;
  pumping_ = true;
  if (in_.empty()) {
    parse(fresh);
    if (taking_requests_) in_.assign(fresh);
  } else {
    in_.append(fresh);
    take_leftover();
  }
  if (outer) pumping_ = false;
}

// True when a request came out of what was left over from earlier reads.
bool Connection::take_leftover() {
  if (in_.empty() || !may_parse()) return false;
  std::string input = std::move(in_);
  in_.clear();
  std::string_view rest = input;
  const std::size_t dispatched = parse(rest);
  if (!taking_requests_ || state_ == State::kClosed) return dispatched != 0;
  input.erase(0, input.size() - rest.size());
  in_ = std::move(input);
  return dispatched != 0;
}

bool Connection::may_parse() const {
  return taking_requests_ && !upgrade_pending_ && state_ == State::kOpen &&
         (pending_ < context_.limits.pipelined || reader_.begun());
}

// Parses from the front of `data`; returns how many requests were handed on.
std::size_t Connection::parse(std::string_view& data) {
  std::size_t dispatched = 0;
  while (!data.empty() && may_parse()) {
    const bool begun = reader_.begun();
    const RequestReader::Step step = reader_.take(data);
    if (!begun) head_mark_ = read_mark_;
    if (reader_.in_body()) continue_owed_ = continue_owed_ && step == RequestReader::Step::kHead;
    switch (step) {
      case RequestReader::Step::kMore:
        return dispatched;
      case RequestReader::Step::kHead:
        if (!head_read(!data.empty())) return dispatched;
        break;
      case RequestReader::Step::kDone:
        ++dispatched;
        dispatch();
        break;
      case RequestReader::Step::kRefused:
        refuse(reader_.status(), reader_.why());
        return dispatched;
    }
  }
  return dispatched;
}

// A head is complete and a body is due. False when it is refused without its body.
bool Connection::head_read(bool body_here) {
  if (context_.hooks.early) {
    std::optional<Reply> refusal;
    try {
      refusal = context_.hooks.early(reader_.request());
    } catch (const std::exception& error) {
      refuse(500, error.what());
      return false;
    }
    if (refusal) {
      refuse_with(std::move(*refusal));
      return false;
    }
  }
  if (reader_.too_large()) {
    std::string_view nothing;
    static_cast<void>(reader_.take(nothing));
    refuse(reader_.status(), reader_.why());
    return false;
  }
  continue_owed_ = reader_.expects_continue() && !body_here;
  return true;
}

void Connection::dispatch() {
  continue_owed_ = false;
  const std::shared_ptr<Exchange> exchange = enqueue();
  const std::shared_ptr<Request> request = reader_.release();
  if (reader_.upgrade_asked() && websocket_asked(*request)) {
    exchange->upgrade = request;
    upgrade_pending_ = true;
  }
  if (!exchange->asked.keep_alive) taking_requests_ = false;
  count(context_.requests);
  if (context_.turns) context_.turns->took_in(*request);
  try {
    context_.hooks.handle(request, [exchange](Reply reply) { exchange->answer(std::move(reply)); });
  } catch (const std::exception& error) {
    // `answer` does nothing when the handler had replied before it threw.
    exchange->answer(protocol_reply(500, error.what()));
  } catch (...) {
    exchange->answer(protocol_reply(500, kUnknownFault));
  }
}

std::shared_ptr<Exchange> Connection::enqueue() {
  auto exchange = std::make_shared<Exchange>();
  exchange->connection = this;
  exchange->asked = {reader_.begun() && reader_.request().method == "HEAD", reader_.http11(),
                     reader_.keep_alive()};
  Exchange* const added = exchange.get();
  if (last_) {
    last_->next = exchange;
  } else {
    first_ = exchange;
  }
  last_ = added;
  ++pending_;
  return exchange;
}

Reply Connection::protocol_reply(unsigned status, std::string_view why) const {
  return context_.hooks.protocol ? context_.hooks.protocol(status, why)
                                 : plain_refusal(status, why);
}

void Connection::refuse(unsigned status, std::string_view why) {
  refuse_with(protocol_reply(status, why));
}

// Answers the request being read and takes no other: where the next one begins is not known.
void Connection::refuse_with(Reply reply) {
  const std::shared_ptr<Exchange> exchange = enqueue();
  exchange->asked.keep_alive = false;
  exchange->reply = std::move(reply);
  exchange->answered = true;
  reader_.abandon();
  continue_owed_ = false;
  taking_requests_ = false;
  discarded_ = 0;
}

// While input is held back, no read tells that the client has left; the kernel knows.
bool Connection::departed_unread() {
#ifdef __linux__
  if (reading_) return false;
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return info.tcpi_state == TCP_CLOSE_WAIT || info.tcpi_state == TCP_CLOSE;
#else
  return false;
#endif
}

}  // namespace emulator::http
