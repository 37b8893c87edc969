// Files of state: kept whole, read again, and refused where they are not what they should be.
#include "emulator/state/sqlite.h"

#include <doctest.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace emulator::test::TEST_FILE {
namespace {

using namespace emulator::state;

struct Folder {
  Folder() {
    char name[] = "/tmp/emulator-state.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string at(const std::string& name) const { return path + "/" + name; }
  std::string path;
};

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

Result<std::unique_ptr<Engine>, std::string> open(const std::string& path, std::uint64_t seed = 1,
                                                  std::vector<std::string> providers = {"a", "b"},
                                                  const std::string& vfs = "") {
  return open_sqlite({path, std::move(providers), seed, vfs});
}

Write row(Shelf shelf, std::uint32_t box, std::uint64_t number, std::string value) {
  Write out;
  out.shelf = shelf;
  out.box = box;
  out.number = number;
  out.value = std::move(value);
  return out;
}

Write box_row(std::uint32_t id, const std::string& name, const std::string& value) {
  Write out = row(Shelf::kSandbox, id, 0, value);
  out.name = name;
  out.used = Instant(std::chrono::seconds(id));
  return out;
}

StoredBox stored(std::uint32_t id) {
  StoredBox out;
  out.id = id;
  return out;
}

std::map<std::uint64_t, std::string> tasks_of(Engine& engine, std::uint32_t box) {
  std::map<std::uint64_t, std::string> out;
  engine.reading()->each(Shelf::kTask, stored(box),
                         [&](std::uint64_t number, std::string_view, std::string_view value,
                             std::string_view) { out[number] = value; });
  return out;
}

// What a file cannot be opened for.
std::string refused(const std::string& path, std::vector<std::string> providers = {"a", "b"}) {
  auto opened = open(path, 1, std::move(providers));
  REQUIRE_FALSE(opened);
  CHECK(opened.error().find('\n') == std::string::npos);
  return opened.error();
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A way to the disk on which writing goes wrong when told to.
struct Faulty {
  static inline int writes_left = -1;  // until the disk is full; -1: never
  static inline sqlite3_vfs* real = nullptr;
  // Files of several kinds are locked in several ways, or not at all.
  static inline std::map<const sqlite3_io_methods*, sqlite3_io_methods> methods;
  static inline const sqlite3_io_methods* real_methods = nullptr;

  static int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    if (writes_left == 0) return SQLITE_FULL;
    if (writes_left > 0) --writes_left;
    return real_methods->xWrite(file, bytes, size, at);
  }

  static int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    const int code = real->xOpen(real, name, file, flags, out);
    if (code != SQLITE_OK || file->pMethods == nullptr) return code;
    real_methods = file->pMethods;
    sqlite3_io_methods& ours = methods.try_emplace(real_methods, *real_methods).first->second;
    ours.xWrite = write;
    file->pMethods = &ours;
    return code;
  }

  static const char* name() {
    static sqlite3_vfs vfs = [] {
      real = sqlite3_vfs_find(nullptr);
      sqlite3_vfs made = *real;
      made.zName = "faulty";
      made.xOpen = open_file;
      return made;
    }();
    sqlite3_vfs_register(&vfs, 0);
    return "faulty";
  }
};

}  // namespace

