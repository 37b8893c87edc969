// Files of the user's: read only from where they may lie.
#include "emulator/files.h"

#include <doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

namespace emulator {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLimit = 1'000;

// folder/{a.png, deep/b.png} and links of every kind beside them.
struct Tree {
  Tree() {
    char name[] = "/tmp/emulator-files.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    top = name;
    folder = top + "/stories";
    fs::create_directories(folder + "/deep");
    write(folder + "/a.png", "inside");
    write(folder + "/deep/b.png", "deep inside");
    write(top + "/secret", "outside");
    fs::create_symlink("a.png", folder + "/link-inside");
    fs::create_symlink("../secret", folder + "/link-out");
    fs::create_symlink("/etc/passwd", folder + "/link-to-root");
    fs::create_symlink("..", folder + "/folder-out");
    fs::create_symlink("deep", folder + "/folder-inside");
    fs::create_symlink("loop", folder + "/loop");
  }
  ~Tree() { fs::remove_all(top); }

  static void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
  }

  std::string top, folder;
};

// What the way without the system's help reads; else why not.
std::string without_links(const std::string& folder, const std::string& path) {
  const int fd = open_beneath_without_links(folder, path);
  if (fd < 0) return "error " + std::to_string(errno);
  char buffer[100];
  const ssize_t got = ::read(fd, buffer, sizeof buffer);
  ::close(fd);
  return got < 0 ? "unreadable" : std::string(buffer, static_cast<std::size_t>(got));
}

}  // namespace

TEST_CASE("a file beneath a folder is read, and nothing that lies elsewhere") {
  Tree tree;
  const auto read = [&](const std::string& path) {
    auto text = read_file_beneath(tree.folder, path, kLimit);
    return text ? *text : text.error();
  };
  CHECK(read("a.png") == "inside");
  CHECK(read("./deep//b.png") == "deep inside");
  CHECK(read("link-inside") == "inside");
  CHECK(read("folder-inside/b.png") == "deep inside");
  for (const char* path : {"link-out", "link-to-root", "folder-out/secret", "../secret",
                           "deep/../../secret", "/etc/passwd", "loop"}) {
    CAPTURE(path);
    CHECK(read(path) ==
          "cannot read " + tree.folder + "/" + path + ": a link leads out of its folder");
    CHECK(why_unreadable_beneath(tree.folder, path, kLimit) == read(path));
  }
  CHECK(read("none") == "cannot read " + tree.folder + "/none: No such file or directory");
  CHECK(read("deep") == "cannot read " + tree.folder + "/deep: it is not a file");
  CHECK(why_unreadable_beneath(tree.folder, "a.png", kLimit).empty());
}

TEST_CASE("where the system cannot keep a path beneath a folder, no link is followed") {
  Tree tree;
  CHECK(without_links(tree.folder, "a.png") == "inside");
  CHECK(without_links(tree.folder, "./deep//b.png") == "deep inside");
  for (const char* path : {"link-inside", "link-out", "link-to-root", "folder-out/secret",
                           "folder-inside/b.png", "loop"}) {
    CAPTURE(path);
    CHECK(without_links(tree.folder, path) == "error " + std::to_string(ELOOP));
  }
  for (const char* path : {"../secret", "deep/../../secret", "/etc/passwd", ""}) {
    CAPTURE(path);
    CHECK(without_links(tree.folder, path) == "error " + std::to_string(EXDEV));
  }
  CHECK(without_links(tree.folder, "none") == "error " + std::to_string(ENOENT));
  CHECK(without_links(tree.folder, "a.png/x") == "error " + std::to_string(ENOTDIR));
}

}  // namespace emulator
