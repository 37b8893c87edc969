#pragma once

#include <cstddef>
#include <string>

#include "emulator/base/result.h"

namespace emulator {

// The bytes of a file of at most `limit` bytes. The failure is one line: what, why.
Result<std::string, std::string> read_file(const std::string& path, std::size_t limit);

// The bytes of stdin, to its end, with the same limit and failures.
Result<std::string, std::string> read_stdin(std::size_t limit);

// "" when a file of at most `limit` bytes is there and may be read, else one line: what, why.
std::string why_unreadable(const std::string& path, std::size_t limit);

// The same of a file beneath `folder`, whose links and dots cannot lead out of it: `path` is
// relative, and a link is followed only to what lies beneath the folder as well. Where the system
// cannot promise that (Linux before 5.6), no link below the folder is followed at all.
Result<std::string, std::string> read_file_beneath(const std::string& folder,
                                                   const std::string& path, std::size_t limit);
std::string why_unreadable_beneath(const std::string& folder, const std::string& path,
                                   std::size_t limit);

// The second of the two ways to open a file beneath a folder, for tests: an open descriptor, or -1
// and `errno`. Follows no link below the folder.
int open_beneath_without_links(const std::string& folder, const std::string& path);

// What tells one state of a file from another, for FileWatch: where it lies, its size and its
// times.
// "" when it cannot be looked at.
std::string file_stamp(const std::string& path);

// Writes a new file; one that is there stays as it is, and is a failure. "" or one line.
std::string create_file(const std::string& path, const std::string& text);
// "" when a file can take the place of what is at `path`: nothing, or a regular file (where links
// lead there: what they lead to). Else one line: what, why. A device or a pipe stays what it is.
std::string why_not_replaceable(const std::string& path);

// Removes a file that an earlier run has left. What is no regular file stays.
void remove_stale(const std::string& path);

// Writes a file whole or not at all: under another name first, then renamed. "" or one line.
std::string write_file_atomically(const std::string& path, const std::string& text);

}  // namespace emulator
