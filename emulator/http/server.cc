#include "emulator/http/server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "emulator/http/asio.h"
#include "emulator/http/client_impl.h"
#include "emulator/http/connection.h"
#include "emulator/http/context.h"
#include "emulator/http/forward_impl.h"
#include "emulator/http/listen.h"
#include "emulator/http/offload.h"

namespace emulator::http {
namespace {

using namespace std::chrono_literals;

// Before the next try when the system has no descriptors left.
constexpr std::chrono::milliseconds kAcceptPause = 50ms;
// Connections taken in a row before others have their turn.
constexpr int kAcceptsInARow = 64;
// How often that is done at the end: the kernel's queue is no longer than this times that.
constexpr int kLastLooks = SOMAXCONN / kAcceptsInARow + 1;

// The socket file made here, so that nobody else's is removed at the end.
struct SocketFile {
  std::string path;
  struct stat made {};

  bool note() { return lstat(path.c_str(), &made) == 0; }
  void remove() {
    struct stat now {};
    if (path.empty() || lstat(path.c_str(), &now) != 0) return;
    if (now.st_dev == made.st_dev && now.st_ino == made.st_ino) unlink(path.c_str());
    path.clear();
  }
};

}  // namespace

struct Server::Impl {
  // A listening socket, watched for connections.
  struct Door {
    Door(asio::io_context& io, Descriptor socket) : watched(io.get_executor(), socket.release()) {}
    using Watched = asio::posix::basic_stream_descriptor<Executor>;
    Watched watched;
    bool waiting = false;
  };

  // A call to come. The handle that `after` returns owns it; the set below lets the loop take its
  // timer away first when it ends before the handle.
  struct Alarm {
    ~Alarm() {
      if (home) home->alarms.erase(this);
    }
    Impl* home = nullptr;
    std::optional<Timer> timer;
    std::function<void()> work;
  };

  Impl(ServerOptions server_options, Hooks hooks)
      : options(std::move(server_options)),
        context(options.limits, std::move(hooks), options.memory),
        turns(options.turn_clock ? *options.turn_clock : system_turn_clock(), options.long_turn,
              context.hooks.long_turn),
        pause(context.io.get_executor()),
        cutoff(context.io.get_executor()) {
    context.identities = options.identities;
  }

  ~Impl() {
    context.peer_left = nullptr;
    context.for_each([](Peer& peer) { peer.cut(); });
    for (Alarm* alarm : alarms) {
      alarm->home = nullptr;
      alarm->timer.reset();
    }
    file.remove();
  }

  void accept_all() {
    for (const auto& door : doors) accept_at(*door);
  }

  void accept_at(Door& door) {
    if (door.waiting || context.draining || pausing) return;
    door.waiting = true;
    door.watched.async_wait(Door::Watched::wait_read, [this, &door](const ErrorCode& error) {
      // A stop has taken the doors away, even when this call was on its way already.
      if (error || context.draining) return;
      door.waiting = false;
      take_from(door);
      accept_at(door);
    });
  }

  // False when nobody waits at the door any more, or nobody can be let in for now.
  bool take_from(Door& door) {
    for (int i = 0; i < kAcceptsInARow; ++i) {
      if (context.full() &&
          !make_room(
              door, "--max-connections " + std::to_string(context.limits.connections) + " reached"))
        return false;
      std::string peer;
      Descriptor taken = accept_from(door.watched.native_handle(), peer);
      if (taken.open()) {
        open(std::move(taken), std::move(peer));
        continue;
      }
      const int error = errno;
      if (error == ECONNABORTED || error == EINTR) continue;
      if (error == EAGAIN || error == EWOULDBLOCK) return false;
      // The sanitizers want a descriptor to check the virtual call of std::system_category, where
      // there is none. NOLINTNEXTLINE(concurrency-mt-unsafe)
      if (!make_room(door, std::string("no further connection: ") + std::strerror(error)))
        return false;
    }
    return true;
  }

