#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/state/engine.h"

struct redisContext;
struct redisReply;

// Inside state/: Redis as C++, no more of it than is used.
namespace emulator::state {

// Where a Redis is, and under which names in it we write.
struct RedisAddress {
  std::string host;
  std::uint16_t port = 0;
  std::uint32_t database = 0;
  std::string user;      // "" : none is said
  std::string password;  // "" : none is said
  std::string prefix = "provider-emulator";

  // As --state has it, without the password.
  std::string shown() const;
};

// Whether `--state` names a Redis.
bool names_redis(std::string_view state);

// Reads redis://[USER:PASSWORD@]HOST[:PORT][/DB][?prefix=NAME]. The failure is one line: what is
// wrong with it, and how it is written.
Result<RedisAddress, std::string> parse_redis_address(std::string_view text);

// What Redis answered to one command.
struct RedisAnswer {
  enum class Kind { kNothing, kText, kWhole, kList, kError };
  Kind kind = Kind::kNothing;
  std::string text;  // of a text; of an error what it says
  std::int64_t whole = 0;
  std::vector<RedisAnswer> list;

  bool is_error() const { return kind == Kind::kError; }
  bool is_nothing() const { return kind == Kind::kNothing; }
};

// A connection to a Redis, made at the first command and again after it broke. One thread at a
// time. It blocks for `patience` at most, each time it connects, writes or reads.
class RedisLink {
 public:
  // A command and its arguments.
  using Words = std::vector<std::string>;

  RedisLink(RedisAddress address, Duration patience);
  ~RedisLink();
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  // Sends all commands at once and returns their answers, errors of single commands among them.
  // Throws StateFault, in one line, when there is no connection, or it breaks or does not answer in
  // time: what became of the commands is then not known.
  std::vector<RedisAnswer> run(const std::vector<Words>& commands);
  // One command; an error it answers is a StateFault as well.
  RedisAnswer ask(const Words& command);
  // Runs a script; an error it answers is a StateFault as well. `script` is its text, of static
  // storage.
  RedisAnswer call(std::string_view script, Words keys_and_arguments);

  // The words that run a script, which is loaded where it is not yet. Throws StateFault.
  Words call_words(std::string_view script, Words keys_and_arguments);
  // An answer says that Redis has lost our scripts: they are loaded anew.
  void forget_scripts() { scripts_.clear(); }

  const RedisAddress& address() const { return address_; }

 private:
  struct Closing {
    void operator()(redisContext* context) const;
  };

  void connect();
  [[noreturn]] void fail(const std::string& why);
  std::vector<RedisAnswer> exchange(const std::vector<Words>& commands);

  const RedisAddress address_;
  const Duration patience_;
  std::unique_ptr<redisContext, Closing> context_;
  std::vector<std::pair<std::string_view, std::string>> scripts_;  // text, and what it is run by
};

}  // namespace emulator::state
