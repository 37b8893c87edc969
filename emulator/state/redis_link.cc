#include "emulator/state/redis_link.h"

#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <charconv>
#include <chrono>
#include <utility>

#include "emulator/http/authority.h"
#include "emulator/http/message.h"

namespace emulator::state {
namespace {

constexpr std::string_view kScheme = "redis://";
constexpr std::uint16_t kUsualPort = 6379;
constexpr std::size_t kLongestPrefix = 100;

timeval as_timeval(Duration time) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  timeval out{};
  out.tv_sec = static_cast<decltype(out.tv_sec)>(micros / 1'000'000);
  out.tv_usec = static_cast<decltype(out.tv_usec)>(micros % 1'000'000);
  return out;
}

RedisAnswer taken(const redisReply& reply) {
  using Kind = RedisAnswer::Kind;
  RedisAnswer out;
  switch (reply.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      out.kind = Kind::kText;
      out.text.assign(reply.str, reply.len);
      break;
    case REDIS_REPLY_ERROR:
      out.kind = Kind::kError;
      out.text.assign(reply.str, reply.len);
      break;
    case REDIS_REPLY_INTEGER:
      out.kind = Kind::kWhole;
      out.whole = reply.integer;
      break;
    case REDIS_REPLY_ARRAY:
      out.kind = Kind::kList;
      out.list.reserve(reply.elements);
      for (std::size_t i = 0; i < reply.elements; ++i) out.list.push_back(taken(*reply.element[i]));
      break;
    default:
      break;
  }
  return out;
}

bool whole_number(std::string_view text, std::uint64_t most, std::uint64_t& out) {
  const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size() &&
         out <= most;
}

bool is_prefix(std::string_view text) {
  if (text.empty() || text.size() > kLongestPrefix) return false;
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_' || c == '-' || c == ':';
    if (!plain) return false;
  }
  return true;
}

struct FreeReply {
  void operator()(void* reply) const { freeReplyObject(reply); }
};

std::string take_parts(std::string_view text, RedisAddress& out) {
  text.remove_prefix(kScheme.size());
  std::string_view query;
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  std::string_view path;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    path = text.substr(slash + 1);
    text = text.substr(0, slash);
  }
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = text.substr(0, at);
    const auto colon = who.find(':');
    if (colon == std::string_view::npos) return "before its @ is no USER:PASSWORD";
    out.user = http::percent_decoded(who.substr(0, colon));
    out.password = http::percent_decoded(who.substr(colon + 1));
    text.remove_prefix(at + 1);
  }
  auto place = http::host_and_port(text, kUsualPort);
  if (!place) return "before its database stands no HOST or HOST:PORT";
  out.host = std::move(place->host);
  out.port = place->port;
  std::uint64_t database = 0;
  if (!path.empty() && !whole_number(path, 1'000'000, database)) return "its database is no number";
  out.database = static_cast<std::uint32_t>(database);
  if (query.empty()) return "";
  constexpr std::string_view kPrefix = "prefix=";
  if (!query.starts_with(kPrefix)) return "all that may follow ? is prefix=NAME";
  out.prefix = http::percent_decoded(query.substr(kPrefix.size()));
  if (!is_prefix(out.prefix))
    return "its prefix is not 1 to " + std::to_string(kLongestPrefix) +
           " letters, digits, dots, colons, - or _";
  return "";
}

}  // namespace

std::string RedisAddress::shown() const {
  return std::string(kScheme) + http::HostPort{host, port}.text() + "/" + std::to_string(database) +
         "?prefix=" + prefix;
}

bool names_redis(std::string_view state) {
  return state.starts_with("redis:") || state.starts_with("rediss:");
}

Result<RedisAddress, std::string> parse_redis_address(std::string_view text) {
  RedisAddress out;
  std::string problem = text.starts_with(kScheme) ? take_parts(text, out)
                        : text.starts_with("rediss:")
                            ? std::string("TLS is not spoken to it; put a tunnel before it")
                            : std::string("it does not begin with redis://");
  // The address itself may hold a password, and is not repeated.
  if (!problem.empty())
    return Failure{"the address of Redis cannot be read: " + problem +
                   "; write redis://HOST:PORT/DB?prefix=NAME (--state)"};
  return out;
}

