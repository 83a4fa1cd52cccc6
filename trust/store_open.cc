// How state.db comes to be open: made, checked, moved aside, and opened again when somebody replaced it (store.h).

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/fd.h"
#include "base/files.h"
#include "trust/state_key.h"
#include "trust/store_impl.h"

namespace agentmesh::trust {

namespace {

constexpr int64_t kSchema = 1;

constexpr const char* kCreate = R"sql(
  BEGIN IMMEDIATE;
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO meta VALUES ('change', 0), ('restored', 0);
  CREATE TABLE subject (name TEXT PRIMARY KEY, sums BLOB NOT NULL, at_us INTEGER NOT NULL, events INTEGER NOT NULL,
                        changed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
  CREATE TABLE history (name TEXT NOT NULL, at_us INTEGER NOT NULL, score INTEGER NOT NULL);
  CREATE INDEX history_of ON history (name, at_us);
  CREATE TABLE pin (server TEXT NOT NULL, cmd_mac TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
                    state TEXT NOT NULL, hash TEXT NOT NULL, form TEXT NOT NULL, offered_hash TEXT NOT NULL,
                    offered TEXT NOT NULL, "by" TEXT NOT NULL, shown_hash TEXT NOT NULL, at_us INTEGER NOT NULL,
                    seal BLOB NOT NULL, changed INTEGER NOT NULL DEFAULT 0,
                    PRIMARY KEY (server, cmd_mac, kind, name)) WITHOUT ROWID;
  CREATE TABLE session (client TEXT PRIMARY KEY, tainted INTEGER NOT NULL, private_read INTEGER NOT NULL,
                        at_us INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE breaker (pid INTEGER NOT NULL, server TEXT NOT NULL, tool TEXT NOT NULL, state INTEGER NOT NULL,
                        failures INTEGER NOT NULL, probe_at_us INTEGER NOT NULL, at_us INTEGER NOT NULL,
                        PRIMARY KEY (pid, server, tool)) WITHOUT ROWID;
  PRAGMA user_version = 1;
  COMMIT;
)sql";

// Tables that came later than the first files of this schema. An older program does not miss them.
constexpr const char* kLater = R"sql(
  CREATE TABLE IF NOT EXISTS allowance (id TEXT PRIMARY KEY, server TEXT NOT NULL, tool TEXT NOT NULL, args TEXT NOT NULL,
                                        until_us INTEGER NOT NULL, why TEXT NOT NULL, "by" TEXT NOT NULL,
                                        at_us INTEGER NOT NULL, seal BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS flushed (writer TEXT PRIMARY KEY, pid INTEGER NOT NULL, started INTEGER NOT NULL,
                                      first INTEGER NOT NULL, upto INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS condition_error (policy TEXT NOT NULL, rule TEXT NOT NULL, message TEXT NOT NULL,
                                              count INTEGER NOT NULL, at_us INTEGER NOT NULL,
                                              PRIMARY KEY (policy, rule)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS reload (one INTEGER PRIMARY KEY, "by" TEXT NOT NULL, changed INTEGER NOT NULL,
                                     seal BLOB NOT NULL);
)sql";

constexpr int kOpeningMs = 10'000;

// Opening is done by one process at a time: making the schema, and moving a broken file aside. One that was stopped in the
// middle of it must not keep all others waiting.
Result<Fd> lock_opening(const std::string& state_dir) {
  const std::string path = state_dir + "/state.db.lock";
  auto file = open_own(path, O_RDWR | O_CREAT);
  if (!file) return file;
  if (auto locked = lock_file(file->get(), path, kOpeningMs); !locked)
    return tl::unexpected(locked.error());
  return file;
}

Result<void> move_aside(const std::string& path, const std::string& aside) {
  if (::rename(path.c_str(), aside.c_str()) != 0) return fail_errno("move aside " + path);
  for (const char* suffix : {"-wal", "-shm"}) {
    // They may not be there; what stays would be taken for part of the new file only if its salt fitted.
    if (::rename((path + suffix).c_str(), (aside + suffix).c_str()) != 0)
      ::unlink((path + suffix).c_str());
  }
  return {};
}

Error too_new(const std::string& path, int64_t version) {
  return {
      fmt::format("{}: made by a newer agentmesh (schema {}, this one knows {}); use that version",
                  path, version, kSchema),
      0};
}

Result<void> prepare(Database& database, const std::string& path) {
  const auto version = database.number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version > kSchema) return tl::unexpected(too_new(path, *version));
  if (*version != kSchema) {
    if (auto made = database.execute(kCreate); !made) return made;
  }
  return database.execute(kLater);
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

const std::string& Store::notice() const { return impl_->notice; }

Result<std::unique_ptr<Store>> Store::open(const std::string& state_dir, const Clock& clock,
                                           Random& random) {
  if (auto made = make_directories(state_dir); !made) return tl::unexpected(made.error());
  const auto key = state_key(state_dir, random);
  if (!key) return tl::unexpected(key.error());
  auto impl = std::make_unique<Impl>(state_dir, clock);
  impl->key = *key;
  if (auto opened = impl->open_database(); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Result<std::unique_ptr<Store>> Store::open_to_read(const std::string& state_dir,
                                                   const Clock& clock) {
  auto impl = std::make_unique<Impl>(state_dir, clock);
  if (!file_exists(impl->path)) return std::unique_ptr<Store>();
  impl->key = state_key_to_read(state_dir);
  impl->to_read = true;
  auto opened = Database::open_to_read(impl->path);
  if (!opened) return tl::unexpected(opened.error());
  const auto version = (*opened)->number("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version > kSchema) return tl::unexpected(too_new(impl->path, *version));
  if (*version == 0) return std::unique_ptr<Store>();  // somebody is making it at this moment
  impl->database = std::move(*opened);
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Result<void> Store::Impl::open_database() {
  database.reset();
  const auto lock = lock_opening(state_dir);
  if (!lock) return tl::unexpected(lock.error());
  bool corrupt = false;
  auto opened = Database::open(path, corrupt);
  if (!opened && corrupt) {
    const std::string aside = fmt::format("{}.bad-{}", path, clock.wall_us());
    if (auto moved = move_aside(path, aside); !moved) return moved;
    notice = fmt::format(
        "{}; it is now {} and a new one was begun: scores and pins are read from the log again",
        opened.error().what, aside);
    opened = Database::open(path, corrupt);
  }
  if (!opened) return tl::unexpected(opened.error());
  if (auto prepared = prepare(**opened, path); !prepared) return prepared;
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail_errno(path);
  inode = info.st_ino;
  device = info.st_dev;
  database = std::move(*opened);
  return {};
}

Result<void> Store::Impl::ready() {
  if (to_read) return {};
  struct stat info {};
  const bool there = ::stat(path.c_str(), &info) == 0;
  if (database && there && info.st_ino == inode && info.st_dev == device) return {};
  return open_database();
}

}  // namespace agentmesh::trust
