#include "emulator/providers/fal/realtime.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "emulator/base/json_build.h"
#include "emulator/base/text.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/names.h"
#include "emulator/providers/fal/token.h"

namespace emulator::fal {
namespace {

constexpr std::string_view kTail = "/realtime";
constexpr std::uint16_t kNormal = 1000;

// Whether the token in the query (or any other credential) lets the caller use this app.
bool allowed(const Call& call) {
  if (call.request->headers.has("authorization") || !call.origin.here.empty()) return true;
  const auto token = call.parameter("fal_jwt_token");
  const auto claims = token ? claims_in(*call.box, *token) : std::nullopt;
  if (!claims) return false;
  const std::int64_t now =
      std::chrono::duration_cast<std::chrono::seconds>(call.now.time_since_epoch()).count();
  if (claims->at("exp").get<std::int64_t>() <= now) return false;
  const Json& apps = claims->at("allowed_apps");
  if (!apps.is_array() || apps.empty()) return true;
  const std::string id = clean_endpoint(call.capture("endpoint"));
  const AppPath path = app_path(id);
  return std::any_of(apps.begin(), apps.end(), [&](const Json& app) {
    return app == path.app || app == path.base || app == id ||
           (app.is_string() && app.get<std::string>() == id + std::string(kTail));
  });
}

// The direct call that an input stands for: the same address without its tail.
std::shared_ptr<http::Request> direct_call(const Call& call) {
  const auto without_tail = [](std::string text) {
    const auto query = text.find('?');
    std::string rest = query == std::string::npos ? "" : text.substr(query);
    text.resize(std::min(query, text.size()));
    if (text.ends_with('/')) text.pop_back();
    if (text.ends_with(kTail)) text.resize(text.size() - kTail.size());
    return text + rest;
  };
  auto request = std::make_shared<http::Request>();
  request->method = "POST";
  request->target = without_tail(call.request->target);
  request->path = without_tail(call.request->path);
  request->query = call.request->query;
  request->secure = call.request->secure;
  request->peer = call.request->peer;
  for (const auto& [name, value] : call.request->headers) {
    if (starts_with_name(name, "sec-websocket-") || http::same_name(name, "upgrade") ||
        http::same_name(name, "connection") || http::same_name(name, "content-type"))
      continue;
    request->headers.add(name,
                         http::same_name(name, "x-fal-target-url") ? without_tail(value) : value);
  }
  request->headers.add("content-type", "application/json");
  return request;
}

// Bytes cannot go into JSON: what fal makes of them in its echoes.
void without_binaries(Json& value) {
  if (value.is_binary()) {
    value = "<binary " + std::to_string(value.get_binary().size()) + " bytes>";
  } else if (value.is_structured()) {
    for (Json& part : value) without_binaries(part);
  }
}

std::optional<Json> input_in(const std::string& data, bool binary, const JsonLimits& limits) {
  Json input;
  if (binary) {
    if (!is_msgpack(data)) return std::nullopt;
    auto decoded = decode_msgpack(data, limits);
    if (!decoded) return std::nullopt;
    input = std::move(*decoded);
    without_binaries(input);
  } else {
    auto decoded = decode_json(data, limits);
    if (!decoded) return std::nullopt;
    input = std::move(*decoded);
  }
  if (!input.is_object()) return std::nullopt;
  return input;
}

// The client of a conversation, as those know it who work on one of its messages.
class Talker final : public http::Caller {
 public:
  void on_left(std::function<void()> left) override { told_.push_back(std::move(left)); }
  bool is_there() const override { return there_; }
  void answered() { told_.clear(); }
  void leave() {
    there_ = false;
    for (const auto& left : std::exchange(told_, {})) left();
  }

 private:
  std::vector<std::function<void()>> told_;
  bool there_ = true;
};

class Conversation : public std::enable_shared_from_this<Conversation> {
 public:
  Conversation(const emulator::Dialect& dialect, const Call& call, Desk& desk)
      : desk_(desk),
        provider_call_(call),
        box_(call.box->name()),
        idle_(facts_of(dialect.contract()).realtime_idle),
        charge_(desk.memory(), Held::kWebSockets) {
    if (const auto most = call.parameter("max_buffering"))
      buffer_ = std::clamp<std::size_t>(std::strtoul(most->c_str(), nullptr, 10), 1, 60);
  }

