#include "integrations/memory.h"

#include <fcntl.h>

#include <cerrno>

#include "base/fd.h"
#include "base/files.h"
#include "base/json.h"

namespace agentmesh::integrations {
namespace {

std::string file_of(const std::string& state_dir) { return state_dir + "/integrations.json"; }

std::string json_of(const Memory& memory) {
  std::string out = "{\"version\":1,\"args_added\":[";
  for (const AddedArgs& added : memory.args_added) {
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
  out += "],\"files\":[";
  for (const WrappedFile& wrapped : memory.files) {
    if (out.back() == '}') out += ',';
    out += "\n{\"file\":";
    json::append_string(out, wrapped.file);
    out += ",\"client\":";
    json::append_string(out, wrapped.client);
    out += '}';
  }
  return out + "]}\n";
}

}  // namespace

Memory remembered(const std::string& state_dir) {
  Memory memory;
  const auto text = read_regular(file_of(state_dir));
  if (!text) return memory;
  json::Reader reader;
  if (reader.read(*text).fault != json::Fault::kNone) return memory;
  for (const json::View row : reader.root().find("args_added").elements()) {
    const auto occurrence = row.find("occurrence").integer();
    memory.args_added.insert({row.find("file").string(), row.find("scope").string(),
                              row.find("entry").string(),
                              static_cast<size_t>(occurrence.value_or(0))});
  }
  for (const json::View row : reader.root().find("files").elements())
    memory.files.insert({row.find("file").string(), row.find("client").string()});
  return memory;
}

Result<void> remember(const std::string& state_dir, const Memory& learned, const Memory& forgotten,
                      std::chrono::milliseconds patience) {
  if (learned.empty() && forgotten.empty()) return {};
  if (auto made = make_directories(state_dir, 0700); !made) return made;
  const std::string lock_path = state_dir + "/integrations.lock";
  const auto lock = open_own(lock_path, O_RDWR | O_CREAT);
  if (!lock) return tl::unexpected(lock.error());
  // Runs of ours hold it for one small write.
  if (!lock_within(lock->get(), patience))
    return fail(lock_path + ": locked by another program", EWOULDBLOCK);
  const Memory before = remembered(state_dir);
  Memory after = before;
  for (const AddedArgs& added : forgotten.args_added) after.args_added.erase(added);
  for (const WrappedFile& wrapped : forgotten.files) after.files.erase(wrapped);
  after.args_added.insert(learned.args_added.begin(), learned.args_added.end());
  after.files.insert(learned.files.begin(), learned.files.end());
  if (after == before) return {};
  return replace_file(file_of(state_dir), json_of(after));
}

}  // namespace agentmesh::integrations
