#include "trust/store_database.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <sqlite3.h>

#include "base/fd.h"
#include "base/files.h"

namespace agentmesh::trust {

namespace {

constexpr int kBusyMs = 5000;

tl::unexpected<Error> fail_with(sqlite3* handle) {
  const char* file = sqlite3_db_filename(handle, "main");
  return fail(std::string(file == nullptr ? "state.db" : file) + ": " + sqlite3_errmsg(handle));
}

bool says_corrupt(int code) {
  const int kind = code & 0xFF;
  return kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB;
}

// SQLite opens its files by itself, and would wait for a pipe.
Result<void> check_files(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"})
    if (auto file = check_regular(path + suffix); !file) return file;
  return {};
}

}  // namespace

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query::Query(Query&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      bound_(other.bound_) {}

// Binding fails only for lack of memory or a wrong index; step() then reports the missing value.
Query& Query::text(std::string_view value) {
  sqlite3_bind_text64(statement_, ++bound_, value.data() == nullptr ? "" : value.data(),
                      value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Query& Query::blob(std::string_view value) {
  sqlite3_bind_blob64(statement_, ++bound_, value.data() == nullptr ? "" : value.data(),
                      value.size(), SQLITE_TRANSIENT);
  return *this;
}

Query& Query::integer(int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Result<bool> Query::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return fail_with(database_);
}

Result<void> Query::run() {
  auto stepped = step();
  if (!stepped) return tl::unexpected(stepped.error());
  return {};
}

std::string Query::text_at(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string Query::blob_at(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

int64_t Query::integer_at(int column) const { return sqlite3_column_int64(statement_, column); }

Result<std::unique_ptr<Database>> Database::open(const std::string& path, bool& corrupt) {
  corrupt = false;
  if (auto files = check_files(path); !files) return tl::unexpected(files.error());
  // SQLite would make it readable for others; -wal and -shm take the mode of the file. A file that is there is not opened
  // here, and the one that is made is closed before SQLite opens it: closing any descriptor of a file drops all locks
  // that this process has on it (POSIX), and another process would then delete the -wal file under us.
  {
    const Fd made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!made && errno != EEXIST) return fail_errno(path);
  }
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (opened != SQLITE_OK) return fail(path + ": " + sqlite3_errstr(opened));
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyMs);
  for (const char* sql :
       {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON"}) {
    const int code = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) continue;
    corrupt = says_corrupt(code);
    return fail_with(handle);
  }
  auto checked = database->query("PRAGMA quick_check(1)");
  if (!checked) {
    corrupt = says_corrupt(sqlite3_extended_errcode(handle));
    return tl::unexpected(checked.error());
  }
  const auto row = checked->step();
  corrupt = row ? checked->text_at(0) != "ok" : says_corrupt(sqlite3_extended_errcode(handle));
  if (!row) return tl::unexpected(row.error());
  if (corrupt) return fail(path + ": " + checked->text_at(0));
  return database;
}

Result<std::unique_ptr<Database>> Database::open_to_read(const std::string& path) {
  if (auto files = check_files(path); !files) return tl::unexpected(files.error());
  // A path as SQLite reads one in a URI.
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      constexpr char kDigits[] = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      uri += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    } else {
      uri += c;
    }
  }
  // Where no -shm file can be made, what is in the file itself is read; nobody writes there.
  for (const char* how : {"?mode=ro", "?mode=ro&immutable=1"}) {
    sqlite3* handle = nullptr;
    const int opened =
        sqlite3_open_v2((uri + how).c_str(), &handle,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, nullptr);
    std::unique_ptr<Database> database(new Database(handle));
    if (opened != SQLITE_OK) continue;
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, kBusyMs);
    const int code =
        sqlite3_exec(handle, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return database;
    if ((code & 0xFF) != SQLITE_CANTOPEN && (code & 0xFF) != SQLITE_READONLY)
      return fail_with(handle);
  }
  return fail(path + ": it cannot be opened");
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return fail_with(handle_);
  return {};
}

Result<Query> Database::query(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr && sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                                 &statement, nullptr) != SQLITE_OK) {
    return fail_with(handle_);
  }
  return Query(handle_, statement);
}

Result<int64_t> Database::number(const char* sql) {
  auto asked = query(sql);
  if (!asked) return tl::unexpected(asked.error());
  const auto row = asked->step();
  if (!row) return tl::unexpected(row.error());
  return *row ? asked->integer_at(0) : 0;
}

Result<Database::Transaction> Database::begin() {
  if (auto begun = execute("BEGIN IMMEDIATE"); !begun) return tl::unexpected(begun.error());
  return Transaction(*this);
}

Database::Transaction::~Transaction() {
  // Nothing can be done about a rollback that fails: SQLite rolls back when the file is opened again.
  if (database_ != nullptr) (void)database_->execute("ROLLBACK");
}

Result<void> Database::Transaction::commit() {
  auto committed = database_->execute("COMMIT");
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace agentmesh::trust
