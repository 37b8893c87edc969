#pragma once

#include <memory>

#include "emulator/http/asio.h"
#include "emulator/http/client.h"

// Private to this folder, since it names Asio.
namespace emulator::http {

std::unique_ptr<Client> make_client(asio::io_context& io, ClientOptions options);

}  // namespace emulator::http