TEST_CASE("what was written is read again by the next process") {
  const Folder folder;
  {
    auto engine = open(folder.at("state"));
    REQUIRE(engine);
    Write note = row(Shelf::kNote, 1, 1, "note");
    note.name = std::string("k\0\xff", 3);
    Write upload = row(Shelf::kUpload, 1, 0, "about");
    upload.name = "/path";
    upload.bytes = std::string("\0bytes", 6);
    CHECK((*engine)->write({row(Shelf::kScenario, 0, UINT64_MAX, "story"), box_row(1, "one", "1"),
                            box_row(2, "two", "2"), row(Shelf::kTask, 1, 1, "t1"),
                            row(Shelf::kTask, 1, 2, "t2"), row(Shelf::kTask, 2, 1, "other"), note,
                            upload, row(Shelf::kWebhook, 2, 9, "w"),
                            row(Shelf::kLetter, 0, 5, "l")}) == "");
  }
  auto engine = open(folder.at("state"));
  REQUIRE(engine);
  const auto reading = (*engine)->reading();
  const auto boxes = reading->boxes();
  REQUIRE(boxes.size() == 2);
  CHECK(boxes[0].name == "one");
  CHECK(reading->box(stored(2)) == "2");
  CHECK_FALSE(reading->box(stored(3)));
  CHECK(reading->scenario(UINT64_MAX) == "story");
  CHECK(tasks_of(**engine, 1) == std::map<std::uint64_t, std::string>{{1, "t1"}, {2, "t2"}});
  int seen = 0;
  reading->each(
      Shelf::kNote, stored(1),
      [&](std::uint64_t provider, std::string_view name, std::string_view value, std::string_view) {
        ++seen;
        CHECK(provider == 1);
        CHECK(name == std::string("k\0\xff", 3));
        CHECK(value == "note");
      });
  reading->each(
      Shelf::kUpload, stored(1),
      [&](std::uint64_t, std::string_view name, std::string_view, std::string_view bytes) {
        ++seen;
        CHECK(name == "/path");
        CHECK(bytes.size() == 6);
      });
  reading->each(Shelf::kWebhook, stored(2),
                [&](std::uint64_t number, std::string_view, std::string_view, std::string_view) {
                  ++seen;
                  CHECK(number == 9);
                });
  reading->each(Shelf::kLetter, stored(0),
                [&](std::uint64_t number, std::string_view, std::string_view, std::string_view) {
                  ++seen;
                  CHECK(number == 5);
                });
  CHECK(seen == 4);
}

TEST_CASE("rows are dropped one by one, from the front, and with their sandbox") {
  const Folder folder;
  auto opened = open(folder.at("state"));
  REQUIRE(opened);
  Engine& engine = **opened;
  Batch batch{box_row(1, "one", "1"), box_row(2, "two", "2")};
  for (std::uint64_t serial = 1; serial <= 4; ++serial)
    for (std::uint32_t box = 1; box <= 2; ++box)
      batch.push_back(row(Shelf::kTask, box, serial, std::to_string(serial)));
  REQUIRE(engine.write(batch) == "");
  Write below = row(Shelf::kTask, 1, 3, "");
  below.what = Write::What::kDropBelow;
  CHECK(engine.write({below}) == "");
  CHECK(tasks_of(engine, 1).begin()->first == 3);
  CHECK(tasks_of(engine, 2).size() == 4);
  Write gone = row(Shelf::kSandbox, 2, 0, "");
  gone.what = Write::What::kDrop;
  CHECK(engine.write({gone}) == "");
  CHECK(tasks_of(engine, 2).empty());
  CHECK(engine.reading()->boxes().size() == 1);
  Write all = row(Shelf::kTask, 1, 0, "");
  all.what = Write::What::kDropAll;
  CHECK(engine.write({all}) == "");
  CHECK(tasks_of(engine, 1).empty());
}

TEST_CASE("the seed of a new file is that of every later process") {
  const Folder folder;
  CHECK((*open(folder.at("state"), 5))->seed() == 5);
  CHECK((*open(folder.at("state"), 6))->seed() == 5);
}

TEST_CASE("a second emulator is refused while the first has the file, and not behind it") {
  const Folder folder;
  {
    const auto first = open(folder.at("state"));
    REQUIRE(first);
    CHECK(holds(refused(folder.at("state")), "another emulator has it"));
    CHECK((*first)->write({box_row(1, "one", "1")}) == "");
  }
  CHECK(open(folder.at("state")));
}

