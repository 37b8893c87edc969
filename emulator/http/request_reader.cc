#include "emulator/http/request_reader.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <functional>
#include <limits>
#include <utility>

namespace emulator::http {
namespace {

namespace beast_http = boost::beast::http;

constexpr std::string_view kNoTls =
    "this port speaks plain HTTP, and a client began TLS on it: give the client an http:// address";
constexpr std::string_view kNoTunnels =
    "this is no proxy, so CONNECT leads nowhere: point the client's base address here, or leave "
    "the "
    "emulator out of its proxy settings";

// Enough for what clients send, so that the fields move at most once or twice.
constexpr std::size_t kUsualFields = 12;
// A body's room is not taken on the mere word of its sender beyond this.
constexpr std::size_t kReserved = 1u << 20;

std::string_view view_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Whether a field stands on several lines of `data`. Beast then gives its value unfolded, from room
// of its own, or from the second line when the first is blank.
bool folded(std::string_view name, std::string_view value, std::string_view data) {
  if (value.empty()) return false;
  const std::less<const char*> before;
  const char* const from = name.data() + name.size();
  if (before(value.data(), from) || !before(value.data(), data.data() + data.size())) return true;
  return std::find(from, value.data(), '\n') != value.data();
}

// A line feed that follows no carriage return, from `from` on.
bool has_bare_line_feed(std::string_view data, std::size_t from) {
  for (std::size_t at = data.find('\n', from); at != std::string_view::npos;
       at = data.find('\n', at + 1)) {
    if (at == 0 || data[at - 1] != '\r') return true;
  }
  return false;
}

// Where the path begins in "http://host/path"; npos when the target is not of that form.
std::size_t authority_begin(std::string_view target) {
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos) return colon;
  const std::string_view scheme = target.substr(0, colon);
  return same_name(scheme, "http") || same_name(scheme, "https") ? colon + 3
                                                                 : std::string_view::npos;
}

// The target's path and query; a target of absolute form also names the host (RFC 9112, 3.2.2).
// False when it has none of the forms of a target.
bool split_target(Request& request, std::string& authority) {
  std::string_view rest = request.target;
  if (rest.front() != '/') {
    const std::size_t begin = authority_begin(rest);
    if (begin != std::string_view::npos) {
      rest.remove_prefix(begin);
      const std::size_t size = std::min(rest.find_first_of("/?"), rest.size());
      authority = rest.substr(0, size);
      rest.remove_prefix(size);
      if (authority.empty()) return false;
    } else if (rest == "*") {
      rest = "/";
    } else {
      return false;
    }
  }
  const std::size_t question = rest.find('?');
  request.path = rest.substr(0, question);
  if (request.path.empty()) request.path.push_back('/');
  if (question != std::string_view::npos) request.query = rest.substr(question + 1);
  return true;
}

std::string_view why_malformed(const boost::beast::error_code& error) {
  switch (static_cast<beast_http::error>(error.value())) {
    case beast_http::error::bad_method:
      return "the method is malformed";
    case beast_http::error::bad_target:
      return "the request target is malformed";
    case beast_http::error::bad_version:
      return "the request line must end with HTTP/1.1 or HTTP/1.0";
    case beast_http::error::bad_field:
      return "a header name is malformed";
    case beast_http::error::bad_value:
      return "a header value is malformed";
    case beast_http::error::bad_content_length:
      return "Content-Length is malformed or contradicts another header";
    case beast_http::error::bad_transfer_encoding:
      return "Transfer-Encoding is malformed or contradicts another header";
    default:
      return "the request is malformed";
  }
}

}  // namespace

HeadParser::HeadParser(Request& request, std::size_t header_bytes) : request_(request) {
  header_limit(static_cast<std::uint32_t>(
      std::min<std::size_t>(header_bytes, std::numeric_limits<std::uint32_t>::max())));
  body_limit(boost::none);
  skip(true);
  eager(true);
}

void HeadParser::on_request_impl(Verb, Text method, Text target, int version, Error&) {
  request_.method = view_of(method);
  request_.target = view_of(target);
  request_.headers.reserve(kUsualFields);
  http11_ = version == 11;
}

void HeadParser::on_field_impl(Field field, Text name, Text value, Error& error) {
  const std::string_view text = view_of(value);
  if (folded(view_of(name), text, data_))
    return refuse("a header value is folded over several lines", error);
  switch (field) {
    case Field::host:
      if (++hosts_ > 1) return refuse("there is more than one Host header", error);
      break;
    case Field::transfer_encoding:
      if (!same_name(text, "chunked")) {
        return refuse("the only Transfer-Encoding accepted is chunked", error);
      }
      transfer_encoded_ = true;
      break;
    case Field::expect:
      expects_continue_ = same_name(text, "100-continue");
      break;
    case Field::upgrade:
      upgrade_asked_ = true;
      break;
    default:
      break;
  }
  request_.headers.add(std::string(view_of(name)), std::string(text));
}

void HeadParser::refuse(std::string_view why, Error& error) {
  refusal_ = why;
  error = beast_http::make_error_code(beast_http::error::bad_value);
}

