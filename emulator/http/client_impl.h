#pragma once

#include <memory>

#include "emulator/http/asio.h"
#include "emulator/http/client.h"

// Private to this folder, since it names Asio.
namespace emulator::http {

// Receipts are told on `home`, which must outlive the client.
std::unique_ptr<Client> make_client(asio::io_context& home, ClientOptions options);

}  // namespace emulator::http
