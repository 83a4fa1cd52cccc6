// Database: the few calls of SQLite that the store makes, with Result for failure. Only store*.cc includes sqlite3.h.
//
// Thread: one per Database. Statements are prepared once and reused; a Query resets its statement when it goes.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace agentmesh::trust {

// One use of a prepared statement. Texts handed in are copied.
class Query {
 public:
  explicit Query(sqlite3* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}
  ~Query();
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& text(std::string_view value);
  Query& blob(std::string_view value);
  Query& integer(int64_t value);

  // True if there is a row.
  Result<bool> step();
  // For a statement that gives no rows.
  Result<void> run();

  std::string text_at(int column) const;
  std::string blob_at(int column) const;
  int64_t integer_at(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

class Database {
 public:
  // Opens or makes the file (0600), with our settings. `corrupt` is set if what is there is no database or is damaged.
  static Result<std::unique_ptr<Database>> open(const std::string& path, bool& corrupt);
  // Of a file that is there; also in a directory that may not be written.
  static Result<std::unique_ptr<Database>> open_to_read(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<void> execute(const char* sql);
  // `sql` is a literal: it is the key of the prepared statement.
  Result<Query> query(const char* sql);
  Result<int64_t> number(const char* sql);

  // A transaction that takes the write lock at once; rolled back unless committed.
  class Transaction {
   public:
    explicit Transaction(Database& database) : database_(&database) {}
    ~Transaction();
    Transaction(Transaction&& other) noexcept : database_(other.database_) {
      other.database_ = nullptr;
    }
    Transaction& operator=(Transaction&&) = delete;
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    Result<void> commit();

   private:
    Database* database_;
  };
  Result<Transaction> begin();

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

}  // namespace agentmesh::trust
