#include "emulator/sandbox/packed_exchange.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace emulator {
namespace {

// Three archives go over the same list of members, so that they cannot disagree about it.
class Measure {
 public:
  template <class T>
  void plain(const T&) {
    static_assert(std::is_trivially_copyable_v<T>);
    size += sizeof(T);
  }
  void text(std::string_view text) { size += sizeof(std::uint32_t) + text.size(); }

  std::size_t size = 0;
};

class Writer {
 public:
  explicit Writer(char* to) : to_(to) {}

  template <class T>
  void plain(const T& value) {
    put(&value, sizeof(T));
  }
  void text(std::string_view text) {
    plain(static_cast<std::uint32_t>(text.size()));
    put(text.data(), text.size());
  }

 private:
  void put(const void* from, std::size_t size) {
    if (size > 0) std::memcpy(to_, from, size);
    to_ += size;
  }
  char* to_;
};

class Reader {
 public:
  explicit Reader(const char* from) : from_(from) {}

  template <class T>
  void plain(T& value) {
    std::memcpy(&value, from_, sizeof(T));
    from_ += sizeof(T);
  }
  void text(std::string& text) {
    std::uint32_t size = 0;
    plain(size);
    text.assign(from_, size);
    from_ += size;
  }

 private:
  const char* from_;
};

// The length of a list, and its members one by one. To read, the list is made that long first.
template <class Archive, class List, class Each>
void list(Archive& archive, List& of, Each each) {
  auto count = static_cast<std::uint32_t>(of.size());
  archive.plain(count);
  if constexpr (!std::is_const_v<List>) of.resize(count);
  for (auto& member : of) each(member);
}

template <class Archive, class Of>
void members(Archive& archive, Of& of) {
  archive.plain(of.on);
  archive.plain(of.at);
  archive.plain(of.answered);
  archive.plain(of.took);
  archive.plain(of.request_bytes);
  archive.plain(of.status);
  archive.plain(of.reply_bytes);
  archive.plain(of.nth);
  archive.plain(of.draw_key);
  archive.plain(of.chance);
  archive.text(of.provider);
  archive.text(of.route);
  archive.text(of.endpoint);
  archive.text(of.task);
  archive.text(of.key);
  archive.text(of.wire);
  archive.text(of.refusal);
  archive.text(of.note);
  archive.text(of.task_before);
  archive.text(of.task_after);
  list(archive, of.rules, [&](auto& rule) { archive.plain(rule); });
  list(archive, of.drawn, [&](auto& drawn) { archive.plain(drawn); });
  list(archive, of.misses, [&](auto& miss) {
    archive.plain(miss.rule);
    archive.text(miss.condition);
  });
}

template <class Archive, class Of>
void request_members(Archive& archive, Of& of) {
  archive.text(of.method);
  archive.text(of.path);
  archive.text(of.query);
  archive.text(of.body);
  archive.plain(of.secure);
  archive.text(of.peer);
}

// The target is the path with the query, but for a request to a proxy or with an empty query.
bool plain_target(const http::Request& request) {
  const std::string &target = request.target, &path = request.path, &query = request.query;
  if (!target.starts_with(path)) return false;
  if (query.empty()) return target.size() == path.size();
  return target.size() == path.size() + 1 + query.size() && target[path.size()] == '?' &&
         target.ends_with(query);
}

template <class Archive>
void put_headers(Archive& archive, const http::Headers& headers) {
  archive.plain(static_cast<std::uint32_t>(headers.size()));
  for (const auto& [name, value] : headers) {
    archive.text(name);
    archive.text(value);
  }
}

http::Headers read_headers(Reader& archive) {
  std::uint32_t count = 0;
  archive.plain(count);
  http::Headers out;
  out.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::string name, value;
    archive.text(name);
    archive.text(value);
    out.add(std::move(name), std::move(value));
  }
  return out;
}

template <class Archive>
void put_request(Archive& archive, const http::Request& request) {
  request_members(archive, request);
  const bool plain = plain_target(request);
  archive.plain(plain);
  if (!plain) archive.text(request.target);
  put_headers(archive, request.headers);
}

std::shared_ptr<const http::Request> read_request(Reader& archive) {
  auto out = std::make_shared<http::Request>();
  request_members(archive, *out);
  bool plain = false;
  archive.plain(plain);
  if (!plain)
    archive.text(out->target);
  else
    out->target = out->query.empty() ? out->path : out->path + '?' + out->query;
  out->headers = read_headers(archive);
  return out;
}

// Most replies are kept as they are; to make one text of their head first would be for nothing.
template <class Archive>
void put_reply(Archive& archive, const Exchange& exchange, const http::Reply* reply) {
  archive.plain(reply != nullptr);
  if (reply != nullptr)
    put_headers(archive, reply->headers);
  else
    archive.text(exchange.reply_head);
  archive.text(reply != nullptr ? reply->body : exchange.reply_body);
}

void read_reply(Reader& archive, Exchange& exchange) {
  bool whole = false;
  archive.plain(whole);
  if (whole)
    exchange.reply_head = head_text(read_headers(archive));
  else
    archive.text(exchange.reply_head);
  archive.text(exchange.reply_body);
}

template <class Archive>
void put_all(Archive& archive, const Exchange& exchange, const http::Reply* reply) {
  members(archive, exchange);
  put_reply(archive, exchange, reply);
  archive.plain(exchange.request != nullptr);
  if (exchange.request) put_request(archive, *exchange.request);
  archive.plain(exchange.submitted != nullptr);
  if (!exchange.submitted) return;
  archive.text(exchange.submitted->prompt);
  archive.text(exchange.submitted->input);
}

}  // namespace

std::size_t packed_size(const Exchange& exchange, const http::Reply* reply) {
  Measure measure;
  put_all(measure, exchange, reply);
  return measure.size;
}

void pack(const Exchange& exchange, char* to, const http::Reply* reply) {
  Writer writer(to);
  put_all(writer, exchange, reply);
}

std::shared_ptr<Exchange> unpacked(const char* from) {
  Reader reader(from);
  auto out = std::make_shared<Exchange>();
  members(reader, *out);
  read_reply(reader, *out);
  bool there = false;
  reader.plain(there);
  if (there) out->request = read_request(reader);
  reader.plain(there);
  if (!there) return out;
  Submitted submitted;
  reader.text(submitted.prompt);
  reader.text(submitted.input);
  out->submitted = std::make_shared<const Submitted>(std::move(submitted));
  return out;
}

}  // namespace emulator
