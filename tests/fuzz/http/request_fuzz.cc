// Whatever comes over the wire is read to the same requests in one piece and in many, and what is
// handed on keeps the promises of Request.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/http/message.h"
#include "emulator/http/request_reader.h"

namespace {

using emulator::http::Headers;
using emulator::http::Request;
using emulator::http::RequestReader;
using emulator::http::ServerLimits;

// A broken promise ends the run, so that the fuzzer keeps the input.
void promise(bool kept) {
  if (!kept) std::abort();
}

ServerLimits small_limits() {
  ServerLimits limits;
  limits.header_bytes = 512;
  limits.body_bytes = 256;
  return limits;
}

std::vector<Request> read(std::string_view wire, std::size_t piece) {
  const ServerLimits limits = small_limits();
  RequestReader reader(limits, "peer");
  std::vector<Request> requests;
  std::string unused;
  while (!wire.empty()) {
    unused += wire.substr(0, piece);
    wire.remove_prefix(std::min(piece, wire.size()));
    std::string_view data = unused;
    while (!data.empty() || (reader.in_body() && reader.too_large())) {
      const RequestReader::Step step = reader.feed(data);
      if (step == RequestReader::Step::kRefused) {
        promise(reader.status() >= 400 && !reader.why().empty());
        return requests;
      }
      if (step == RequestReader::Step::kDone) requests.push_back(*reader.release());
      if (step == RequestReader::Step::kMore) break;
    }
    promise(data.size() <= limits.header_bytes);
    unused = std::string(data);
  }
  return requests;
}

bool clean(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void check(const Request& request) {
  const ServerLimits limits = small_limits();
  promise(!request.method.empty() && clean(request.method));
  promise(!request.path.empty() && request.path.front() == '/' && clean(request.path));
  promise(clean(request.query) && clean(request.target));
  promise(request.body.size() <= limits.body_bytes);
  for (const auto& [name, value] : request.headers) {
    promise(!name.empty() && clean(name) && clean(value));
    promise(request.headers.has(name));
    static_cast<void>(request.parameter(value));
  }
  promise(!(request.headers.has("content-length") && request.headers.has("transfer-encoding")));
}

void check_same(const std::vector<Request>& a, const std::vector<Request>& b) {
  promise(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    promise(a[i].method == b[i].method && a[i].target == b[i].target && a[i].body == b[i].body);
    promise(a[i].headers.size() == b[i].headers.size());
  }
}

void check_text(std::string_view text) {
  using emulator::http::percent_decoded;
  using emulator::http::percent_encoded;
  promise(percent_decoded(percent_encoded(text)) == text);
  promise(percent_decoded(text, true).size() <= text.size());
  Request request;
  request.query = text;
  const auto first = request.parameter("a");
  promise(!first || first->size() <= text.size());
  Headers headers;
  headers.set(text, "1");
  headers.add(std::string(text), "2");
  headers.set(text, "3");
  promise(headers.size() == 1 && headers.get(text) == "3");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string wire(data, data + size);
  check_text(wire);
  const std::vector<Request> whole = read(wire, wire.size() + 1);
  for (const Request& request : whole) check(request);
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{64}}) {
    check_same(whole, read(wire, piece));
  }
  return 0;
}
