// The same work on Boost.Beast alone: beast_alone
//
// What a programmer would write for this one case: one thread, Beast's parser and serializer,
// nlohmann/json, a hash map of tasks. POST .../MODEL takes a JSON body with a prompt and makes a
// task; GET .../requests/ID/status looks it up and words fal's status reply. No routing, no
// validation beyond the prompt, no scenario, no journal, no clock. SIGTERM ends it.
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Json = nlohmann::ordered_json;
using Request = http::request<http::string_body>;
using Reply = http::response<http::string_body>;

struct Task {
  std::string prompt;
};

class Tasks {
 public:
  Reply answer(const Request& request) {
    const std::string_view target(request.target().data(), request.target().size());
    return request.method() == http::verb::post ? submitted(request, target) : status(target);
  }

 private:
  static Reply json(http::status status, const Json& body) {
    Reply reply(status, 11);
    reply.set(http::field::content_type, "application/json");
    reply.body() = body.dump();
    reply.prepare_payload();
    return reply;
  }

  static Json ticket(std::string_view state, std::string_view model, const std::string& id) {
    const std::string address = "http://127.0.0.1" + std::string(model) + "/requests/" + id;
    return {{"status", state},
            {"request_id", id},
            {"response_url", address},
            {"status_url", address + "/status"},
            {"cancel_url", address + "/cancel"},
            {"logs", nullptr},
            {"metrics", Json::object()}};
  }

  Reply submitted(const Request& request, std::string_view model) {
    const Json body = Json::parse(request.body(), nullptr, false);
    if (!body.is_object() || !body.contains("prompt") || !body["prompt"].is_string())
      return json(http::status::unprocessable_entity, {{"detail", "prompt"}});
    char id[40];
    std::snprintf(id, sizeof id, "00000000-0000-4000-8000-%012zx", tasks_.size());
    tasks_.emplace(id, Task{body["prompt"].get<std::string>()});
    Json reply = ticket("IN_QUEUE", model, id);
    reply["queue_position"] = 0;
    return json(http::status::ok, reply);
  }

  Reply status(std::string_view target) {
    constexpr std::string_view kBefore = "/requests/";
    const auto at = target.find(kBefore);
    if (at == target.npos) return json(http::status::not_found, {{"detail", "Not Found"}});
    const std::string_view model = target.substr(0, at);
    std::string_view id = target.substr(at + kBefore.size());
    id = id.substr(0, id.find('/'));
    const auto found = tasks_.find(std::string(id));
    if (found == tasks_.end()) return json(http::status::not_found, {{"detail", "Not Found"}});
    return json(http::status::ok, ticket("COMPLETED", model, found->first));
  }

  std::unordered_map<std::string, Task> tasks_;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(asio::ip::tcp::socket socket, Tasks& tasks) : stream_(std::move(socket)), tasks_(tasks) {
    stream_.socket().set_option(asio::ip::tcp::no_delay(true));
  }

  void read() {
    request_ = {};
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                       if (!error) self->write();
                     });
  }

 private:
  void write() {
    reply_ = tasks_.answer(request_);
    reply_.keep_alive(request_.keep_alive());
    http::async_write(stream_, reply_,
                      [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                        if (error) return;
                        if (self->reply_.keep_alive()) return self->read();
                        beast::error_code ignored;
                        self->stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
                      });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  Request request_;
  Reply reply_;
  Tasks& tasks_;
};

void accept(asio::ip::tcp::acceptor& acceptor, Tasks& tasks) {
  acceptor.async_accept(
      [&acceptor, &tasks](const beast::error_code& error, asio::ip::tcp::socket socket) {
        if (!error) std::make_shared<Session>(std::move(socket), tasks)->read();
        accept(acceptor, tasks);
      });
}

}  // namespace

int main() {
  asio::io_context loop(1);
  Tasks tasks;
  asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  acceptor.listen(4'096);
  std::printf("listening on http://127.0.0.1:%u\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  accept(acceptor, tasks);
  loop.run();
}
