#include "policy/uses.h"

#include <algorithm>
#include <array>
#include <string>

#include "policy/scan/decode.h"
#include "policy/scan/name_words.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

// What says that it is about files of this machine.
constexpr std::array<std::string_view, 14> kFileTools = {
    "file", "files", "directory", "folder", "document", "download", "upload",
    "read", "write", "save",      "export", "copy",     "edit",     "fs"};

// What stands there afterwards is another.
constexpr std::array<std::string_view, 16> kReplacing = {
    "replace", "overwrite", "move", "rename",  "mv",     "cp",     "patch", "swap",
    "symlink", "link",      "ln",   "extract", "unpack", "remove", "untar", "unzip"};

constexpr std::array<std::string_view, 4> kLinking = {"symlink", "hardlink", "link", "ln"};
constexpr std::array<std::string_view, 3> kSources = {"source", "src", "from"};

constexpr std::array<std::string_view, 15> kPrograms = {
    "shell", "entrypoint", "command", "program",  "interpreter", "executable", "binary",   "python",
    "node",  "java",       "runtime", "compiler", "debugger",    "browser",    "toolchain"};

// Keys that say where something goes.
bool goes_there(std::string_view key) {
  const std::string lower = scan::ascii_lower(key);
  for (const std::string_view goes : {"output", "dest", "dst", "save", "install"})
    if (lower.find(goes) < lower.size()) return true;
  return false;
}

// Read by who is told of them, and written by tools with such a word in their own name.
constexpr std::array<std::string_view, 8> kCertificates = {
    "ca", "cacert", "capath", "cafile", "cert", "certs", "certificate", "certificates"};
// Also looked up: what a connection is secured with, and what a clock goes by.
constexpr std::array<std::string_view, 4> kLookedUp = {"ssl", "tls", "timezone", "zoneinfo"};

template <class List>
bool has_word(std::string_view name, const List& words) {
  return scan::any_word(name,
                        [&words](std::string_view word) { return scan::is_among(words, word); });
}

bool is_looked_up(std::string_view key, std::string_view tool) {
  const bool own = scan::any_word(key, [tool](std::string_view word) {
    return scan::is_among(kLookedUp, word) && has_word(tool, std::array{word});
  });
  return (has_word(key, kLookedUp) || has_word(key, kCertificates)) && !own &&
         !has_word(tool, kCertificates);
}

// What one link leads to, or what is copied by cp.
bool is_led_to(std::string_view key, std::string_view tool, bool has_source) {
  const bool links = has_word(tool, kLinking);
  if (!links && !has_word(tool, std::array<std::string_view, 1>{"cp"})) return false;
  return has_word(key, kSources) || (links && !has_source && scan::ascii_lower(key) == "target");
}

}  // namespace

bool is_file_tool(std::string_view tool) { return has_word(tool, kFileTools); }

scan::Use use_by_kind(Kind kind, std::string_view key) {
  if (goes_there(key)) return scan::Use::kChange;
  switch (kind) {
    case Kind::kRead:
    case Kind::kQuery:
    case Kind::kMessage:
    case Kind::kExport: return scan::Use::kRead;
    default: return scan::Use::kChange;
  }
}

scan::Use use_of(Kind kind, std::string_view tool, std::string_view key, bool names_path,
                 bool has_source) {
  const scan::Use use = use_by_kind(kind, key);
  if (use != scan::Use::kChange || goes_there(key)) return use;
  if (kind != Kind::kWrite && kind != Kind::kDelete && kind != Kind::kNetwork)
    return scan::Use::kTouch;
  if (is_file_tool(tool)) return use;
  if (is_led_to(key, tool, has_source)) return scan::Use::kTouch;
  const bool used = has_word(key, kPrograms) || is_looked_up(key, tool);
  const bool puts_there = kind == Kind::kDelete || has_word(tool, kReplacing);
  return names_path && (puts_there || !used) ? use : scan::Use::kTouch;
}

}  // namespace agentmesh::policy
