#pragma once

#include "emulator/http/message.h"

namespace emulator {

// Whose bytes a reply carries.
enum class Bytes : bool {
  kOurs,      // worded by a dialect, or drawn
  kAnybodys,  // sent by a client, or written into a scenario or a request
};

// Keeps a reply from running as a page of the emulator's own origin, whoever is led to it by a
// browser: a document is shown in a sandbox without scripts and without an origin, no type is
// guessed, and anybody's bytes are saved as a file instead of shown unless they are a picture. Ours
// that no browser runs, such as JSON and pictures, stay byte for byte the provider's.
void contain(http::Reply& reply, Bytes bytes);

}  // namespace emulator
