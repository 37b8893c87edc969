// The way out of a connection: answers in the order of their requests, into the batch or into what
// waits for the socket.
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "emulator/http/connection.h"

namespace emulator::http {

void Exchange::answer(Reply&& with) {
  if (!connection || answered) return;
  answered = true;
  if (with.fault.kind != Fault::Kind::kHang) told.clear();
  reply = std::move(with);
  held = reply.body.size();
  connection->hold(held);
  connection->pump();
}

void Exchange::on_left(std::function<void()> left) {
  if (answered) return;
  if (abandoned) return asio::post(*loop, std::move(left));
  told.push_back(std::move(left));
}

// Sends every reply that is due. True when user code was called: then there may be more to do.
bool Connection::deliver() {
  while (first_ && first_->answered && !flow_ && !hanging_ && !switching_ && then_ == Then::kGoOn) {
    begin_reply();
  }
  if (continue_owed_ && !first_ && taking_requests_) {
    continue_owed_ = false;
    out().add("HTTP/1.1 100 Continue\r\n\r\n");
  }
  send();
  if (failed_) close();
  if (!stream_due_ || state_ != State::kOpen) return false;
  start_stream();
  return true;
}

void Connection::begin_reply() {
  Exchange& exchange = *first_;
  Reply& reply = exchange.reply;
  switch (reply.fault.kind) {
    case Fault::Kind::kHang:
      hanging_ = true;
      return;
    case Fault::Kind::kClose:
      return close_behind(Then::kClose);
    case Fault::Kind::kReset:
      return close_behind(Then::kReset);
    case Fault::Kind::kRaw:
      out().add_body(std::move(reply.body));
      return close_behind(Then::kClose);
    default:
      break;
  }
  if (exchange.passage) return begin_passage();
  if (exchange.upgrade) {
    if (reply.passage) {
      exchange.passage = std::move(reply.passage);
      return begin_passage();
    }
    if (reply.websocket) {
      switching_ = true;
      return;
    }
    upgrade_pending_ = false;
  }
  const bool last = !exchange.next && !reader_.begun() && in_.empty();
  if (context_.draining && last) exchange.asked.keep_alive = false;

  const bool streamed = static_cast<bool>(reply.stream);
  const Framing framing = framing_of(reply, exchange.asked, streamed);
  std::string& text = out().text();
  const std::size_t before = text.size();
  append_head(text, reply, exchange.asked, framing, streamed);
  out().appended(before);
  begin_body(framing, streamed);
}

void Connection::begin_body(const Framing& framing, bool streamed) {
  Reply& reply = first_->reply;
  const bool cut = reply.fault.kind == Fault::Kind::kCut;
  if (framing.body && (streamed || reply.fault.kind == Fault::Kind::kSlow)) {
    flow_ = std::make_shared<Flow>(*this, context_.io.get_executor(), framing.chunked,
                                   framing.close, reply.fault, !streamed);
    stream_due_ = true;
    return;
  }
  if (framing.body) {
    if (cut && reply.fault.bytes < reply.body.size()) {
      reply.body.resize(static_cast<std::size_t>(reply.fault.bytes));
    }
    out().add_body(std::move(reply.body));
  }
  if (framing.close || cut) return close_behind(Then::kClose);
  pop();
}

// Calls the handler's stream, or starts the paced sending of a whole body.
void Connection::start_stream() {
  stream_due_ = false;
  const std::shared_ptr<Flow> flow = flow_;
  const auto stream = std::move(first_->reply.stream);
  if (!stream) {
    flow->write(std::move(first_->reply.body));
    flow->end();
    return;
  }
  try {
    stream(flow->sink());
  } catch (const std::exception& error) {
    context_.report(error.what());
    flow->abort();
  } catch (...) {
    context_.report(kUnknownFault);
    flow->abort();
  }
}

void Connection::flow_bytes(std::string&& bytes) {
  if (all_sent()) write_mark_ = SteadyClock::now();
  out_.add_body(std::move(bytes));
}

void Connection::flow_ended(bool broken) {
  const bool close = broken || flow_->closes();
  flow_->detach();
  flow_.reset();
  if (close) {
    close_behind(Then::kClose);
  } else {
    pop();
  }
  pump();
}

// Later, because whoever is told may be in the middle of a call to this very connection.
void Connection::abandon(Exchange& exchange) {
  exchange.abandoned = true;
  for (auto& left : exchange.told) asio::post(context_.io, std::move(left));
  exchange.told.clear();
}

void Connection::pop() {
  if (!first_->answered || !first_->told.empty()) abandon(*first_);
  held_ -= first_->held;
  first_->held = 0;
  first_->connection = nullptr;
  first_->reply = Reply();
  first_ = std::move(first_->next);
  if (!first_) last_ = nullptr;
  --pending_;
}

void Connection::close_behind(Then then) {
  then_ = then;
  taking_requests_ = false;
  in_.clear();
  reader_.abandon();
  drop_exchanges();
}

void Connection::drop_exchanges() {
  while (first_) pop();
  upgrade_pending_ = false;
}

// Where to put what is to be sent next: the batch all connections share, as long as nothing of this
// connection waits and nobody else is filling it.
Outgoing& Connection::out() {
  if (!out_.empty() || (context_.batch_of && context_.batch_of != this)) return out_;
  context_.batch_of = this;
  return context_.batch;
}

void Connection::send() {
  Outgoing& queue = out();
  const bool batched = &queue == &context_.batch;
  const std::size_t before = queue.bytes() + wire_.pending();
  if (before != 0 && !write_waiting_) {
    const ErrorCode error = wire_.send(queue);
    const std::size_t left = queue.bytes() + wire_.pending();
    if (!error && left != 0 && (batched || left != before)) write_mark_ = SteadyClock::now();
    if (error) failed_ = true;
    // The client had to read before it could be heard again: its time begins anew.
    if (!batched && left == 0) read_mark_ = head_mark_ = SteadyClock::now();
  }
  if (!batched) return;
  if (!failed_) out_.append(queue);
  queue.clear();
  context_.batch_of = nullptr;
}

void Connection::arm_write() {
  if (write_waiting_ || all_sent()) return;
  write_waiting_ = true;
  wire_.socket().async_wait(Socket::wait_write,
                            [self = shared_from_this()](const ErrorCode& error) {
                              self->write_waiting_ = false;
                              if (self->state_ == State::kClosed) return;
                              // Cancelled together with a read: the wait begins again.
                              if (error && error != asio::error::operation_aborted)
                                return self->close();
                              self->pump();
                            });
}

}  // namespace emulator::http
