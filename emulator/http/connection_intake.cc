// The reading half of a connection: bytes into requests, requests to the handler.

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <exception>
#include <utility>

#include "emulator/http/address.h"
#include "emulator/http/connection.h"
#include "emulator/http/websocket.h"
#include "emulator/os/os.h"

namespace emulator::http {
namespace {

// Unparsed input that is kept while the pipeline is full; then the kernel holds the rest back.
constexpr std::size_t kReadAhead = 64u << 10;
// Bytes of answers that may wait for their turn before further requests are left unread.
constexpr std::size_t kAnswersAhead = 64u << 10;
// Reads in a row before other connections have their turn.
constexpr int kReadsInARow = 8;
// Of TLS alone, such as answers to new keys; replies are encrypted when the socket takes them.
constexpr std::size_t kMostSealed = 256u << 10;

// The address of this machine that a client came to; "" for a Unix socket.
std::string local_address(const Socket& socket) {
  ErrorCode error;
  const auto local = socket.local_endpoint(error);
  const auto* const data = static_cast<const sockaddr*>(local.data());
  if (error) return "";
  Address address;
  if (data->sa_family == AF_INET) {
    const auto* const v4 = reinterpret_cast<const sockaddr_in*>(data);
    std::memcpy(address.bytes.data(), &v4->sin_addr, 4);
  } else if (data->sa_family == AF_INET6) {
    const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(data);
    address.v6 = true;
    std::memcpy(address.bytes.data(), &v6->sin6_addr, 16);
  } else {
    return "";
  }
  return unmapped(address).text();
}

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
  wire_.socket().async_read_some(
      asio::buffer(buffer_), [self = shared_from_this()](const ErrorCode& error, std::size_t size) {
        self->on_read(error, size);
      });
}

void Connection::on_read(const ErrorCode& error, std::size_t size) {
  reading_ = false;
  if (state_ == State::kClosed) return;
  if (error == asio::error::operation_aborted)
    return context_.draining && !switching_ ? hear_the_last() : settle();
  if (error == asio::error::eof) return on_end_of_input();
  if (error) return close();
  read_mark_ = SteadyClock::now();
  receive({buffer_.data(), size});
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
    if (state_ == State::kClosed || switching_ || end_of_input_) return;
    ErrorCode error;
    const std::size_t size =
        wire_.socket().read_some(asio::buffer(scratch, Context::kScratch), error);
    // An end or an error comes again at the next read, which is where it is acted on.
    if (error) return;
    receive({scratch, size});
    if (size < Context::kScratch) return;
  }
}

// What came over the socket: the bytes of requests, or of TLS around them.
void Connection::receive(std::string_view bytes) {
  if (opening_ && !bytes.empty()) {
    opening_ = false;
    if (bytes.front() == RequestReader::kTlsHandshake && context_.identities) begin_tls();
  }
  if (!wire_.secure() || state_ != State::kOpen) return take(bytes);
  receive_secure(bytes);
}

void Connection::begin_tls() {
  auto session = context_.identities->begin(local_address(wire_.socket()));
  if (!session) return close();
  head_mark_ = read_mark_;
  reader_.secure();
  wire_.begin(std::move(session));
}

void Connection::receive_secure(std::string_view bytes) {
  char* const room = context_.opened_room();
  while (state_ == State::kOpen) {
    std::size_t got = 0;
    switch (wire_.open(bytes, room, Context::kOpened, got)) {
      case Wire::Step::kBytes:
        take({room, got});
        break;
      case Wire::Step::kMore:
        // Somebody who has us answer and does not read.
        if (wire_.pending() > kMostSealed) close();
        return;
      case Wire::Step::kEnd:
        return on_end_of_input();
      case Wire::Step::kFailed:
        wire_.flush();
        return close();
    }
  }
}

