#include "proxy/command_form.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/files.h"
#include "base/json.h"
#include "proxy/child.h"
#include "proxy/script_word.h"

namespace agentmesh::proxy {
namespace {

// No program is as large; what a server blew up so is not waited for.
constexpr off_t kMaxFile = off_t{4} << 30;

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// What fetches what it runs, or runs what its arguments name; besides the interpreters of script_word().
bool is_launcher(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames = {"dotnet", "npx", "uvx", "docker", "podman",
                                                      "env",    "uv",  "npm", "pnpm"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

constexpr std::array<std::string_view, 3> kNodeEndings = {".js", ".json", ".node"};
constexpr std::array<std::string_view, 3> kNodeIndex = {"/index.js", "/index.json", "/index.node"};

// The first of these that is a file; "" if none is.
std::string first_file(const std::string& path, std::span<const std::string_view> endings) {
  for (const std::string_view ending : endings)
    if (std::string file = path + std::string(ending); is_file(file)) return file;
  return {};
}

// `main` of the package in a directory; "" if it has none.
std::string main_of_package(const std::string& directory) {
  constexpr size_t kMaxPackage = 1U << 20;
  const auto text = read_regular(directory + "/package.json", kMaxPackage);
  if (!text) return {};
  json::Reader reader;
  if (reader.read(*text).fault != json::Fault::kNone) return {};
  return reader.root().find("main").string();
}

// What node runs of a path that is no file as it is written (nodejs.org, Modules: LOAD_AS_FILE and LOAD_AS_DIRECTORY); "" if nothing
// is seen.
std::string main_file(const std::string& path) {
  if (std::string file = first_file(path, kNodeEndings); !file.empty()) return file;
  if (std::string main = main_of_package(path); !main.empty()) {
    main.insert(0, path + "/");
    if (is_file(main)) return main;
    for (const std::span<const std::string_view> endings :
         {std::span(kNodeEndings), std::span(kNodeIndex)})
      if (std::string file = first_file(main, endings); !file.empty()) return file;
  }
  return first_file(path, kNodeIndex);
}

// "" if the command is that of an interpreter or launcher and names none. `unseen`: a directory whose main file is not seen.
std::string file_of(std::span<const std::string> words, std::string& unseen) {
  if (words.empty()) return {};
  if (is_interpreter(words[0])) {
    const size_t at = script_word(words, current_directory()).at;
    // "node dist/server" runs dist/server.js.
    if (at == 0 && words.size() > 1 && !words[1].starts_with('-') &&
        base_name(words[0]).starts_with("node"))
      return first_file(words[1], kNodeEndings);
    if (at == 0 || is_file(words[at])) return at == 0 ? "" : words[at];
    std::string file = words[at] + "/__main__.py";
    if (!is_file(file)) file = main_file(words[at]);
    if (file.empty()) unseen = words[at];
    return file;
  }
  if (is_launcher(base_name(words[0]))) {
    const auto named = std::find_if(words.begin() + 1, words.end(), [](const std::string& word) {
      return !word.starts_with('-') && is_file(word);
    });
    return named == words.end() ? "" : *named;
  }
  return find_command(words[0]).value_or("");
}

Result<Hash> hash_of(const std::string& path) {
  constexpr size_t kPiece = 1U << 18;
  const auto file = open_regular(path);
  if (!file) return tl::unexpected(file.error());
  struct stat info {};
  if (::fstat(file->get(), &info) != 0) return fail_errno("read " + path);
  Sha256 hash;
  std::vector<char> piece(kPiece);
  off_t size = 0;
  while (std::max(size, info.st_size) <= kMaxFile) {
    const ssize_t got = ::read(file->get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read " + path);
    if (got == 0) return hash.finish();
    hash.update({piece.data(), static_cast<size_t>(got)});
    size += got;
  }
  return fail(fmt::format("read {}: larger than {} bytes", path, kMaxFile), EFBIG);
}

}  // namespace

CommandForm command_form(std::span<const std::string> words) {
  CommandForm made;
  made.form = "{\"command\":";
  json::append_string(made.form, words.empty() ? std::string_view() : base_name(words[0]));
  std::string unseen;
  std::string trouble;
  if (const std::string path = file_of(words, unseen); !path.empty()) {
    made.form += ",\"file\":";
    json::append_string(made.form, base_name(path));
    if (const auto hash = hash_of(path))
      made.form += ",\"sha256\":\"" + to_hex(*hash) + '"';
    else
      trouble = hash.error().what;
  } else if (!unseen.empty()) {
    trouble = fmt::format("no main file is seen in {}", unseen);
  }
  if (!trouble.empty())
    made.unread = fmt::format(
        "the command's file cannot be pinned ({}): a change of it will not be seen", trouble);
  made.form += '}';
  return made;
}

}  // namespace agentmesh::proxy
