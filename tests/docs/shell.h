#pragma once

#include <doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace emulator::test {

inline std::string page_text(const std::string& path) {
  std::ifstream file(std::string(ROOT "/") + path);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// A folder of a reader's: what they are told to type is typed here. The program is on the path;
// programs that a page takes for granted are stood in for.
class Shell {
 public:
  Shell() {
    char name[] = "/tmp/emulator-docs.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
    std::filesystem::create_directories(path_ + "/bin");
    std::filesystem::create_symlink(BINARY, path_ + "/bin/provider-emulator");
  }
  ~Shell() { std::filesystem::remove_all(path_); }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  const std::string& path() const { return path_; }

  void write(const std::string& name, const std::string& text, bool executable = false) const {
    const std::string full = path_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(full).parent_path());
    std::ofstream(full) << text;
    if (executable) std::filesystem::permissions(full, std::filesystem::perms::owner_all);
  }

  struct Outcome {
    int code = -1;
    std::string out;
  };
  // Runs the text as one script of bash that ends with the first failure. What it writes to stderr
  // is left out, unless it fails.
  Outcome run(const std::string& text) const {
    write("typed.sh", text);
    const std::string command = "cd " + path_ + " && PATH=" + path_ + "/bin:$PATH HOME=" + path_ +
                                " bash -e typed.sh 2>stderr.txt </dev/null";
    Outcome outcome;
    FILE* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4'096> buffer{};
    for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
      outcome.out.append(buffer.data(), got);
    const int status = ::pclose(pipe);
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (outcome.code != 0) {
      std::ifstream errors(path_ + "/stderr.txt");
      outcome.out += std::string{std::istreambuf_iterator<char>(errors), {}};
    }
    return outcome;
  }

 private:
  std::string path_;
};

}  // namespace emulator::test
