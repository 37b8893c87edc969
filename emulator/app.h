#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulator/app/surroundings.h"
#include "emulator/app/verdict.h"
#include "emulator/base/result.h"
#include "emulator/config/config.h"
#include "emulator/http/server.h"
#include "emulator/judge/judge.h"

namespace emulator {

class Registry;

// Builds every part once and hands each what it needs.
class App {
 public:
  // The failure is one line for stderr.
  static Result<std::unique_ptr<App>, std::string> make(ServeConfig config,
                                                        Surroundings surroundings);
  ~App();

  enum class Signals { kStop, kLeftAlone };
  // Listens, says so on stdout, writes the port file. The failure is one line for stderr. Unless
  // they are left alone, SIGINT and SIGTERM stop it from here on: whoever has seen the port file
  // may send one before `run` is called.
  Result<std::uint16_t, std::string> start(Signals signals = Signals::kStop);
  // Serves until `stop` or such a signal; drains; returns the exit code.
  int run();
  // Thread-safe.
  void stop();

  // Once started: every port listened on, the first one first.
  std::vector<std::uint16_t> ports() const;
  // Once started: the address clients on this machine use, and the token of the control API ("" for
  // none).
  std::string url() const;
  const std::string& control_token() const;
  // The seed, where nobody gave one; "" otherwise.
  std::string drawn_seed() const;
  // What the scenarios in use expect, counted over the sandboxes that use them. Before `run`, or
  // when it has returned.
  std::vector<Judged> expectations() const;
  // Models outside the contracts that were answered by a generic schema, as "provider model", in
  // order. Before `run`, or when it has returned.
  std::vector<std::string> guessed_models() const;
  // Hosts beyond this machine and its networks that a proxy's clients were passed on to, in order.
  // Before `run`, or when it has returned.
  std::vector<std::string> passed_hosts() const;
  // The providers' real hosts, patterns among them.
  std::vector<std::string> real_hosts() const;
  // The providers it serves, users' contracts laid over them.
  const Registry& registry() const;
  // The certificate of the CA in use, as PEM, made at the first call; the failure is one line.
  // Before `run`, or on the loop thread.
  Result<std::string, std::string> ca_pem();
  // What clients were found to do, in all sandboxes there are and were. When `run` has returned.
  judge::Judge::Report findings() const;
  // Which endings and refusals they met, there too; and what they asked, by provider's name.
  judge::Coverage coverage() const;
  std::vector<std::pair<std::string, judge::Met>> met() const;
  // How long turns of the loop took. When `run` has returned.
  http::TurnWatch::Figures turns() const;

 private:
  struct Impl;
  explicit App(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