void RedisLink::Closing::operator()(redisContext* context) const { redisFree(context); }

RedisLink::RedisLink(RedisAddress address, Duration patience)
    : address_(std::move(address)), patience_(patience) {}

RedisLink::~RedisLink() = default;

void RedisLink::fail(const std::string& why) {
  context_.reset();
  scripts_.clear();
  throw StateFault(address_.shown() + ": " + why);
}

void RedisLink::connect() {
  if (context_) return;
  context_.reset(
      redisConnectWithTimeout(address_.host.c_str(), address_.port, as_timeval(patience_)));
  if (!context_) fail("cannot be connected to: there is no memory");
  if (context_->err != 0) fail(std::string("cannot be connected to: ") + context_->errstr);
  if (redisSetTimeout(context_.get(), as_timeval(patience_)) != REDIS_OK)
    fail(std::string("cannot be connected to: ") + context_->errstr);
  redisEnableKeepAlive(context_.get());
  std::vector<Words> greeting;
  if (!address_.password.empty())
    greeting.push_back(address_.user.empty() ? Words{"AUTH", address_.password}
                                             : Words{"AUTH", address_.user, address_.password});
  if (address_.database != 0) greeting.push_back({"SELECT", std::to_string(address_.database)});
  if (greeting.empty()) return;
  for (const RedisAnswer& answer : exchange(greeting))
    if (answer.is_error()) fail("it refuses us: " + answer.text);
}

std::vector<RedisAnswer> RedisLink::exchange(const std::vector<Words>& commands) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const Words& command : commands) {
    words.clear();
    sizes.clear();
    for (const std::string& word : command) {
      words.push_back(word.data());
      sizes.push_back(word.size());
    }
    if (redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), words.data(),
                               sizes.data()) != REDIS_OK)
      fail(std::string("it cannot be spoken to: ") + context_->errstr);
  }
  std::vector<RedisAnswer> answers;
  answers.reserve(commands.size());
  while (answers.size() < commands.size()) {
    void* raw = nullptr;
    if (redisGetReply(context_.get(), &raw) != REDIS_OK) {
      const bool slow = context_->err == REDIS_ERR_IO && errno == EAGAIN;
      fail(slow ? "it does not answer" : std::string("it does not answer: ") + context_->errstr);
    }
    const std::unique_ptr<void, FreeReply> reply(raw);
    answers.push_back(taken(*static_cast<const redisReply*>(raw)));
  }
  return answers;
}

std::vector<RedisAnswer> RedisLink::run(const std::vector<Words>& commands) {
  connect();
  return exchange(commands);
}

RedisAnswer RedisLink::ask(const Words& command) {
  RedisAnswer answer = std::move(run({command}).front());
  if (answer.is_error()) throw StateFault(address_.shown() + ": " + answer.text);
  return answer;
}

RedisLink::Words RedisLink::call_words(std::string_view script, Words keys_and_arguments) {
  connect();
  std::string sum;
  for (const auto& [text, known] : scripts_)
    if (text.data() == script.data()) sum = known;
  if (sum.empty()) {
    sum = ask({"SCRIPT", "LOAD", std::string(script)}).text;
    scripts_.emplace_back(script, sum);
  }
  Words words{"EVALSHA", std::move(sum), "1"};
  words.insert(words.end(), std::make_move_iterator(keys_and_arguments.begin()),
               std::make_move_iterator(keys_and_arguments.end()));
  return words;
}

RedisAnswer RedisLink::call(std::string_view script, Words keys_and_arguments) {
  RedisAnswer answer = std::move(run({call_words(script, keys_and_arguments)}).front());
  if (answer.is_error() && answer.text.starts_with("NOSCRIPT")) {
    forget_scripts();
    answer = std::move(run({call_words(script, std::move(keys_and_arguments))}).front());
  }
  if (answer.is_error()) throw StateFault(address_.shown() + ": " + answer.text);
  return answer;
}

}  // namespace emulator::state