RequestReader::Step RequestReader::feed(std::string_view& data) {
  if (!request_) {
    if (!data.empty() && data.front() == kTlsHandshake) return refuse(501, kNoTls);
    // Blank lines before a request are read over: some clients send one behind a body.
    while (!data.empty() && (data.front() == '\r' || data.front() == '\n')) data.remove_prefix(1);
    if (data.empty()) return Step::kMore;
    request_ = std::make_shared<Counted>();
    request_->charge = Charge(memory_, Held::kRequests);
    request_->peer = peer_;
    request_->secure = secure_;
    request_->nth = ++requests_;
    head_.emplace(*request_, limits_.header_bytes);
    head_size_ = 0;
    scanned_ = 0;
    too_large_ = false;
    announced_ = 0;
  }
  return body_ ? take_body(data) : take_head(data);
}

RequestReader::Step RequestReader::take_head(std::string_view& data) {
  boost::beast::error_code error;
  head_->parsing(data);
  const std::size_t used = head_->put(boost::asio::const_buffer(data.data(), data.size()), error);
  data.remove_prefix(used);
  head_size_ += used;
  // The parser limits each piece it is given; this is the limit of all of them.
  const std::size_t pending = head_->is_done() ? 0 : data.size();
  if (error == beast_http::error::header_limit || head_size_ + pending > limits_.header_bytes) {
    return refuse(431, "the request line and headers are too large");
  }
  if (error == beast_http::error::need_more) {
    // The parser waits for the end of the head, which such a sender means to have sent.
    if (has_bare_line_feed(data, scanned_ - std::min(scanned_, used))) {
      return refuse(400, "a line does not end with CR LF");
    }
    scanned_ = data.size();
    return Step::kMore;
  }
  if (error) return refuse(400, head_->refusal().empty() ? why_malformed(error) : head_->refusal());
  return head_->is_done() ? head_complete() : Step::kMore;
}

RequestReader::Step RequestReader::head_complete() {
  for_proxy_ = false;
  if (request_->method == "CONNECT") return tunnel_asked();
  std::string authority;
  if (!split_target(*request_, authority)) return refuse(400, "the request target is malformed");
  http11_ = head_->http11();
  keep_alive_ = head_->keep_alive();
  upgrade_asked_ = head_->upgrade_asked();
  expects_continue_ = head_->expects_continue() && http11_;
  if (http11_ && head_->hosts() == 0) return refuse(400, "the Host header is missing");
  if (!authority.empty()) {
    for_proxy_ = true;
    if (same_name(std::string_view(request_->target).substr(0, 6), "https:"))
      request_->secure = true;
    request_->headers.set("host", std::move(authority));
  }

  if (head_->transfer_encoded()) {
    if (!http11_) return refuse(400, "HTTP/1.0 knows no Transfer-Encoding");
    body_ = BodyDecoder::chunked(limits_.body_bytes, limits_.header_bytes);
  } else if (const auto length = head_->content_length(); length && *length != 0) {
    announced_ = *length;
    too_large_ = *length > limits_.body_bytes;
    if (!too_large_) request_->body.reserve(std::min(static_cast<std::size_t>(*length), kReserved));
    body_ = BodyDecoder::of_length(*length);
  }
  head_.reset();
  count();
  return body_ ? Step::kHead : Step::kDone;
}

// What follows a CONNECT is no body but what goes through the tunnel (RFC 9110, 9.3.6).
RequestReader::Step RequestReader::tunnel_asked() {
  if (!tunnels_) return refuse(501, kNoTunnels);
  const auto length = head_->content_length();
  if (head_->transfer_encoded() || (length && *length != 0))
    return refuse(400, "a CONNECT has no body: what follows it goes through the tunnel");
  if (request_->target.find_first_of("/?@# ") != std::string::npos)
    return refuse(400, "CONNECT wants HOST:PORT and nothing else");
  request_->path = "/";
  http11_ = head_->http11();
  keep_alive_ = true;
  upgrade_asked_ = expects_continue_ = false;
  for_proxy_ = true;
  head_.reset();
  count();
  return Step::kDone;
}

RequestReader::Step RequestReader::take_body(std::string_view& data) {
  if (too_large_) return refuse(413, "the body is too large");
  const BodyDecoder::State state = body_->feed(data, request_->body);
  count();
  switch (state) {
    case BodyDecoder::State::kMore:
      return Step::kMore;
    case BodyDecoder::State::kDone:
      return Step::kDone;
    case BodyDecoder::State::kTooLarge:
      return refuse(413, "the body is too large");
    case BodyDecoder::State::kMalformed:
      break;
  }
  return refuse(400, "the chunked body is malformed");
}

// The head is kept twice: its target in parts as well.
void RequestReader::count() {
  request_->charge.set(sizeof(Counted) + 2 * head_size_ + request_->body.capacity());
}

std::shared_ptr<Request> RequestReader::release() {
  head_.reset();
  body_.reset();
  return std::move(request_);
}

void RequestReader::abandon() { release().reset(); }

RequestReader::Step RequestReader::refuse(unsigned status, std::string_view why) {
  status_ = status;
  why_ = why;
  return Step::kRefused;
}

}  // namespace emulator::http
