#include "emulator/state/sqlite_statement.h"

namespace emulator::state {

std::string Connection::open(const std::string& path, int flags, const std::string& vfs) {
  const int code = sqlite3_open_v2(path.c_str(), &db_, flags | SQLITE_OPEN_NOMUTEX,
                                   vfs.empty() ? nullptr : vfs.c_str());
  if (code != SQLITE_OK) return db_ != nullptr ? problem() : sqlite3_errstr(code);
  sqlite3_extended_result_codes(db_, 1);
  // Whoever reads and whoever moves pages from the log to the file meet for moments only.
  sqlite3_busy_timeout(db_, 5'000);
  return "";
}

std::string Connection::run(const char* sql) {
  char* text = nullptr;
  if (sqlite3_exec(db_, sql, nullptr, nullptr, &text) == SQLITE_OK) return "";
  std::string why = text != nullptr ? text : problem();
  sqlite3_free(text);
  return why;
}

bool Statement::prepare(const Connection& connection, const char* sql) {
  return sqlite3_prepare_v3(connection.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_,
                            nullptr) == SQLITE_OK;
}

Statement& Statement::whole(int place, std::int64_t value) {
  sqlite3_bind_int64(statement_, place, value);
  return *this;
}

Statement& Statement::text(int place, std::string_view value) {
  sqlite3_bind_text64(statement_, place, value.data() == nullptr ? "" : value.data(), value.size(),
                      nullptr, SQLITE_UTF8);
  return *this;
}

Statement& Statement::blob(int place, std::string_view value) {
  sqlite3_bind_blob64(statement_, place, value.data() == nullptr ? "" : value.data(), value.size(),
                      nullptr);
  return *this;
}

int Statement::run() {
  const int code = sqlite3_step(statement_);
  reset();
  return code;
}

void Statement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

std::string_view Statement::bytes_at(int column) const {
  const void* const bytes = sqlite3_column_blob(statement_, column);
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace emulator::state
