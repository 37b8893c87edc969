#pragma once

#include <cstddef>
#include <string>

#include "emulator/base/result.h"

namespace emulator {

// The bytes of a file of at most `limit` bytes. The failure is one line: what, why.
Result<std::string, std::string> read_file(const std::string& path, std::size_t limit);

// The same of stdin, to its end.
Result<std::string, std::string> read_stdin(std::size_t limit);

// "" when a file of at most `limit` bytes is there and may be read, else one line: what, why.
std::string why_unreadable(const std::string& path, std::size_t limit);

// What tells one state of a file from another, for FileWatch: where it lies, its size and its
// times.
// "" when it cannot be looked at.
std::string file_stamp(const std::string& path);

// Writes a new file; one that is there stays as it is, and is a failure. "" or one line.
std::string create_file(const std::string& path, const std::string& text);

// Writes a file whole or not at all: under another name first, then renamed. "" or one line.
std::string write_file_atomically(const std::string& path, const std::string& text);

}  // namespace emulator
