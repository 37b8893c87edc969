#include "emulator/sandbox/uploads.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "emulator/sandbox/spill_folder.h"

using namespace emulator;

namespace {

// A folder of this test's own for what is spilled.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "uploads-test.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", path_.c_str(), 1);
  }
  ~Folder() {
    if (before_.empty())
      ::unsetenv("TMPDIR");
    else
      ::setenv("TMPDIR", before_.c_str(), 1);
    std::filesystem::remove_all(path_);
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }
  const std::string& path() const { return path_; }
  bool empty() const { return std::filesystem::is_empty(path_); }

 private:
  std::string path_, before_;
};

// Files cannot become larger than that, as on a full disk.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    before_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    rlimit small = limit_;
    small.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FileLimit() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }

 private:
  rlimit limit_{};
  void (*before_)(int) = nullptr;
};

Uploads::File about(const char* box = "me") {
  Uploads::File file;
  file.content_type = "text/plain";
  file.sandbox = box;
  return file;
}

std::string bytes(std::size_t size, char of) { return std::string(size, of); }

}  // namespace

TEST_CASE("a file comes back byte for byte, and only from its own path and provider") {
  Uploads uploads({100, 1'000, 10});
  const std::string odd("a\0b\xff", 4);
  REQUIRE(uploads.put(1, "/a", about(), odd));
  CHECK(uploads.read(1, "/a") == odd);
  CHECK(uploads.find(1, "/a")->size == 4);
  CHECK_FALSE(uploads.read(2, "/a"));
  CHECK_FALSE(uploads.read(1, "/b"));
  CHECK(uploads.find(1, "/b") == nullptr);
}

TEST_CASE("past the limit of memory the oldest files lie on disk, and are read from there") {
  const Folder folder;
  {
    Uploads uploads({100, 1'000, 10});
    REQUIRE(uploads.put(1, "/a", about(), bytes(60, 'a')));
    CHECK(folder.empty());
    REQUIRE(uploads.put(1, "/b", about(), bytes(60, 'b')));
    CHECK(uploads.bytes() == 120);
    CHECK(uploads.bytes_in_memory() == 60);
    CHECK(folder.files() == 1);
    CHECK(uploads.read(1, "/a") == bytes(60, 'a'));
    CHECK(uploads.read(1, "/b") == bytes(60, 'b'));
    REQUIRE(uploads.drop(1, "/a"));
    CHECK(folder.files() == 0);
  }
  CHECK(folder.empty());
}

TEST_CASE("a file larger than memory goes to disk whole; one larger than everything is refused") {
  const Folder folder;
  Uploads uploads({100, 1'000, 10});
  REQUIRE(uploads.put(1, "/big", about(), bytes(500, 'x')));
  CHECK(uploads.bytes_in_memory() == 0);
  CHECK(uploads.read(1, "/big") == bytes(500, 'x'));
  CHECK_FALSE(uploads.put(1, "/huge", about(), bytes(1'001, 'x')));
  CHECK(uploads.files() == 1);
}

TEST_CASE("past the total, or the count, the oldest go for good") {
  const Folder folder;
  Uploads uploads({100, 250, 3});
  for (const char* path : {"/1", "/2", "/3"})
    REQUIRE(uploads.put(1, path, about(), bytes(80, 'x')));
  REQUIRE(uploads.put(1, "/4", about(), bytes(80, 'x')));
  CHECK(uploads.find(1, "/1") == nullptr);
  CHECK(uploads.find(1, "/2") != nullptr);
  CHECK(uploads.bytes() == 240);
  REQUIRE(uploads.put(1, "/5", about(), ""));
  CHECK(uploads.files() == 3);
}

TEST_CASE("a path that is put again has the new bytes, and the old ones are let go") {
  Uploads uploads({100, 1'000, 10});
  REQUIRE(uploads.put(1, "/a", about(), bytes(50, 'a')));
  REQUIRE(uploads.put(1, "/a", about(), bytes(20, 'b')));
  CHECK(uploads.files() == 1);
  CHECK(uploads.bytes() == 20);
  CHECK(uploads.read(1, "/a") == bytes(20, 'b'));
}

TEST_CASE("a sandbox's files can be dropped, and nobody else's") {
  Uploads uploads({100, 1'000, 10});
  REQUIRE(uploads.put(1, "/a", about("me"), "a"));
  REQUIRE(uploads.put(2, "/b", about("me"), "b"));
  REQUIRE(uploads.put(1, "/c", about("you"), "c"));
  uploads.drop_sandbox("me");
  CHECK(uploads.files() == 1);
  CHECK(uploads.read(1, "/c") == "c");
}

TEST_CASE("parts are joined in the order given, and are then gone") {
  Uploads uploads({100, 1'000, 10});
  REQUIRE(uploads.put(1, "/p1", about(), "one "));
  REQUIRE(uploads.put(1, "/p2", about(), "two"));
  CHECK_FALSE(uploads.join(1, "/whole", about(), {"/p1", "/p3"}));
  CHECK(uploads.files() == 2);
  REQUIRE(uploads.join(1, "/whole", about(), {"/p1", "/p2"}));
  CHECK(uploads.files() == 1);
  CHECK(uploads.bytes() == 7);
  CHECK(uploads.read(1, "/whole") == "one two");
}

TEST_CASE("a whole larger than memory is joined on disk") {
  const Folder folder;
  {
    Uploads uploads({100, 1'000, 10});
    for (const auto& [path, of] :
         {std::pair("/p1", 'a'), std::pair("/p2", 'b'), std::pair("/p3", 'c')})
      REQUIRE(uploads.put(1, path, about(), bytes(70, of)));
    REQUIRE(uploads.join(1, "/whole", about(), {"/p1", "/p2", "/p3"}));
    CHECK(uploads.files() == 1);
    CHECK(uploads.bytes() == 210);
    CHECK(uploads.bytes_in_memory() == 0);
    CHECK(uploads.find(1, "/whole")->size == 210);
    CHECK(uploads.read(1, "/whole") == bytes(70, 'a') + bytes(70, 'b') + bytes(70, 'c'));
    CHECK(folder.files() == 1);
  }
  CHECK(folder.empty());
}

TEST_CASE(
    "how a file looks as a picture is known from when it is kept, joined and spilled ones too") {
  const Folder folder;
  image::Picture picture;
  picture.width = 30;
  picture.height = 20;
  const std::string whole = image::render(picture);
  const auto put_parts = [&](Uploads& uploads) {
    REQUIRE(uploads.put(1, "/1", about(), whole.substr(0, 100)));
    REQUIRE(uploads.put(1, "/2", about(), whole.substr(100)));
    REQUIRE(uploads.join(1, "/whole", about(), {"/1", "/2"}));
    return uploads.find(1, "/whole")->picture;
  };
  using State = image::Inspection::State;
  for (const std::uint64_t memory : {std::uint64_t{1} << 20, std::uint64_t{100}}) {
    Uploads uploads({memory, 1u << 20, 10});
    const image::Inspection seen = put_parts(uploads);
    CHECK(seen.state == State::kWhole);
    CHECK(seen.type == "image/jpeg");
    CHECK(seen.size->width == 30);
    REQUIRE(uploads.put(1, "/half", about(), whole.substr(0, 100)));
    CHECK(uploads.find(1, "/half")->picture.state == State::kCutOff);
    REQUIRE(uploads.put(1, "/none", about(), ""));
    CHECK(uploads.find(1, "/none")->picture.state == State::kEmpty);
  }
}

TEST_CASE("what the disk does not keep or give back is a fault of ours, said with its place") {
  const Folder folder;
  const std::string shared = folder.path() + "/provider-emulator-" + std::to_string(::geteuid());
  Uploads uploads({100, 1'000, 10});
  {
    const FileLimit small(200);
    CHECK_THROWS_WITH_AS(uploads.put(1, "/big", about(), bytes(500, 'x')),
                         doctest::Contains(": File too large"), StorageFault);
    CHECK(folder.files() == 0);
    CHECK(uploads.find(1, "/big") == nullptr);
    CHECK(uploads.bytes() == 0);
  }
  REQUIRE(uploads.put(1, "/big", about(), bytes(500, 'x')));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shared))
    if (entry.is_regular_file()) std::filesystem::resize_file(entry.path(), 499);
  CHECK_THROWS_WITH_AS(uploads.read(1, "/big"), doctest::Contains("cut it off"), StorageFault);
  std::filesystem::remove_all(shared);
  CHECK_THROWS_WITH_AS(uploads.read(1, "/big"), doctest::Contains("No such file"), StorageFault);
  CHECK_THROWS_WITH_AS(uploads.put(1, "/other", about(), bytes(500, 'x')),
                       doctest::Contains("No such file"), StorageFault);
  ::setenv("TMPDIR", (folder.path() + "/none").c_str(), 1);
  CHECK_THROWS_WITH_AS(Uploads({0, 1'000, 10}).put(1, "/a", about(), "a"),
                       doctest::Contains("No such file or directory (TMPDIR"), StorageFault);
}

TEST_CASE("a folder that others may write to is not used") {
  const Folder folder;
  const std::string shared = folder.path() + "/provider-emulator-" + std::to_string(::geteuid());
  std::filesystem::create_directory(shared);
  std::filesystem::permissions(shared, std::filesystem::perms::all);
  CHECK_THROWS_AS(Uploads({0, 1'000, 10}).put(1, "/a", about(), "a"), StorageFault);
  std::filesystem::remove(shared);
  std::filesystem::create_directory_symlink("/tmp", shared);
  CHECK_THROWS_AS(Uploads({0, 1'000, 10}).put(1, "/a", about(), "a"), StorageFault);
}

TEST_CASE("what a killed process left behind is removed, and what a living one uses is not") {
  const Folder folder;
  Uploads living({0, 1'000, 10});
  REQUIRE(living.put(1, "/a", about(), "here"));
  const std::string shared = folder.path() + "/provider-emulator-" + std::to_string(::geteuid());
  std::filesystem::create_directories(shared + "/4711.abcdef");
  std::ofstream(shared + "/4711.abcdef/1") << "left behind";
  std::filesystem::create_directory_symlink("/etc", shared + "/4712.abcdef");
  CHECK(folder.files() == 2);
  SpillFolder::remove_leftovers();
  CHECK(folder.files() == 1);
  CHECK_FALSE(std::filesystem::exists(shared + "/4711.abcdef"));
  CHECK(std::filesystem::exists("/etc/passwd"));
  CHECK(living.read(1, "/a") == "here");
}