  // For whoever waits at the door the longest idle connection goes; when none is idle, newcomers
  // wait for a while. False when there is no room, or nobody waits.
  bool make_room(Door& door, const std::string& why) {
    if (!somebody_waits(door.watched.native_handle())) return false;
    const bool made = context.let_idle_go();
    say_crowded(why + (made ? "; the connection that was idle for longest is closed for a new one"
                            : "; new ones wait, for none is idle"));
    if (!made) pause_accepting();
    return made;
  }

  void say_crowded(const std::string& line) {
    const auto now = SteadyClock::now();
    if (!context.hooks.crowded || (said && now - *said < kSaidAgain)) return;
    said = now;
    context.hooks.crowded(line);
  }

  void open(Descriptor taken, std::string peer) {
    const int family = peer == "unix" ? AF_UNIX : peer.front() == '[' ? AF_INET6 : AF_INET;
    ErrorCode error;
    Socket socket(context.io.get_executor());
    socket.assign(Protocol(family, 0), taken.get(), error);
    if (error) return;
    taken.release();
    socket.non_blocking(true, error);
    const auto connection =
        std::make_shared<Connection>(context, std::move(socket), std::move(peer));
    context.add(connection);
    connection->start();
  }

  // Who waits at the door would be told of at once, again and again: let somebody leave first.
  void pause_accepting() {
    pausing = true;
    pause.expires_after(kAcceptPause);
    pause.async_wait([this](const ErrorCode& error) {
      if (error) return;
      pausing = false;
      accept_all();
    });
  }

  void peer_left() {
    if (!context.draining) {
      if (std::exchange(pausing, false)) pause.cancel();
      return accept_all();
    }
    if (context.empty()) context.io.stop();
  }

  void stop() {
    if (context.draining) return;
    // Whoever has connected by now may have sent a request, and will be heard.
    for (const auto& door : doors)
      for (int i = 0; i < kLastLooks && take_from(*door); ++i) continue;
    context.draining = true;
    pause.cancel();
    doors.clear();
    file.remove();
    context.for_each([](Peer& peer) { peer.drain(); });
    if (context.empty()) return context.io.stop();
    cutoff.expires_after(grace);
    cutoff.async_wait([this](const ErrorCode& error) {
      if (!error) context.io.stop();
    });
  }

  void wait_for_signal() {
    signals->async_wait([this](const ErrorCode& error, int signal) {
      if (error) return;
      wait_for_signal();
      signalled(signal);
    });
  }

  void run() {
    const auto guard = asio::make_work_guard(context.io);
    context.turns = &turns;
    turn_marks = &turns;
    for (;;) {
      // Whatever is thrown by work, timers or `done` ends up here; the loop goes on.
      try {
        context.io.run();
        break;
      } catch (const std::exception& error) {
        context.report(error.what());
      } catch (...) {
        context.report(kUnknownFault);
      }
    }
    turn_marks = nullptr;
    context.for_each([](Peer& peer) { peer.cut(); });
  }

  const ServerOptions options;
  Context context;
  TurnWatch turns;
  std::vector<std::unique_ptr<Door>> doors;
  std::vector<std::uint16_t> ports;
  SocketFile file;
  std::unordered_set<Alarm*> alarms;
  std::optional<asio::signal_set> signals;
  std::function<void(int)> signalled;
  std::chrono::milliseconds grace{0};
  Timer pause;
  Timer cutoff;
  bool pausing = false;
  std::optional<SteadyClock::time_point> said;  // that there is no room
  std::optional<Offload> helpers;
};

Server::Server(ServerOptions options, Hooks hooks)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(hooks))) {
  impl_->context.peer_left = [impl = impl_.get()] { impl->peer_left(); };
}

Server::~Server() = default;

