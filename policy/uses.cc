#include "policy/uses.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

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
constexpr std::array<std::string_view, 2> kCopying = {"copy", "cp"};
// What was there is not any more, or is another.
constexpr std::array<std::string_view, 12> kMoving = {"move",      "mv",       "rename", "replace",
                                                      "overwrite", "relocate", "swap",   "transfer",
                                                      "patch",     "remove",   "delete", "unlink"};
constexpr std::array<std::string_view, 6> kSources = {"source", "sources",  "src",
                                                      "from",   "original", "existing"};
// In lower case, without joints: where a link is made.
constexpr std::array<std::string_view, 7> kLinkPlaces = {
    "path", "link", "linkpath", "linkname", "linkfile", "symlink", "symlinkpath"};
constexpr int kDeepest = 8;  // objects of links in a call

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

// 0: it is none of them.
unsigned looked_up_bit(std::string_view word) {
  for (size_t i = 0; i < kLookedUp.size(); ++i)
    if (kLookedUp[i] == word) return 1U << i;
  return 0;
}

bool is_looked_up(std::string_view key, const ToolUses& tool) {
  unsigned looked_up = 0;
  (void)scan::any_word(key, [&looked_up](std::string_view word) {
    looked_up |= looked_up_bit(word);
    return false;
  });
  return (looked_up != 0 || scan::has_word(key, kCertificates)) &&
         (looked_up & tool.looked_up) == 0 && !tool.certificates;
}

// What is read where a link leads to it or a copy is made of it.
bool is_source(Kind kind, const ToolUses& tool, std::string_view key) {
  return kind != Kind::kDelete && (tool.links || tool.copies) && !tool.moves &&
         scan::has_word(key, kSources);
}

// Deeper than anybody's links nothing is calmed.
void add_led_to(json::View value, int depth, std::unordered_set<const char*>& out) {
  if (depth > kDeepest) return;
  for (const json::View element : value.elements()) add_led_to(element, depth + 1, out);
  bool placed = false;
  bool sourced = false;
  std::vector<const char*> targets;
  std::string scratch;
  for (const json::View::Member& member : value.members()) {
    const std::string_view key = member.key.string(scratch);
    const bool text = member.value.is_string();
    placed = placed || (text && scan::is_among(kLinkPlaces, scan::bare_name(key)));
    sourced = sourced || scan::has_word(key, kSources);
    if (text && scan::ascii_lower(key) == "target") targets.push_back(member.value.raw().data());
    if (!text) add_led_to(member.value, depth + 1, out);
  }
  if (placed && !sourced) out.insert(targets.begin(), targets.end());
}

}  // namespace

ToolUses::ToolUses(std::string_view tool) : names_path(scan::is_path_key(tool)) {
  (void)scan::any_word(tool, [this](std::string_view word) {
    files = files || scan::is_among(kFileTools, word);
    links = links || scan::is_among(kLinking, word);
    copies = copies || scan::is_among(kCopying, word);
    moves = moves || scan::is_among(kMoving, word);
    replaces = replaces || scan::is_among(kReplacing, word);
    certificates = certificates || scan::is_among(kCertificates, word);
    looked_up |= looked_up_bit(word);
    return false;
  });
}

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

std::unordered_set<const char*> links_led_to(const ToolUses& tool, json::View args) {
  std::unordered_set<const char*> out;
  if (tool.links && !tool.moves) add_led_to(args, 0, out);
  return out;
}

scan::Use use_of(Kind kind, const ToolUses& tool, std::string_view key, bool names_path,
                 bool led_to) {
  const scan::Use use = use_by_kind(kind, key);
  if (use != scan::Use::kChange || goes_there(key)) return use;
  if (kind != Kind::kWrite && kind != Kind::kDelete && kind != Kind::kNetwork)
    return scan::Use::kTouch;
  if (is_source(kind, tool, key) && (tool.copies || !tool.files)) return scan::Use::kTouch;
  if (tool.files) return use;
  if (led_to && kind != Kind::kDelete) return scan::Use::kTouch;
  // What is written is called like it, or put below it; where that is no file realms.h knows it.
  const bool names_place =
      names_path || scan::bare_name(key) == "prefix" || scan::bare_name(key) == "keyprefix";
  const bool used = scan::has_word(key, kPrograms) || is_looked_up(key, tool);
  const bool puts_there = kind == Kind::kDelete || tool.replaces;
  return names_place && (puts_there || !used) ? use : scan::Use::kTouch;
}

}  // namespace agentmesh::policy
