#pragma once

#include "emulator/http/client.h"

// What came of attempts to deliver.
namespace emulator::test {

inline http::Receipt answer(unsigned code, const char* location = nullptr) {
  http::Receipt out;
  out.status = code;
  if (location != nullptr) out.headers.add("location", location);
  return out;
}

inline http::Receipt failure(const char* why, unsigned code = 0) {
  http::Receipt out = answer(code);
  out.error = why;
  return out;
}

inline http::Receipt barred(const char* why) {
  http::Receipt out = failure(why);
  out.refused = true;
  return out;
}

}  // namespace emulator::test