Result<std::uint16_t, std::string> Server::listen() {
  const ServerOptions& options = impl_->options;
  allow_descriptors(options.limits.connections);
  auto tcp = listen_tcp(options.host, options.port);
  if (!tcp) return Failure{tcp.error()};
  impl_->ports = {tcp->port};
  for (const std::uint16_t port : options.more_ports) {
    auto more = listen_tcp(options.host, port);
    if (!more) return Failure{more.error()};
    impl_->ports.push_back(more->port);
    for (Descriptor& socket : more->sockets) tcp->sockets.push_back(std::move(socket));
  }
  if (!options.unix_socket.empty()) {
    auto local = listen_unix(options.unix_socket);
    if (!local) return Failure{local.error()};
    impl_->file.path = options.unix_socket;
    impl_->file.note();
    tcp->sockets.push_back(std::move(*local));
  }
  for (Descriptor& socket : tcp->sockets) {
    impl_->doors.push_back(std::make_unique<Impl::Door>(impl_->context.io, std::move(socket)));
  }
  impl_->accept_all();
  return tcp->port;
}

const std::vector<std::uint16_t>& Server::ports() const { return impl_->ports; }

void Server::run(std::chrono::milliseconds grace) {
  impl_->grace = grace;
  impl_->run();
}

void Server::stop() { impl_->stop(); }

void Server::post(std::function<void()> work) { asio::post(impl_->context.io, std::move(work)); }

std::shared_ptr<void> Server::after(Duration wait, std::function<void()> work) {
  auto alarm = std::make_shared<Impl::Alarm>();
  alarm->home = impl_.get();
  impl_->alarms.insert(alarm.get());
  alarm->work = std::move(work);
  const auto ring = [weak = std::weak_ptr<Impl::Alarm>(alarm)](const ErrorCode& error) {
    const auto due = weak.lock();
    if (error || !due) return;
    const auto call = std::exchange(due->work, nullptr);
    call();
  };
  // Behind what is ready by now, without the system calls of a timer.
  if (wait <= wait.zero()) {
    asio::post(impl_->context.io, [ring] { ring({}); });
    return alarm;
  }
  alarm->timer.emplace(impl_->context.io.get_executor());
  alarm->timer->expires_after(wait);
  alarm->timer->async_wait(ring);
  return alarm;
}

std::shared_ptr<void> Server::when_readable(int descriptor, std::function<void()> work) {
  auto watched =
      std::make_shared<Impl::Door::Watched>(impl_->context.io.get_executor(), descriptor);
  watched->async_wait(
      Impl::Door::Watched::wait_read,
      [weak = std::weak_ptr<void>(watched), work = std::move(work)](const ErrorCode& error) {
        if (!error && !weak.expired()) work();
      });
  return watched;
}

void Server::on_signal(std::function<void(int signal)> signalled) {
  impl_->signalled = std::move(signalled);
  impl_->signals.emplace(impl_->context.io, SIGINT, SIGTERM);
  impl_->wait_for_signal();
}

std::shared_ptr<void> Server::offload(BackgroundWork work) {
  if (!impl_->helpers) {
    impl_->helpers.emplace([impl = impl_.get()](std::function<void()> call) {
      asio::post(impl->context.io, std::move(call));
    });
  }
  return impl_->helpers->run(std::move(work));
}

std::unique_ptr<Client> Server::client(ClientOptions client_options) {
  return make_client(impl_->context.io, std::move(client_options));
}

std::unique_ptr<Forwarder> Server::forwarder() { return make_forwarder(impl_->context); }

void Server::cut_stalled(std::uint64_t bytes) {
  if (impl_->context.memory != nullptr) impl_->context.cut_stalled(bytes);
}

Server::Figures Server::figures() const {
  const Context& context = impl_->context;
  return {context.connections.load(std::memory_order_relaxed),
          context.accepted.load(std::memory_order_relaxed),
          context.requests.load(std::memory_order_relaxed),
          impl_->turns.figures(),
          impl_->helpers ? impl_->helpers->figures() : Offload::Figures{},
          context.let_go.load(std::memory_order_relaxed)};
}

}  // namespace emulator::http
