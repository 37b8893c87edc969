#pragma once

// The names of Asio that this folder uses. Private: nobody outside includes this.

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <utility>

namespace emulator::http {

namespace asio = boost::asio;

using SteadyClock = std::chrono::steady_clock;
using ErrorCode = boost::system::error_code;
// TCP and Unix sockets alike. The plain executor type spares a virtual call an operation.
using Protocol = asio::generic::stream_protocol;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<Protocol, Executor>;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;

}  // namespace emulator::http
