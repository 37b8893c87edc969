// A load generator for what wrk cannot do. Loopback only; one thread, epoll.
//
//   load paced     PORT CONNECTIONS SECONDS EVERY_MS    requests from standard input (one, raw)
//   load count     PORT CONNECTIONS REQUESTS            the same request that many times, then ends
//   load lifecycle PORT CONNECTIONS SECONDS PATH HOST   submit, status until done, result
//   load whole     PORT CONNECTIONS SECONDS PATH HOST METHOD   the same with a webhook, which is
//                                                       waited for, and a picture of 2048x2048,
//                                                       which is fetched (GET), asked about (HEAD)
//                                                       or left alone (none)
//   load stream    PORT CONNECTIONS SECONDS             GETs a stream to its end, again and again
//
// Prints one line of JSON: requests (lifecycles, streams), errors, seconds, and latency in
// milliseconds (p50, p99, p99OfRows, max). `paced` sends by the clock, not by the answer: a request
// that is due while the last is unanswered is left out and counted as late; latency counts from
// when it was due. `count` prints every "request_id" it was given on standard error, one a line.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

enum class Mode { kPaced, kCount, kLifecycle, kWhole, kStream };

struct Options {
  Mode mode = Mode::kCount;
  unsigned short port = 0;
  std::size_t connections = 1;
  double seconds = 0;
  std::size_t requests = 0;
  std::chrono::microseconds every{0};
  std::string request;  // raw
  std::string path;     // lifecycle: of the submission
  std::string host;     // lifecycle: x-fal-target-host
  std::string method;   // whole: of the request for the picture

  bool lives() const { return mode == Mode::kLifecycle || mode == Mode::kWhole; }
};

struct Connection {
  int fd = -1;
  std::string in;
  Time due;   // when the request under way was to be sent
  Time turn;  // paced: when the next one is due
  bool busy = false;
  std::string id;     // lifecycle: of the task under way; "" before it is known
  bool done = false;  // lifecycle: the status said so
  std::string link;   // whole: of the picture; "" before it is known
  bool told = false;  // whole: the webhook has come
  bool over = false;  // whole: everything else has

  void begin_anew() {
    id.clear();
    link.clear();
    done = told = over = false;
  }
};

double number(std::string_view text) { return std::strtod(std::string(text).c_str(), nullptr); }

// The text behind `"name":"`, up to the next quote.
std::string_view member(std::string_view body, std::string_view name) {
  const auto at = body.find("\"" + std::string(name) + "\"");
  if (at == body.npos) return {};
  const auto open = body.find('"', body.find(':', at));
  if (open == body.npos) return {};
  return body.substr(open + 1, body.find('"', open + 1) - open - 1);
}

// The length of the whole message at the front of `text`, which has no body where it answers a
// HEAD; 0 while it is incomplete, npos when it ends with the connection.
std::size_t message_size(std::string_view text, bool bodyless = false) {
  const auto head = text.find("\r\n\r\n");
  if (head == text.npos) return 0;
  if (bodyless) return head + 4;
  std::string lower(text.substr(0, head));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (const auto at = lower.find("content-length:"); at != lower.npos) {
    const std::size_t size = head + 4 + std::strtoul(lower.c_str() + at + 15, nullptr, 10);
    return text.size() >= size ? size : 0;
  }
  if (lower.find("transfer-encoding: chunked") == lower.npos) return text.npos;
  const auto end = text.find("\r\n0\r\n\r\n", head);
  return end == text.npos ? 0 : end + 7;
}

class Load {
 public:
  explicit Load(Options options) : options_(std::move(options)), poll_(::epoll_create1(0)) {}

  int run() {
    if (options_.mode == Mode::kWhole && !listen()) return fail("cannot listen");
    all_.resize(options_.connections);
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (!connect(i)) return fail("cannot connect");
    begun_ = Clock::now();
    for (std::size_t i = 0; i < all_.size(); ++i) {
      // Paced connections begin evenly spread over one interval.
      const auto shift = options_.every * static_cast<long>(i) / static_cast<long>(all_.size());
      all_[i].turn = begun_ + shift;
      if (options_.mode != Mode::kPaced) next(i, begun_);
    }
    while (!over()) step();
    report();
    return 0;
  }

 private:
  static int fail(const char* what) {
    std::fprintf(stderr, "load: %s: %s\n", what, std::strerror(errno));
    return 1;
  }

  // What `epoll` says of a descriptor that is none of a connection's: this much and its number.
  static constexpr std::uint64_t kHook = std::uint64_t{1} << 32;