TEST_CASE("what is no file of state is refused in one line and stays as it is") {
  const Folder folder;
  CHECK(holds(refused(folder.path), "it is a folder"));
  CHECK(holds(refused(folder.at("no/such")), "No such file"));

  const auto stays = [&](const std::string& name, const std::string& bytes) {
    put_bytes(folder.at(name), bytes);
    std::string why = refused(folder.at(name));
    CHECK(bytes_of(folder.at(name)) == bytes);
    CHECK_FALSE(std::filesystem::exists(folder.at(name) + "-wal"));
    return why;
  };
  CHECK(holds(stays("text", std::string(5'000, 'x')), "it holds something else"));
  CHECK(holds(stays("short", "SQLite format 3"), "it holds something else"));

  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(folder.at("other").c_str(), &other) == SQLITE_OK);
  sqlite3_exec(other, "CREATE TABLE a(b)", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  CHECK(holds(stays("again", bytes_of(folder.at("other"))), "a database of something else"));

  REQUIRE((*open(folder.at("good")))->write({box_row(1, "one", std::string(50'000, 'v'))}) == "");
  const std::string good = bytes_of(folder.at("good"));
  std::string newer = good;
  newer[63] = 9;
  CHECK(holds(stays("newer", newer), "a newer provider-emulator wrote it (form 9"));
  CHECK(holds(stays("cut", good.substr(0, good.size() / 2)), "it is damaged"));
  std::string torn = good;
  std::memset(torn.data() + 100, 0x5a, 3'000);  // the list of tables
  CHECK(holds(stays("torn", torn), "damaged"));
  CHECK(holds(refused(folder.at("good"), {"b", "a"}), "other providers"));
  CHECK(open(folder.at("good"), 1, {"a", "b", "c"}));
}

TEST_CASE("a row that is damaged is told when it is read, and nothing is made of it") {
  const Folder folder;
  REQUIRE((*open(folder.at("state")))->write({box_row(1, "one", "a-value-to-be-found")}) == "");
  std::string bytes = bytes_of(folder.at("state"));
  const auto at = bytes.find("a-value-to-be-found");
  REQUIRE(at != std::string::npos);
  bytes[at] = 'b';
  put_bytes(folder.at("state"), bytes);
  const auto engine = open(folder.at("state"));
  REQUIRE(engine);
  CHECK_THROWS_AS(static_cast<void>((*engine)->reading()->box(stored(1))), StateFault);
}

TEST_CASE("a full disk is told, and nothing of that batch is there; with room it goes on") {
  const Folder folder;
  {
    auto opened = open(folder.at("state"), 1, {"a"}, Faulty::name());
    REQUIRE(opened);
    Engine& engine = **opened;
    REQUIRE(engine.write({row(Shelf::kTask, 1, 1, "before")}) == "");
    for (int writes = 0; writes < 6; ++writes) {
      CAPTURE(writes);
      Faulty::writes_left = writes;
      Batch large;
      for (std::uint64_t serial = 10; serial < 40; ++serial)
        large.push_back(row(Shelf::kTask, 1, serial, std::string(2'000, 'v')));
      const std::string why = engine.write(large);
      Faulty::writes_left = -1;
      CHECK(holds(why, "full"));
      CHECK(tasks_of(engine, 1).size() == 1);
    }
    CHECK(engine.write({row(Shelf::kTask, 1, 2, "behind")}) == "");
  }
  auto again = open(folder.at("state"), 1, {"a"});
  CAPTURE((again ? "" : again.error()));
  REQUIRE(again);
  CHECK(tasks_of(**again, 1) == std::map<std::uint64_t, std::string>{{1, "before"}, {2, "behind"}});
}

// What is on the disk when the power goes: the file, and as much of the log as had been written,
// the last of it torn.
TEST_CASE("a log that breaks off anywhere gives whole batches from the front, and no others") {
  const Folder folder;
  auto engine = open(folder.at("state"), 1, {"a"});
  REQUIRE(engine);
  for (std::uint64_t serial = 1; serial <= 5; ++serial) {
    Write two = row(Shelf::kTask, 2, serial, std::to_string(serial));
    REQUIRE((*engine)->write({row(Shelf::kTask, 1, serial, std::string(5'000, 'v')), two}) == "");
  }
  const std::string file = bytes_of(folder.at("state"));
  const std::string log = bytes_of(folder.at("state-wal"));
  REQUIRE(log.size() > 20'000);
  std::size_t before = 0;
  for (std::size_t size = 0; size <= log.size(); size += 1'501) {
    CAPTURE(size);
    std::string torn = log.substr(0, size);
    for (std::size_t i = size - std::min<std::size_t>(size, 300); i < size; ++i) torn[i] = '\x5a';
    put_bytes(folder.at("copy"), file);
    put_bytes(folder.at("copy-wal"), torn);
    std::filesystem::remove(folder.at("copy-shm"));
    auto copy = open(folder.at("copy"), 1, {"a"});
    REQUIRE(copy);
    const auto tasks = tasks_of(**copy, 1);
    CHECK(tasks.size() == tasks_of(**copy, 2).size());
    CHECK(tasks.size() >= before);
    before = tasks.size();
    for (std::uint64_t serial = 1; serial <= tasks.size(); ++serial) CHECK(tasks.contains(serial));
  }
}

}  // namespace emulator::test::TEST_FILE
