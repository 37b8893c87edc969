#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <string_view>

// Inside state/: SQLite as C++, no more of it than is used.
namespace emulator::state {

// A connection to the file. One thread at a time.
class Connection {
 public:
  Connection() = default;
  ~Connection() { sqlite3_close(db_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // "" or why not. `flags` as of sqlite3_open_v2.
  std::string open(const std::string& path, int flags, const std::string& vfs);
  // Runs statements without results; "" or why not.
  std::string run(const char* sql);
  std::string problem() const { return sqlite3_errmsg(db_); }
  int code() const { return sqlite3_extended_errcode(db_); }
  sqlite3* get() const { return db_; }

 private:
  sqlite3* db_ = nullptr;
};

// A statement, made once and run often. Goes before its connection.
class Statement {
 public:
  Statement() = default;
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // False: the connection says why.
  bool prepare(const Connection& connection, const char* sql);
  bool is_ready() const { return statement_ != nullptr; }

  // Places from 1. Texts and bytes must live until the statement is run.
  Statement& whole(int place, std::int64_t value);
  Statement& text(int place, std::string_view value);
  Statement& blob(int place, std::string_view value);

  // Runs one without results and makes it ready to be run again; SQLITE_DONE when all went well.
  int run();
  // The next row: SQLITE_ROW, SQLITE_DONE or a fault. `reset` before it is used anew.
  int step() { return sqlite3_step(statement_); }
  void reset();
  std::int64_t whole_at(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string_view bytes_at(int column) const;

 private:
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace emulator::state
