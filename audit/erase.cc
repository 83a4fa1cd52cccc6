#include "audit/erase.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "audit/clerk.h"
#include "audit/layout.h"
#include "audit/set_aside.h"
#include "base/files.h"

namespace agentmesh::audit {

namespace {

std::string blobs_of(const std::string& log_dir, const std::string& day) {
  return log_dir + "/blob/" + day;
}

}  // namespace

bool is_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [text](size_t at, size_t digits) {
    int value = 0;
    for (const char c : text.substr(at, digits)) {
      if (c < '0' || c > '9') return -1;
      value = value * 10 + (c - '0');
    }
    return value;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  return year >= 0 && month > 0 && day > 0 &&
         std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
             .ok();
}

Result<Erased> erase(const Options& options, std::span<const std::string> days,
                     const std::string& reason, const std::string& by, Disk& disk,
                     const Clock& clock, Random& random) {
  const std::string dir = log_directory(options.state_dir, options.log);
  if (!file_exists(dir)) return fail(dir + ": there is no such log", ENOENT);
  // What was set aside sealed its payloads with the same keys.
  std::vector<std::string> homes = {dir};
  for (const std::string& aside : logs_set_aside(options.state_dir, options.log))
    if (blob_keys_of(options.state_dir, aside) ==
        blob_keys_directory(options.state_dir, options.log))
      homes.push_back(log_directory(options.state_dir, aside));
  Erased out;
  for (const std::string& day : days) {
    if (!is_day(day)) return fail("'" + day + "' is not a day such as 2026-11-18", EINVAL);
    if (file_exists(blob_key_path(options.state_dir, options.log, day)) ||
        std::any_of(homes.begin(), homes.end(),
                    [&day](const std::string& home) { return file_exists(blobs_of(home, day)); }))
      out.days.push_back(day);
  }
  if (out.days.empty()) return out;
  const auto clerk = Clerk::open(options, disk, clock, random);
  if (!clerk) return tl::unexpected(clerk.error());
  const auto seq = (*clerk)->append(Erase{out.days, reason, by});
  if (!seq) return tl::unexpected(seq.error());
  out.seq = *seq;
  if (auto ok = (*clerk)->sign(); !ok) return tl::unexpected(ok.error());
  for (const std::string& day : out.days) {
    const std::string key = blob_key_path(options.state_dir, options.log, day);
    if (file_exists(key)) {
      if (auto ok = disk.remove(key); !ok) return tl::unexpected(ok.error());
      if (auto ok = disk.sync_directory(blob_keys_directory(options.state_dir, options.log)); !ok)
        return tl::unexpected(ok.error());
    }
    for (const std::string& home : homes) {
      const std::string blobs = blobs_of(home, day);
      const auto names = list_directory(blobs);
      if (!names) continue;  // nothing was sealed that day
      for (const std::string& name : *names) {
        if (auto ok = disk.remove(blobs + "/" + name); !ok) return tl::unexpected(ok.error());
        ++out.files;
      }
      // Not empty any more: a writer sealed something new meanwhile, with a new key.
      if (::rmdir(blobs.c_str()) != 0 && errno != ENOTEMPTY && errno != ENOENT)
        return fail_errno(blobs);
    }
  }
  return out;
}

}  // namespace agentmesh::audit
