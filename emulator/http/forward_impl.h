#pragma once

#include <memory>

#include "emulator/http/context.h"
#include "emulator/http/forward.h"

namespace emulator::http {

// `context` must outlive it.
std::unique_ptr<Forwarder> make_forwarder(Context& context);

}  // namespace emulator::http