  void open(std::shared_ptr<http::WebSocket> socket) {
    socket_ = std::move(socket);
    socket_->on_closed([self = shared_from_this()] { self->left(); });
    socket_->on_message([self = shared_from_this()](std::string data, bool binary) {
      self->received(std::move(data), binary);
    });
    if (const auto now = desk_.now_in(box_)) {
      last_ = *now;
      watch();
    }
  }

 private:
  void say(const Json& message) { socket_->send_text(compact_json(message)); }

  // Closes the connection once there was no input for a while, on the sandbox's clock.
  void watch() {
    desk_.at(box_, last_ + idle_,
             [self = shared_from_this()](const std::function<void()>& finished) {
               const auto now = self->desk_.now_in(self->box_);
               if (self->open_ && now) {
                 if (*now >= self->last_ + self->idle_) {
                   self->say({{"type", "x-fal-error"},
                              {"error", "TIMEOUT"},
                              {"reason", "no inputs, reconnect when needed!"}});
                   self->socket_->close(kNormal, "");
                   self->open_ = false;
                 } else {
                   self->watch();
                 }
               }
               finished();
             });
  }

  void received(std::string data, bool binary) {
    if (const auto now = desk_.now_in(box_)) last_ = *now;
    charge_.add(data.capacity());
    waiting_.push_back({std::move(data), binary});
    while (waiting_.size() > buffer_) static_cast<void>(take());
    if (!busy_) next();
  }

  // The client has gone, and with it whoever needs what it sent. A task that was made of it stays.
  void left() {
    open_ = false;
    while (!waiting_.empty()) static_cast<void>(take());
    talker_->leave();
    charge_.set(0);
  }

  void next() {
    while (open_ && !waiting_.empty() && !busy_) {
      const Message message = take();
      const auto input = input_in(message.data, message.binary, provider_call_.json_limits);
      if (!input) {
        say({{"type", "x-fal-error"},
             {"error", "INTERNAL_ERROR"},
             {"reason",
              "the input is no object in msgpack or JSON, or exceeds the emulator's limits "
              "--max-json-values and --max-json-members"}});
        continue;
      }
      busy_ = true;
      auto request = direct_call(provider_call_);
      request->body = compact_json(*input);
      request->caller = talker_;
      charge_.set(charge_.bytes() + request->body.capacity());
      const Json id = input->value("request_id", Json());
      const std::size_t size = request->body.capacity();
      desk_.perform(std::move(request),
                    [self = shared_from_this(), id, size](const http::Reply& reply) {
                      self->charge_.sub(std::min(size, self->charge_.bytes()));
                      self->talker_->answered();
                      self->answered(reply, id);
                      self->busy_ = false;
                      self->next();
                    });
    }
  }

  void answered(const http::Reply& reply, const Json& id) {
    if (!open_) return;
    auto body = decode_json(reply.body);
    if (reply.status != 200 || !body || !body->is_object()) {
      const Json detail = body && body->is_object() ? body->value("detail", Json()) : Json();
      const std::string reason = detail.is_string() ? detail.get<std::string>()
                                 : detail.is_null() ? "Internal Server Error"
                                                    : compact_json(detail);
      return say({{"type", "x-fal-error"}, {"error", "INTERNAL_ERROR"}, {"reason", reason}});
    }
    if (!id.is_null()) (*body)["request_id"] = id;
    const std::vector<std::uint8_t> packed = Json::to_msgpack(*body);
    socket_->send_binary(std::string(packed.begin(), packed.end()));
    double timing = 0;
    if (const auto timings = body->find("timings"); timings != body->end() && timings->is_object())
      timing = timings->value("inference", 0.0);
    say({{"type", "x-fal-message"}, {"action", "timings"}, {"timing", timing}});
  }

