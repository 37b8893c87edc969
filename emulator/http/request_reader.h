#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/http/body_decoder.h"
#include "emulator/http/message.h"
#include "emulator/http/server.h"

namespace emulator::http {

// Beast's parser, writing heads straight into a Request. Bodies are read by BodyDecoder: it says at
// which byte a request ends, whatever the pieces in which it comes.
class HeadParser final : public boost::beast::http::basic_parser<true> {
 public:
  HeadParser(Request& request, std::size_t header_bytes);

  bool http11() const { return http11_; }
  bool transfer_encoded() const { return transfer_encoded_; }
  bool expects_continue() const { return expects_continue_; }
  bool upgrade_asked() const { return upgrade_asked_; }
  int hosts() const { return hosts_; }
  // The bytes now being parsed: a field value from elsewhere was folded over several lines.
  void parsing(std::string_view data) { data_ = data; }
  // Why a field was refused, when `put` failed for a reason of ours.
  std::string_view refusal() const { return refusal_; }

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;
  using Field = boost::beast::http::field;
  using Verb = boost::beast::http::verb;

  void on_request_impl(Verb verb, Text method, Text target, int version, Error& error) override;
  void on_field_impl(Field field, Text name, Text value, Error& error) override;
  void on_header_impl(Error&) override {}
  void on_finish_impl(Error&) override {}
  // Never called: the parser stops behind the head.
  void on_response_impl(int, Text, int, Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text, Error&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error&) override { return body.size(); }

  void refuse(std::string_view why, Error& error);

  Request& request_;
  std::string_view data_;
  std::string_view refusal_;
  bool http11_ = false;
  bool transfer_encoded_ = false;
  bool expects_continue_ = false;
  bool upgrade_asked_ = false;
  int hosts_ = 0;
};

// Reads one request after the other from a byte stream. Knows no sockets.
class RequestReader {
 public:
  enum class Step {
    kMore,     // all of `data` that can be used was; the rest must come again with what follows it
    kHead,     // a head is complete and a body is due; call `take` again for it
               // (when it is `too_large`, that refuses it)
    kDone,     // a request is complete; `release` it
    kRefused,  // see `status` and `why`; the stream cannot be read on
  };

  // The first byte of a TLS connection (RFC 8446, 5.1); none of a request.
  static constexpr char kTlsHandshake = '\x16';

  // `peer` is noted on every request. Requests are counted for as long as anybody holds them.
  RequestReader(const ServerLimits& limits, std::string peer, Memory* memory = nullptr)
      : limits_(limits), peer_(std::move(peer)), memory_(memory) {}

  // The requests come over TLS, from now on.
  void secure() { secure_ = true; }
  // CONNECT is a request like any other; else it is refused.
  void take_tunnels() { tunnels_ = true; }

  // Removes what it used from the front of `data`.
  Step feed(std::string_view& data);

  // A request has begun and is not yet complete.
  bool begun() const { return request_ != nullptr; }
  bool in_body() const { return body_.has_value(); }
  const Request& request() const { return *request_; }
  bool expects_continue() const { return expects_continue_; }
  // The body about to come is longer than allowed, by its own account.
  bool too_large() const { return too_large_; }
  // It was sent as to a proxy: CONNECT, or with a whole address as its target.
  bool for_proxy() const { return for_proxy_; }
  // The length it announced; 0 when it did not.
  std::uint64_t announced() const { return announced_; }
  // Of the request last read:
  bool keep_alive() const { return keep_alive_; }
  bool http11() const { return http11_; }
  bool upgrade_asked() const { return upgrade_asked_; }

  // Hands out the request, so that the next can begin.
  std::shared_ptr<Request> release();
  void abandon();

  unsigned status() const { return status_; }
  std::string_view why() const { return why_; }

 private:
  struct Counted final : Request {
    Charge charge;
  };

  Step take_head(std::string_view& data);
  Step take_body(std::string_view& data);
  Step head_complete();
  Step tunnel_asked();
  void count();
  Step refuse(unsigned status, std::string_view why);

  const ServerLimits& limits_;
  const std::string peer_;
  std::uint64_t requests_ = 0;  // begun
  Memory* const memory_;
  std::shared_ptr<Counted> request_;
  std::uint64_t announced_ = 0;
  std::optional<HeadParser> head_;
  std::optional<BodyDecoder> body_;
  std::size_t head_size_ = 0;
  std::size_t scanned_ = 0;  // of the unused part of the head
  unsigned status_ = 0;
  std::string_view why_;  // of static storage
  bool expects_continue_ = false;
  bool keep_alive_ = true;
  bool http11_ = true;
  bool upgrade_asked_ = false;
  bool too_large_ = false;
  bool secure_ = false;
  bool tunnels_ = false;
  bool for_proxy_ = false;
};

}  // namespace emulator::http
