// State in one file of SQLite. Batches go to its log (WAL), each in one transaction; the pages come
// from the log to the file when there are enough of them. Whoever reads has a connection of its
// own, and sees whole batches only.
#include "emulator/state/sqlite.h"

#include <array>
#include <utility>

#include "emulator/state/bytes.h"
#include "emulator/state/sqlite_file.h"
#include "emulator/state/sqlite_statement.h"

namespace emulator::state {
namespace {

// Tasks lie in the order of their sandboxes and serials, so that those of one are beside each
// other.
constexpr int kSerialBits = 32;
std::int64_t task_row(std::uint64_t box, std::uint64_t serial) {
  return static_cast<std::int64_t>(box << kSerialBits | (serial & 0xffff'ffff));
}

std::int64_t as_whole(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::uint64_t as_number(std::int64_t whole) { return static_cast<std::uint64_t>(whole); }

// ---- reading

class SqliteReading final : public Reading {
 public:
  SqliteReading(const std::string& path, const std::string& vfs) : path_(path) {
    if (const std::string why = file_.open(path, SQLITE_OPEN_READWRITE, vfs); !why.empty())
      throw StateFault("cannot read the state in " + path + ": " + why);
  }

  std::vector<StoredBox> boxes() override {
    std::vector<StoredBox> out;
    Statement ask;
    prepare(ask, "SELECT id, name, used, tasks, due FROM sandbox ORDER BY used");
    rows(ask, [&] {
      out.push_back({static_cast<std::uint32_t>(ask.whole_at(0)), std::string(ask.bytes_at(1)),
                     Instant(Duration(ask.whole_at(2))), as_number(ask.whole_at(3)),
                     ask.whole_at(4) != 0});
    });
    return out;
  }

  std::optional<std::string> box(const StoredBox& box) override {
    return one("SELECT value FROM sandbox WHERE id=?", box.id);
  }

  std::optional<std::string> scenario(std::uint64_t key) override {
    return one("SELECT value FROM scenario WHERE id=?", as_whole(key));
  }

  void each(Shelf shelf, const StoredBox& box, const Row& row) override {
    Statement ask;
    switch (shelf) {
      case Shelf::kTask:
        prepare(ask, "SELECT id, value FROM task WHERE id BETWEEN ? AND ? ORDER BY id");
        ask.whole(1, task_row(box.id, 0)).whole(2, task_row(box.id, UINT32_MAX));
        return rows(ask, [&] {
          row(as_number(ask.whole_at(0)) & 0xffff'ffff, {}, value(ask.bytes_at(1)), {});
        });
      case Shelf::kNote:
        prepare(ask, "SELECT provider, name, value FROM note WHERE sandbox=?");
        ask.whole(1, box.id);
        return rows(ask, [&] {
          row(as_number(ask.whole_at(0)), ask.bytes_at(1), value(ask.bytes_at(2)), {});
        });
      case Shelf::kWebhook:
        prepare(ask, "SELECT number, value FROM webhook WHERE sandbox=? ORDER BY number");
        ask.whole(1, box.id);
        return rows(ask, [&] { row(as_number(ask.whole_at(0)), {}, value(ask.bytes_at(1)), {}); });
      case Shelf::kUpload:
        prepare(ask, "SELECT provider, path, value, bytes FROM upload WHERE sandbox=? ORDER BY id");
        ask.whole(1, box.id);
        return rows(ask, [&] {
          row(as_number(ask.whole_at(0)), ask.bytes_at(1), value(ask.bytes_at(2)), ask.bytes_at(3));
        });
      case Shelf::kLetter:
        prepare(ask, "SELECT number, value FROM letter ORDER BY number");
        return rows(ask, [&] { row(as_number(ask.whole_at(0)), {}, value(ask.bytes_at(1)), {}); });
      case Shelf::kScenario:
      case Shelf::kSandbox:
        return;
    }
  }

  void every_task(const Any& row) override {
    Statement ask;
    prepare(ask, "SELECT id, value FROM task");
    rows(ask, [&] {
      const std::uint64_t id = as_number(ask.whole_at(0));
      row(static_cast<std::uint32_t>(id >> kSerialBits), id & 0xffff'ffff, {},
          value(ask.bytes_at(1)));
    });
  }

  void every_upload(const Any& row) override {
    Statement ask;
    prepare(ask, "SELECT sandbox, provider, path, value FROM upload");
    rows(ask, [&] {
      row(static_cast<std::uint32_t>(ask.whole_at(0)), as_number(ask.whole_at(1)), ask.bytes_at(2),
          value(ask.bytes_at(3)));
    });
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw StateFault("cannot read the state in " + path_ + ": " + why);
  }

  void prepare(Statement& statement, const char* sql) {
    if (!statement.prepare(file_, sql)) fail(file_.problem());
  }

  template <class Each>
  void rows(Statement& statement, Each each) {
    for (int code = statement.step(); code != SQLITE_DONE; code = statement.step()) {
      if (code != SQLITE_ROW) fail(file_.problem());
      each();
    }
  }

  std::string_view value(std::string_view sealed) const {
    const auto out = opened(sealed);
    if (!out) fail("a value in it is not as it was written");
    return *out;
  }

  std::optional<std::string> one(const char* sql, std::int64_t id) {
    Statement ask;
    prepare(ask, sql);
    ask.whole(1, id);
    std::optional<std::string> out;
    rows(ask, [&] { out = value(ask.bytes_at(0)); });
    return out;
  }

  const std::string path_;
  Connection file_;
};

// ---- writing

enum Made : std::size_t {
  kPutScenario,
  kDropScenarios,
  kPutBox,
  kDropBox,
  kPutTask,
  kDropTasks,
  kPutNote,
  kDropNote,
  kDropNotes,
  kPutWebhook,
  kDropWebhook,
  kDropWebhooks,
  kPutUpload,
  kDropUpload,
  kDropUploads,
  kPutLetter,
  kDropLetter,
  kBegin,
  kCommit,
  kMade
};
constexpr std::array<const char*, kMade> kSql{
    "INSERT OR IGNORE INTO scenario VALUES(?,?)",
    "DELETE FROM scenario WHERE id NOT IN (SELECT scenario FROM sandbox)",
    "INSERT OR REPLACE INTO sandbox VALUES(?,?,?,?,?,?,?)",
    "DELETE FROM sandbox WHERE id=?",
    "INSERT OR REPLACE INTO task VALUES(?,?)",
    "DELETE FROM task WHERE id BETWEEN ? AND ?",
    "INSERT OR REPLACE INTO note VALUES(?,?,?,?)",
    "DELETE FROM note WHERE sandbox=? AND provider=? AND name=?",
    "DELETE FROM note WHERE sandbox=?",
    "INSERT OR REPLACE INTO webhook VALUES(?,?,?)",
    "DELETE FROM webhook WHERE sandbox=? AND number=?",
    "DELETE FROM webhook WHERE sandbox=?",
    "INSERT OR REPLACE INTO upload(sandbox,provider,path,value,bytes) VALUES(?,?,?,?,?)",
    "DELETE FROM upload WHERE provider=? AND path=?",
    "DELETE FROM upload WHERE sandbox=?",
    "INSERT OR REPLACE INTO letter VALUES(?,?)",
    "DELETE FROM letter WHERE number=?",
    "BEGIN IMMEDIATE",
    "COMMIT"};

class SqliteEngine final : public Engine {
 public:
  // "" or one line.
  std::string open(SqliteOptions options) {
    options_ = std::move(options);
    if (std::string why = lock_.acquire(options_.path); !why.empty()) return why;
    if (std::string why = why_not_ours(lock_.descriptor(), options_.path); !why.empty()) return why;
    beside_.watch(options_.path);
    const std::string why = file_.open(options_.path, SQLITE_OPEN_READWRITE, options_.vfs);
    if (!why.empty()) return about_state(options_.path) + why;
    // What is refused below stays as it is, its log included.
    sqlite3_db_config(file_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    if (std::string stale = bring_up_to_date(file_, options_.path); !stale.empty()) return stale;
    for (std::size_t i = 0; i < kMade; ++i)
      if (!made_[i].prepare(file_, kSql[i]))
        return about_state(options_.path) + "it is damaged (" + file_.problem() +
               "); it is left as it is";
    if (std::string other = compare_with_meta(); !other.empty()) return other;
    sqlite3_db_config(file_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
    beside_.keep();
    return "";
  }

  std::string write(const Batch& batch) override {
    if (made_[kBegin].run() != SQLITE_DONE) return problem();
    for (const Write& each : batch)
      if (apply(each) != SQLITE_DONE) return undone();
    return made_[kCommit].run() == SQLITE_DONE ? "" : undone();
  }

  std::unique_ptr<Reading> reading() override {
    return std::make_unique<SqliteReading>(options_.path, options_.vfs);
  }

  std::string name() const override { return options_.path; }
  std::uint64_t seed() const override { return options_.seed; }

 private:
  std::string problem() const { return "cannot write " + options_.path + ": " + file_.problem(); }

  // Some faults end a transaction by themselves.
  std::string undone() {
    std::string why = problem();
    if (sqlite3_get_autocommit(file_.get()) == 0) static_cast<void>(file_.run("ROLLBACK"));
    return why;
  }

  // The providers a file knows come first among ours, or what it says of them means others. A new
  // file is told of ours, and keeps the seed.
  std::string compare_with_meta() {
    std::string ours;
    for (const std::string& name : options_.providers) ours += name + "\n";
    Statement ask;
    if (!ask.prepare(file_, "SELECT name, value FROM meta")) return problem();
    std::string theirs;
    int code = ask.step();
    for (; code == SQLITE_ROW; code = ask.step()) {
      if (ask.bytes_at(0) == "providers") theirs = ask.bytes_at(1);
      if (ask.bytes_at(0) == "seed") options_.seed = Unpacker(ask.bytes_at(1)).fixed();
    }
    if (code != SQLITE_DONE) return problem();
    ask.reset();
    if (!ours.starts_with(theirs))
      return about_state(options_.path) +
             "it was written for other providers than there are here, and is left as it is";
    if (ours == theirs) return "";
    std::string seed;
    Packer(seed).fixed(options_.seed);
    Statement put;
    if (!put.prepare(file_, "INSERT OR REPLACE INTO meta VALUES('providers',?),('seed',?)"))
      return problem();
    return put.blob(1, ours).blob(2, seed).run() == SQLITE_DONE ? "" : problem();
  }

  std::string_view sealed(const Write& each) {
    sealed_ = each.value;
    seal(sealed_);
    return sealed_;
  }

  int apply(const Write& each) {
    switch (each.shelf) {
      case Shelf::kScenario:
        if (each.what == Write::What::kDropAll) return made_[kDropScenarios].run();
        return made_[kPutScenario].whole(1, as_whole(each.number)).blob(2, sealed(each)).run();
      case Shelf::kSandbox:
        return each.what == Write::What::kPut ? put_box(each) : drop_box(each.box);
      case Shelf::kTask:
        return apply_task(each);
      case Shelf::kNote:
        if (each.what == Write::What::kDropAll) return of_box(kDropNotes, each.box);
        if (each.what == Write::What::kDrop)
          return made_[kDropNote]
              .whole(1, each.box)
              .whole(2, as_whole(each.number))
              .blob(3, each.name)
              .run();
        return made_[kPutNote]
            .whole(1, each.box)
            .whole(2, as_whole(each.number))
            .blob(3, each.name)
            .blob(4, sealed(each))
            .run();
      case Shelf::kWebhook:
        if (each.what == Write::What::kDropAll) return of_box(kDropWebhooks, each.box);
        if (each.what == Write::What::kDrop)
          return made_[kDropWebhook].whole(1, each.box).whole(2, as_whole(each.number)).run();
        return made_[kPutWebhook]
            .whole(1, each.box)
            .whole(2, as_whole(each.number))
            .blob(3, sealed(each))
            .run();
      case Shelf::kUpload:
        if (each.what == Write::What::kDrop)
          return made_[kDropUpload].whole(1, as_whole(each.number)).blob(2, each.name).run();
        return made_[kPutUpload]
            .whole(1, each.box)
            .whole(2, as_whole(each.number))
            .blob(3, each.name)
            .blob(4, sealed(each))
            .blob(5, each.bytes)
            .run();
      case Shelf::kLetter:
        if (each.what == Write::What::kDrop)
          return made_[kDropLetter].whole(1, as_whole(each.number)).run();
        return made_[kPutLetter].whole(1, as_whole(each.number)).blob(2, sealed(each)).run();
    }
    return SQLITE_DONE;
  }

  int of_box(Made statement, std::uint32_t box) { return made_[statement].whole(1, box).run(); }

  int put_box(const Write& each) {
    return made_[kPutBox]
        .whole(1, each.box)
        .text(2, each.name)
        .whole(3, each.used.time_since_epoch().count())
        .whole(4, as_whole(each.tasks))
        .whole(5, as_whole(each.scenario))
        .whole(6, each.due ? 1 : 0)
        .blob(7, sealed(each))
        .run();
  }

  int drop_box(std::uint32_t box) {
    int code = drop_tasks(box, UINT32_MAX);
    for (const Made statement : {kDropNotes, kDropWebhooks, kDropUploads, kDropBox})
      if (code == SQLITE_DONE) code = of_box(statement, box);
    return code;
  }

  int apply_task(const Write& each) {
    if (each.what == Write::What::kPut)
      return made_[kPutTask].whole(1, task_row(each.box, each.number)).blob(2, sealed(each)).run();
    return drop_tasks(each.box,
                      each.what == Write::What::kDropBelow ? each.number - 1 : UINT32_MAX);
  }

  int drop_tasks(std::uint32_t box, std::uint64_t last) {
    return made_[kDropTasks].whole(1, task_row(box, 0)).whole(2, task_row(box, last)).run();
  }

  SqliteOptions options_;
  Lock lock_;         // before the connection: it is closed last
  Untouched beside_;  // of a file that is refused
  Connection file_;
  std::array<Statement, kMade> made_;
  std::string sealed_;
};

}  // namespace

Result<std::unique_ptr<Engine>, std::string> open_sqlite(SqliteOptions options) {
  auto engine = std::make_unique<SqliteEngine>();
  if (std::string why = engine->open(std::move(options)); !why.empty()) return Failure{why};
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace emulator::state