  struct Message {
    std::string data;
    bool binary;
  };

  Message take() {
    Message out = std::move(waiting_.front());
    waiting_.pop_front();
    charge_.sub(out.data.capacity());
    return out;
  }

  Desk& desk_;
  const Call provider_call_;
  const std::string box_;
  const Duration idle_;
  std::shared_ptr<http::WebSocket> socket_;
  std::deque<Message> waiting_;
  Charge charge_;
  const std::shared_ptr<Talker> talker_ = std::make_shared<Talker>();
  std::size_t buffer_ = 60;
  Instant last_{};
  bool busy_ = false;
  bool open_ = true;
};

}  // namespace

http::Reply realtime(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  http::Reply reply = json_reply(426, {{"detail", "WebSocket upgrade required"}});
  reply.headers.add("upgrade", "websocket");
  if (!call.request->headers.has("upgrade")) return reply;
  reply.headers = {};
  if (!allowed(call)) {
    reply.websocket = [](const std::shared_ptr<http::WebSocket>& socket) {
      socket->send_text(compact_json({{"status", "error"}, {"error", "Unauthorized"}}));
      socket->close(kNormal, "");
    };
    return reply;
  }
  const auto talk = std::make_shared<Conversation>(dialect, call, desk);
  reply.websocket = [talk](std::shared_ptr<http::WebSocket> socket) {
    talk->open(std::move(socket));
  };
  return reply;
}

bool is_msgpack(std::string_view bytes, std::size_t depth) {
  std::vector<std::uint64_t> left = {1};  // values still to come, by level
  std::size_t at = 0;
  // A length that is cut off counts as one that no bytes can satisfy.
  const auto number = [&](std::size_t size) {
    if (size > bytes.size() - at) return std::uint64_t{1} << 40;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes[at++]);
    return value;
  };
  while (!left.empty()) {
    if (left.back() == 0) {
      left.pop_back();
      continue;
    }
    --left.back();
    if (at >= bytes.size()) return false;
    const auto tag = static_cast<unsigned char>(bytes[at++]);
    std::uint64_t skip = 0;      // bytes of the value itself
    std::uint64_t children = 0;  // values inside
    if (tag >= 0x80 && tag <= 0x8f) {
      children = std::uint64_t{2} * (tag & 0x0fu);
    } else if (tag >= 0x90 && tag <= 0x9f) {
      children = tag & 0x0fu;
    } else if (tag >= 0xa0 && tag <= 0xbf) {
      skip = tag & 0x1fu;
    } else if (tag >= 0xc4 && tag <= 0xc6) {  // bin
      skip = number(std::size_t{1} << (tag - 0xc4));
    } else if (tag >= 0xc7 && tag <= 0xc9) {  // ext
      skip = number(std::size_t{1} << (tag - 0xc7)) + 1;
    } else if (tag == 0xca || tag == 0xcb) {  // floats
      skip = tag == 0xca ? 4 : 8;
    } else if (tag >= 0xcc && tag <= 0xd3) {  // integers
      skip = std::uint64_t{1} << ((tag - 0xcc) % 4);
    } else if (tag >= 0xd4 && tag <= 0xd8) {  // fixext
      skip = (std::uint64_t{1} << (tag - 0xd4)) + 1;
    } else if (tag >= 0xd9 && tag <= 0xdb) {  // str
      skip = number(std::size_t{1} << (tag - 0xd9));
    } else if (tag == 0xdc || tag == 0xdd) {  // array
      children = number(tag == 0xdc ? 2 : 4);
    } else if (tag == 0xde || tag == 0xdf) {  // map
      children = 2 * number(tag == 0xde ? 2 : 4);
    } else if (tag == 0xc1) {
      return false;
    }
    if (skip > bytes.size() - at || children > bytes.size() - at) return false;
    at += static_cast<std::size_t>(skip);
    if (children == 0) continue;
    if (left.size() >= depth) return false;
    left.push_back(children);
  }
  return at == bytes.size();
}

}  // namespace emulator::fal