  void watch(int descriptor, std::uint64_t as) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = as;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
  }

  // Where webhooks come in.
  bool listen() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 4'096) != 0 ||
        ::getsockname(listener_, any, &size) != 0)
      return false;
    hook_port_ = ntohs(address.sin_port);
    watch(listener_, kHook + static_cast<std::uint64_t>(listener_));
    return true;
  }

  void hook_readable(int descriptor) {
    if (descriptor == listener_) {
      int taken = -1;
      while ((taken = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0)
        watch(taken, kHook + static_cast<std::uint64_t>(taken));
      return;
    }
    std::array<char, 16'384> buffer;
    const ssize_t got = ::recv(descriptor, buffer.data(), buffer.size(), 0);
    std::string& text = hooks_[descriptor];
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    if (got > 0 && message_size(text) == 0) return;
    constexpr std::string_view kReply =
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    ::send(descriptor, kReply.data(), kReply.size(), MSG_NOSIGNAL);
    ::close(descriptor);
    const std::string whole = std::exchange(text, std::string());
    hooks_.erase(descriptor);
    if (got > 0) hook_came(whole);
  }

  // The path of a webhook is the number of the connection that asked for it.
  void hook_came(std::string_view request) {
    const auto at = request.find('/');
    const std::size_t i =
        at == request.npos ? all_.size() : std::strtoul(&request[at + 1], nullptr, 10);
    if (i >= all_.size() || member(request, "request_id") != all_[i].id) {
      ++errors_;
      return;
    }
    all_[i].told = true;
    if (all_[i].over) end_life(i);
  }

  bool connect(std::size_t i) {
    Connection& one = all_[i];
    one.fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(one.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return false;
    const int yes = 1;
    ::setsockopt(one.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    watch(one.fd, i);
    return true;
  }

  double elapsed() const { return std::chrono::duration<double>(Clock::now() - begun_).count(); }
  bool over() const {
    if (options_.mode == Mode::kCount) return done_ + errors_ >= options_.requests;
    return elapsed() >= options_.seconds;
  }

  void step() {
    std::chrono::nanoseconds wait = std::chrono::milliseconds(100);
    if (options_.mode == Mode::kPaced) wait = std::min(wait, send_due());
    const timespec left{0, wait.count()};
    std::array<epoll_event, 512> events;
    const int count =
        ::epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &left, nullptr);
    for (int i = 0; i < count; ++i) {
      const std::uint64_t whose = events[static_cast<std::size_t>(i)].data.u64;
      if (whose >= kHook)
        hook_readable(static_cast<int>(whose - kHook));
      else
        readable(whose);
    }
  }

  // Sends what is due. The turns of the connections follow each other in a circle, so the cursor is
  // always at the next. Returns the wait until that is due.
  std::chrono::nanoseconds send_due() {
    while (true) {
      Connection& one = all_[cursor_];
      const auto left = one.turn - Clock::now();
      if (left > left.zero()) return left;
      if (one.busy) {
        ++late_;  // unanswered for a whole interval; this turn is left out
      } else {
        one.due = one.turn;
        send(cursor_, options_.request);
      }
      one.turn += options_.every;
      cursor_ = (cursor_ + 1) % all_.size();
    }
  }

  void send(std::size_t i, const std::string& request) {
    Connection& one = all_[i];
    one.busy = true;
    if (::send(one.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
      ++errors_;
  }

  std::string lifecycle_request(std::size_t i) const {
    const Connection& one = all_[i];
    if (!one.link.empty()) {
      const auto path = one.link.find('/');
      return options_.method + " " + one.link.substr(path) +
             " HTTP/1.1\r\nhost: " + one.link.substr(0, path) + "\r\n\r\n";
    }
    const bool whole = options_.mode == Mode::kWhole;
    const std::string common =
        " HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Key bench:x\r\n"
        "x-fal-target-host: " +
        options_.host + "\r\n";
    if (one.id.empty()) {
      std::string body = R"({"prompt":"a red apple on a wooden table")";
      body += whole ? R"(,"image_size":{"width":2048,"height":2048}})" : "}";
      const std::string hook = "?fal_webhook=http%3A%2F%2F127.0.0.1%3A" +
                               std::to_string(hook_port_) + "%2F" + std::to_string(i);
      return "POST " + options_.path + (whole ? hook : "") + common +
             "content-type: application/json\r\ncontent-length: " + std::to_string(body.size()) +
             "\r\n\r\n" + body;
    }
    return "GET " + options_.path + "/requests/" + one.id + (one.done ? "" : "/status") + common +
           "\r\n";
  }

  // Begins the next request of a connection that has none under way.
  void next(std::size_t i, Time now) {
    Connection& one = all_[i];
    if (options_.mode == Mode::kPaced) return;
    if (options_.mode == Mode::kCount) {
      if (sent_ == options_.requests) return;
      ++sent_;
    }
    if (!options_.lives() || one.id.empty()) one.due = now;
    send(i, options_.lives() ? lifecycle_request(i) : options_.request);
  }

  void readable(std::size_t i) {
    Connection& one = all_[i];
    std::array<char, 65'536> buffer;
    const ssize_t got = ::recv(one.fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
      ++errors_;
      ::close(one.fd);
      const Time turn = one.turn;
      one = Connection{};
      one.turn = turn;
      if (connect(i)) next(i, Clock::now());
      return;
    }
    one.in.append(buffer.data(), static_cast<std::size_t>(got));
    const std::size_t size = message_size(one.in, !one.link.empty() && options_.method == "HEAD");
    if (size == 0 || size == std::string::npos) return;
    const std::string reply = one.in.substr(0, size);
    one.in.erase(0, size);
    one.busy = false;
    if (answered(one, reply)) next(i, Clock::now());
  }

  // A lifecycle whose webhook has come, or that has none.
  void end_life(std::size_t i) {
    count_one(all_[i]);
    next(i, Clock::now());
  }

  void count_one(Connection& one) {
    ++done_;
    latencies_.push_back(std::chrono::duration<float, std::milli>(Clock::now() - one.due).count());
    one.begin_anew();
  }

  // False where the connection has to wait for something else before it goes on.
  bool answered(Connection& one, std::string_view reply) {
    const bool good = reply.substr(9, 1) == "2";
    if (!good) ++errors_;
    if (options_.mode == Mode::kCount && good)
      if (const auto id = member(reply, "request_id"); !id.empty())
        std::fprintf(stderr, "%.*s\n", static_cast<int>(id.size()), id.data());
    if (options_.lives() && good && live(one, reply)) return !one.over;
    if (good)
      count_one(one);
    else
      one.begin_anew();
    return true;
  }

  // Takes a good answer in; false when that was the last of the lifecycle, its webhook included.
  bool live(Connection& one, std::string_view reply) const {
    if (one.id.empty()) {
      one.id = member(reply, "request_id");
      return true;
    }
    if (!one.done) {
      one.done = member(reply, "status") == "COMPLETED";
      return true;
    }
    if (options_.mode == Mode::kLifecycle) return false;
    if (one.link.empty() && options_.method != "none") {
      const std::string_view url = member(reply, "url");
      one.link = url.substr(std::min(url.find("://") + 3, url.size()));
      return true;
    }
    one.over = !one.told;
    return one.over;
  }

  // `sorted` in milliseconds.
  static double at_share(const std::vector<float>& sorted, double share) {
    if (sorted.empty()) return 0;
    return static_cast<double>(
        sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]);
  }

  // The median of the p99 of each kRow replies in a row: one pause of a busy host, which spoils the
  // p99 of a whole run, spoils one or two rows.
  double p99_of_rows() const {
    constexpr std::size_t kRow = 500;
    std::vector<float> of_rows;
    for (std::size_t at = 0; at + kRow <= latencies_.size(); at += kRow) {
      const auto begin = latencies_.begin() + static_cast<std::ptrdiff_t>(at);
      std::vector<float> row(begin, begin + kRow);
      std::sort(row.begin(), row.end());
      of_rows.push_back(static_cast<float>(at_share(row, 0.99)));
    }
    std::sort(of_rows.begin(), of_rows.end());
    return at_share(of_rows, 0.5);
  }

  void report() {
    const double seconds = elapsed();
    const double of_rows = p99_of_rows();
    std::sort(latencies_.begin(), latencies_.end());
    std::printf(R"({"requests":%zu,"errors":%zu,"late":%zu,"seconds":%.3f,)"
                R"("p50":%.3f,"p99":%.3f,"p99OfRows":%.3f,"max":%.3f})"
                "\n",
                done_, errors_, late_, seconds, at_share(latencies_, 0.5),
                at_share(latencies_, 0.99), of_rows, at_share(latencies_, 1));
  }

  Options options_;
  int poll_;
  int listener_ = -1;
  unsigned short hook_port_ = 0;
  std::unordered_map<int, std::string> hooks_;  // what has come of each, by descriptor
  std::vector<Connection> all_;
  std::vector<float> latencies_;
  Time begun_;
  std::size_t cursor_ = 0;
  std::size_t sent_ = 0, done_ = 0, errors_ = 0, late_ = 0;
};

std::string all_input() {
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);  // wakes up when it is due
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  Options options;
  if (words.size() >= 4) {
    options.port = static_cast<unsigned short>(number(words[1]));
    options.connections = static_cast<std::size_t>(number(words[2]));
    options.seconds = number(words[3]);
  }
  if (words.size() == 5 && words[0] == "paced") {
    options.mode = Mode::kPaced;
    options.every = std::chrono::microseconds(static_cast<long>(number(words[4]) * 1e3));
    options.request = all_input();
  } else if (words.size() == 4 && words[0] == "count") {
    options.requests = static_cast<std::size_t>(number(words[3]));
    options.request = all_input();
  } else if ((words.size() == 6 && words[0] == "lifecycle") ||
             (words.size() == 7 && words[0] == "whole")) {
    options.mode = words[0] == "whole" ? Mode::kWhole : Mode::kLifecycle;
    options.path = words[4];
    options.host = words[5];
    if (words.size() == 7) options.method = words[6];
  } else if (words.size() == 4 && words[0] == "stream") {
    options.mode = Mode::kStream;
    options.request = all_input();
  } else {
    std::fprintf(stderr, "usage: see the head of load.cc\n");
    return 2;
  }
  return Load(std::move(options)).run();
}
