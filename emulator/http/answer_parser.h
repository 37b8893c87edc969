#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "emulator/http/client.h"

namespace emulator::http {

// Beast's parser of an answer, writing into a Receipt: the head, and as much of the body as is
// kept. What comes beyond `most` bytes of body is not waited for.
class AnswerParser final : public boost::beast::http::basic_parser<false> {
 public:
  AnswerParser(Receipt& receipt, const std::function<void(std::string_view)>& hear,
               std::size_t head_bytes, std::size_t most, std::size_t kept)
      : receipt_(receipt), hear_(hear), most_(most), kept_(kept) {
    header_limit(static_cast<std::uint32_t>(head_bytes));
    body_limit(std::numeric_limits<std::uint64_t>::max());
    eager(true);
  }

  // As much of the body has been read as ever will be.
  bool enough() const { return read_ >= most_; }
  // The head is that of an answer to come (100, 103): another one follows.
  bool provisional() const {
    return is_header_done() && receipt_.status >= 100 && receipt_.status < 200 &&
           receipt_.status != 101;
  }

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, Text, Text, int, Error&) override {}
  void on_response_impl(int status, Text, int, Error&) override {
    receipt_.status = static_cast<unsigned>(status);
  }
  void on_field_impl(boost::beast::http::field, Text name, Text value, Error&) override {
    receipt_.headers.add(std::string(name), std::string(value));
  }
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text body, Error&) override { return take(body); }
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error&) override { return take(body); }
  void on_finish_impl(Error&) override {}

  std::size_t take(Text body) {
    if (hear_) {
      hear_(std::string_view(body.data(), body.size()));
      return body.size();
    }
    const std::size_t room = kept_ - receipt_.body.size();
    receipt_.body.append(body.data(), body.size() < room ? body.size() : room);
    if (body.size() > room) receipt_.cut = true;
    read_ += body.size();
    if (read_ >= most_) receipt_.cut = true;
    return body.size();
  }

  Receipt& receipt_;
  const std::function<void(std::string_view)>& hear_;
  const std::size_t most_;
  const std::size_t kept_;
  std::size_t read_ = 0;
};

}  // namespace emulator::http
