#include "integrations/memory.h"

#include <fcntl.h>

#include <cerrno>

#include "base/fd.h"
#include "base/files.h"
#include "base/json.h"

namespace agentmesh::integrations {
namespace {

std::string file_of(const std::string& state_dir) { return state_dir + "/integrations.json"; }

std::string json_of(const std::set<AddedArgs>& entries) {
  std::string out = "{\"version\":1,\"args_added\":[";
  for (const AddedArgs& added : entries) {
    if (out.back() == '}') out += ',';
    out += "\n{\"file\":";
    json::append_string(out, added.file);
    if (!added.scope.empty()) {
      out += ",\"scope\":";
      json::append_string(out, added.scope);
    }
    out += ",\"entry\":";
    json::append_string(out, added.entry);
    out += ",\"occurrence\":";
    json::append_integer(out, static_cast<int64_t>(added.occurrence));
    out += '}';
  }
  return out + "]}\n";
}

}  // namespace

std::set<AddedArgs> remembered(const std::string& state_dir) {
  std::set<AddedArgs> entries;
  const auto text = read_regular(file_of(state_dir));
  if (!text) return entries;
  json::Reader reader;
  if (reader.read(*text).fault != json::Fault::kNone) return entries;
  for (const json::View row : reader.root().find("args_added").elements()) {
    const auto occurrence = row.find("occurrence").integer();
    entries.insert({row.find("file").string(), row.find("scope").string(),
                    row.find("entry").string(), static_cast<size_t>(occurrence.value_or(0))});
  }
  return entries;
}

Result<void> remember(const std::string& state_dir, const std::set<AddedArgs>& learned,
                      const std::set<AddedArgs>& forgotten, std::chrono::milliseconds patience) {
  if (learned.empty() && forgotten.empty()) return {};
  if (auto made = make_directories(state_dir, 0700); !made) return made;
  const std::string lock_path = state_dir + "/integrations.lock";
  const auto lock = open_own(lock_path, O_RDWR | O_CREAT);
  if (!lock) return tl::unexpected(lock.error());
  // Runs of ours hold it for one small write.
  if (!lock_within(lock->get(), patience))
    return fail(lock_path + ": locked by another program", EWOULDBLOCK);
  const std::set<AddedArgs> before = remembered(state_dir);
  std::set<AddedArgs> after = before;
  for (const AddedArgs& added : forgotten) after.erase(added);
  after.insert(learned.begin(), learned.end());
  if (after == before) return {};
  return replace_file(file_of(state_dir), json_of(after));
}

}  // namespace agentmesh::integrations