void Connection::on_end_of_input() {
  if (end_of_input_) return;
  end_of_input_ = true;
  read_mark_ = SteadyClock::now();
  const bool streaming = flow_ && !flow_->whole();
  if (state_ == State::kLingering || hanging_ || streaming) return close();
  // What is left to parse may hold the rest of the request that was begun.
  if (in_.empty()) reader_.abandon();
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

// True when something came out of what was left over from earlier reads that is to be answered.
bool Connection::take_leftover() {
  if (in_.empty() || !may_parse()) return false;
  if (opening_) {
    // A tunnel that ends here: what comes through it begins like a connection.
    const std::string input = std::exchange(in_, std::string());
    receive(input);
    return true;
  }
  std::string input = std::move(in_);
  in_.clear();
  std::string_view rest = input;
  const std::size_t dispatched = parse(rest);
  if (!taking_requests_ || state_ == State::kClosed) return true;
  input.erase(0, input.size() - rest.size());
  in_ = std::move(input);
  return dispatched != 0 || continue_owed_;
}

bool Connection::may_parse() const {
  return taking_requests_ && !upgrade_pending_ && state_ == State::kOpen &&
         (pending_ < context_.limits.pipelined || reader_.begun()) && all_sent() &&
         held_ < kAnswersAhead;
}

// Parses from the front of `data`; returns how many requests were handed on.
std::size_t Connection::parse(std::string_view& data) {
  std::size_t dispatched = 0;
  while (!data.empty() && may_parse()) {
    const bool begun = reader_.begun();
    const RequestReader::Step step = reader_.feed(data);
    if (!begun) head_mark_ = read_mark_;
    if (reader_.in_body()) continue_owed_ = continue_owed_ && step == RequestReader::Step::kHead;
    switch (step) {
      case RequestReader::Step::kMore:
        if (reader_.in_body()) refuse_busy(0);
        return dispatched;
      case RequestReader::Step::kHead:
        if (reader_.for_proxy() && passed_on()) return dispatched;
        if (!head_read(!data.empty())) return dispatched;
        break;
      case RequestReader::Step::kDone:
        if (reader_.for_proxy() && !reader_.in_body() && passed_on()) return dispatched + 1;
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
    static_cast<void>(reader_.feed(nothing));
    refuse(reader_.status(), reader_.why());
    return false;
  }
  // What is announced is not reserved: whoever announces and does not send shall keep out nobody.
  if (refuse_busy(static_cast<std::size_t>(reader_.announced()))) return false;
  continue_owed_ = reader_.expects_continue() && !body_here;
  return true;
}

// Refuses the request being read when there is no room for so much more of it.
bool Connection::refuse_busy(std::size_t more) {
  if (context_.room_for(more)) return false;
  auto reply = busy_reply(without_body(reader_.request()));
  if (!reply) return false;
  refuse_with(std::move(*reply));
  return true;
}

std::optional<Reply> Connection::busy_reply(const std::shared_ptr<const Request>& request) const {
  if (!context_.hooks.busy) return protocol_reply(503, "there is no memory left for this");
  try {
    return context_.hooks.busy(request);
  } catch (const std::exception& error) {
    return protocol_reply(500, error.what());
  }
}

void Connection::dispatch() {
  continue_owed_ = false;
  const std::shared_ptr<Exchange> exchange = enqueue();
  const std::shared_ptr<Request> request = reader_.release();
  request->caller = exchange;
  if (reader_.upgrade_asked() && websocket_asked(*request)) {
    exchange->upgrade = request;
    upgrade_pending_ = true;
  }
  if (!exchange->asked.keep_alive) taking_requests_ = false;
  http::count(context_.requests);
  if (context_.turns) context_.turns->took_in(*request);
  if (!context_.room_for(0))
    if (auto busy = busy_reply(request)) return exchange->answer(std::move(*busy));
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
  exchange->loop = &context_.io;
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
  return !reading_ && os::peer_has_left(wire_.socket().native_handle());
}

}  // namespace emulator::http
