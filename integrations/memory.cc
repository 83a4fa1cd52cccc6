#include "integrations/memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/files.h"
#include "base/json.h"
#include "integrations/leftovers.h"

namespace agentmesh::integrations {
namespace {

constexpr std::string_view kName = "integrations.json";
constexpr std::string_view kAside = ".bad-";
constexpr int64_t kVersion = 1;

std::string file_of(const std::string& state_dir) { return fmt::format("{}/{}", state_dir, kName); }

// JSON has no place for bytes that are no text, and a path of other bytes is the path of another file.
void append_path(std::string& out, std::string_view key, const std::string& path) {
  if (is_utf8(path)) {
    out += fmt::format("\"{}\":", key);
    json::append_string(out, path);
    return;
  }
  out += fmt::format("\"{}_hex\":\"", key);
  append_hex(out, as_bytes(path));
  out += '"';
}

std::string path_in(json::View row, const std::string& key) {
  std::string path = row.find(key).string();
  if (const auto bytes = from_hex(row.find(key + "_hex").string()); bytes && !bytes->empty())
    path.assign(bytes->begin(), bytes->end());
  return path;
}

std::string json_of(const Memory& memory) {
  std::string out = fmt::format("{{\"version\":{},\"args_added\":[", kVersion);
  const auto member = [&out](std::string_view key, const std::string& value) {
    if (value.empty()) return;
    out += fmt::format(",\"{}\":", key);
    json::append_string(out, value);
  };
  for (const AddedArgs& added : memory.args_added) {
    if (out.back() == '}') out += ',';
    out += "\n{";
    append_path(out, "file", added.file);
    member("under", added.entry.under);
    member("scope", added.entry.scope);
    out += ",\"entry\":";
    json::append_string(out, added.entry.name);
    out += ",\"occurrence\":";
    json::append_integer(out, static_cast<int64_t>(added.entry.occurrence));
    out += '}';
  }
  out += "],\"files\":[";
  for (const WrappedFile& wrapped : memory.files) {
    if (out.back() == '}') out += ',';
    out += "\n{";
    append_path(out, "file", wrapped.file);
    member("client", wrapped.client);
    if (!wrapped.real.empty()) {
      out += ',';
      append_path(out, "real", wrapped.real);
    }
    out += '}';
  }
  return out + "]}\n";
}

// What a file says, as far as it can be understood.
struct Understood {
  Memory memory;
  bool whole = true;  // every row could be
};

Result<Understood> understood(const std::string& path, std::string_view text) {
  json::Reader reader;
  const bool read = reader.read(text).fault == json::Fault::kNone && reader.root().is_object();
  if (read && reader.root().find("version").integer().value_or(kVersion) > kVersion)
    return fail(path + ": made by a newer agentmesh; use that version", ENOTSUP);
  const json::View added = read ? reader.root().find("args_added") : json::View();
  const json::View files = read ? reader.root().find("files") : json::View();
  const auto is_list = [](json::View list) { return !list.present() || list.is_array(); };
  if (!read || !is_list(added) || !is_list(files)) return fail(path + ": it is damaged", EBADMSG);
  Understood out;
  for (const json::View row : added.elements()) {
    AddedArgs one{
        path_in(row, "file"),
        {row.find("under").string(), row.find("scope").string(), row.find("entry").string(),
         static_cast<size_t>(row.find("occurrence").integer().value_or(0))}};
    if (one.file.starts_with('/')) {
      out.memory.args_added.insert(std::move(one));
    } else {
      out.whole = false;
    }
  }
  for (const json::View row : files.elements()) {
    WrappedFile one{path_in(row, "file"), row.find("client").string(), path_in(row, "real")};
    const bool led = row.find("real").present() || row.find("real_hex").present();
    if (one.file.starts_with('/') && !one.client.empty() && (!led || one.real.starts_with('/'))) {
      out.memory.files.insert(std::move(one));
    } else {
      out.whole = false;
    }
  }
  return out;
}

Result<Understood> read_memory(const std::string& state_dir) {
  const std::string path = file_of(state_dir);
  const auto text = read_regular(path);
  if (text) return understood(path, *text);
  if (text.error().errno_value == ENOENT || text.error().errno_value == ENOTDIR)
    return Understood();
  return tl::unexpected(text.error());
}

Result<Memory> all_of(const Result<Understood>& read, const std::string& state_dir) {
  if (!read) return tl::unexpected(read.error());
  if (!read->whole) return fail(file_of(state_dir) + ": a row in it is damaged", EBADMSG);
  return read->memory;
}

Memory changed(Memory memory, const Memory& learned, const Memory& forgotten) {
  for (const AddedArgs& added : forgotten.args_added) memory.args_added.erase(added);
  for (const WrappedFile& wrapped : forgotten.files) memory.files.erase(wrapped);
  memory.args_added.insert(learned.args_added.begin(), learned.args_added.end());
  memory.files.insert(learned.files.begin(), learned.files.end());
  return memory;
}

// Too large, no file at all, or not to be understood: not ours as it stands.
bool is_damage(const Error& why) {
  return why.errno_value == EBADMSG || why.errno_value == EFBIG || why.errno_value == EINVAL;
}

// A damaged file gets another name, and keeps its own until it is written anew, so that what can be read of it is never missing.
struct Aside {
  std::string name;
  bool linked = false;  // else moved: a directory has but one name, and so has a file on some disks
};
Result<Aside> set_aside(const std::string& path) {
  Aside aside{fmt::format("{}{}{}", path, kAside, SystemClock().wall_us())};
  aside.linked =
      ::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, aside.name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  if (!aside.linked && std::rename(path.c_str(), aside.name.c_str()) != 0)
    return fail_errno("set aside " + path);
  return aside;
}

}  // namespace

std::vector<std::string> files_of(const WrappedFile& wrapped) {
  const bool led_elsewhere =
      !wrapped.real.empty() && resolve_path(wrapped.file).value_or("") != wrapped.real;
  if (!led_elsewhere) return {wrapped.file};
  const auto removed = [](const std::string& file) { return is_gone(file) && !is_away(file); };
  const bool both_gone = is_gone(wrapped.file) && is_gone(wrapped.real);
  if (removed(wrapped.real) || (both_gone && is_away(wrapped.file))) return {wrapped.file};
  if (removed(wrapped.file)) return {wrapped.real};
  return {wrapped.file, wrapped.real};
}

Result<Memory> recall(const std::string& state_dir) {
  return all_of(read_memory(state_dir), state_dir);
}

Memory remembered(const std::string& state_dir) {
  return read_memory(state_dir).value_or(Understood()).memory;
}

std::vector<Forgotten> forgotten_in(const std::string& state_dir) {
  std::vector<Forgotten> out;
  const auto read = read_memory(state_dir);
  if (const auto memory = all_of(read, state_dir); !memory)
    out.push_back(
        {file_of(state_dir), memory.error().what, memory.error().errno_value, read.has_value()});
  const std::string front = fmt::format("{}{}", kName, kAside);
  for (const std::string& name : list_directory(state_dir).value_or(std::vector<std::string>()))
    if (name.starts_with(front)) {
      std::string file = state_dir + "/" + name;
      const auto text = read_regular(file);
      const bool in_part = text && understood(file, *text).has_value();
      std::string why =
          fmt::format("{}: {} damaged and set aside", file, in_part ? "a row in it was" : "it was");
      out.push_back({std::move(file), std::move(why), 0, in_part});
    }
  return out;
}

Result<std::string> remember(const std::string& state_dir, const Memory& learned,
                             const Memory& forgotten, std::chrono::milliseconds patience) {
  if (learned.empty() && (forgotten.empty() || !file_exists(file_of(state_dir)))) return {};
  // What is known already needs no lock, and no directory that may be written to.
  if (const auto known = recall(state_dir); known && changed(*known, learned, forgotten) == *known)
    return {};
  if (auto made = make_directories(state_dir, 0700); !made) return tl::unexpected(made.error());
  const std::string lock_path = state_dir + "/integrations.lock";
  const auto lock = open_own(lock_path, O_RDWR | O_CREAT);
  if (!lock) return tl::unexpected(lock.error());
  // Runs of ours hold it for one small write.
  if (!lock_within(lock->get(), patience))
    return fail(lock_path + ": locked by another program", EWOULDBLOCK);
  const std::string real = resolve_path(file_of(state_dir)).value_or(file_of(state_dir));
  const size_t slash = real.rfind('/');
  remove_leftovers(real.substr(0, slash), real.substr(slash + 1) + ".", ".tmp", ::geteuid());
  std::string notice;
  Aside aside;
  const auto read = read_memory(state_dir);
  const auto whole = all_of(read, state_dir);
  if (!whole) {
    if (!is_damage(whole.error())) return tl::unexpected(whole.error());
    auto moved = set_aside(file_of(state_dir));
    if (!moved) return tl::unexpected(moved.error());
    aside = std::move(*moved);
    notice = fmt::format(
        "{}, and {}is now {}; {} not known any more: agentmesh doctor says how to mend that",
        whole.error().what, read ? "the file " : "", aside.name,
        read ? "the other rows are kept, which file that one named is" : "which files it named is");
  }
  const Memory after = changed(read.value_or(Understood()).memory, learned, forgotten);
  if (whole && after == *whole) return notice;
  if (auto kept = replace_file(file_of(state_dir), json_of(after)); !kept) {
    if (aside.linked) (void)::unlink(aside.name.c_str());
    return tl::unexpected(kept.error());
  }
  return notice;
}

bool knows_any(const Memory& memory, const Memory& rows) {
  const auto meet = [](const auto& known, const auto& asked) {
    return std::any_of(asked.begin(), asked.end(),
                       [&known](const auto& row) { return known.contains(row); });
  };
  return meet(memory.args_added, rows.args_added) || meet(memory.files, rows.files);
}

}  // namespace agentmesh::integrations
