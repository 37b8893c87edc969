#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/http/asio.h"
#include "emulator/http/forward.h"
#include "emulator/http/message.h"

namespace emulator::http {

// Reads an answer: its head into a Reply, and its body piece by piece.
class PassedAnswer final : public boost::beast::http::basic_parser<false> {
 public:
  explicit PassedAnswer(bool head_only) {
    header_limit(1u << 20);
    body_limit(std::numeric_limits<std::uint64_t>::max());
    eager(true);
    skip(head_only);
  }

  // What has been read and not been taken.
  Reply reply;
  std::string body;
  // The head is that of an answer to come (100, 103): another one follows.
  bool provisional() const { return is_header_done() && reply.status < 200; }

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, Text, Text, int, Error&) override {}
  void on_response_impl(int status, Text reason, int, Error&) override;
  void on_field_impl(boost::beast::http::field, Text name, Text value, Error&) override;
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text piece, Error&) override { return take(piece); }
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text piece, Error&) override { return take(piece); }
  void on_finish_impl(Error&) override {}

  std::size_t take(Text piece) {
    body.append(piece.data(), piece.size());
    return piece.size();
  }
};

// A connection to another server of ours: one request at a time, and as many as it takes one after
// the other.
class ForwardLine final : public std::enable_shared_from_this<ForwardLine> {
 public:
  // `free` is told when it may take another request; `gone` when it never will. Each is handed the
  // line.
  using Told = std::function<void(ForwardLine&)>;
  ForwardLine(Socket socket, Told free, Told gone);

  // Sends `head` and the body of the request, and answers it. While it is free.
  void ask(std::string head, std::shared_ptr<const Request> request, Respond respond);
  // Whoever waits for an answer gets what there would be if the other side had ended here.
  void break_off();
  // Breaks off what is under way. Nobody is told.
  void close();
  bool open() const { return open_; }
  SteadyClock::time_point free_since() const { return free_since_; }
  std::uint64_t number = 0;  // for whoever has it
  std::string place;         // where it leads

 private:
  struct Untaken;
  void read();
  void heard(const ErrorCode& error, std::size_t size);
  void take(std::string_view came);
  void begin();
  void hand_on();
  void end();
  void unreadable();
  void broken(const ErrorCode& error);
  void lost();

  Socket socket_;
  Timer pause_;
  Told free_, gone_;
  std::optional<PassedAnswer> answer_;  // while one is awaited
  std::string raw_;                     // what came of it, until its head could be read
  bool readable_ = true;
  std::shared_ptr<const Request> request_;
  std::string head_;
  Respond respond_;
  std::shared_ptr<BodySink> sink_;
  bool begun_ = false;  // its answer is handed on
  bool open_ = true;
  bool reading_ = false;
  SteadyClock::time_point free_since_{};
  std::string buffer_;
};

}  // namespace emulator::http
