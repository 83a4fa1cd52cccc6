#include "config/policy_file.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/files.h"
#include "config/builtin.h"
#include "config/params.h"
#include "config/policy_reader.h"
#include "config/sandbox_reader.h"
#include "config/schema.h"

namespace agentmesh::config {

namespace {

constexpr size_t kMaxDepth = 8;
constexpr size_t kMaxBytes = 4U << 20;
constexpr size_t kMostReadings = 256;

const Builtin* find_builtin(std::span<const Builtin> all, std::string_view name) {
  for (const Builtin& one : all)
    if (one.name == name) return &one;
  return nullptr;
}

std::vector<std::string_view> builtin_names() {
  std::vector<std::string_view> out;
  for (const Builtin& one : presets()) out.push_back(one.name);
  for (const Builtin& one : library()) out.push_back(one.name);
  return out;
}

// Of a file that is not there: it may be a built-in one that is meant, which has no ending.
std::string meant_builtin(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);
  name = name.substr(0, name.rfind('.'));
  for (const auto& [all, what] : {std::pair{presets(), "preset"}, {library(), "library file"}})
    if (find_builtin(all, name) != nullptr)
      return fmt::format("; did you mean the {} '{}'?", what, name);
  return "";
}

bool is_bare_name(std::string_view name) {
  return name.find('/') == std::string_view::npos && !name.ends_with(".yaml") &&
         !name.ends_with(".yml");
}

// A relative path without leaving its start: no "..", no absolute path.
bool stays_below(std::string_view path) {
  if (path.starts_with('/') || path.starts_with('~')) return false;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    if (path.substr(0, slash) == "..") return false;
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return true;
}

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// A built-in policy without its `tests:`, which stand last.
std::string_view without_tests(std::string_view text) {
  constexpr std::string_view kTests = "\ntests:\n";
  const size_t at = text.find(kTests);
  return at == std::string_view::npos ? text : text.substr(0, at + 1);
}

class Loader {
 public:
  Loader(const FileReader& read, BuiltinTests tests, LoadedPolicy& out)
      : read_(read), tests_(tests), loaded_(out) {}

  void run(const std::string& name_or_file) {
    const Builtin* preset = find_builtin(presets(), name_or_file);
    if (preset == nullptr) preset = find_builtin(library(), name_or_file);
    if (preset != nullptr) {
      if (auto source = builtin(*preset, {}, Place())) loaded_.source = std::move(*source);
    } else if (auto text = read_(name_or_file); !text) {
      std::string message = why_unread(text.error(), name_or_file);
      if (is_bare_name(name_or_file))
        message = fmt::format(
            "no preset and no file is called '{}' (presets: strict, moderate, permissive)",
            name_or_file);
      else
        message += meant_builtin(name_or_file);
      out_.error(is_bare_name(name_or_file) ? Place() : Place{name_or_file, 0, 0}, message);
    } else {
      loaded_.files.push_back(name_or_file);
      if (auto source = parse(std::move(*text), name_or_file, name_or_file, {}, Place()))
        loaded_.source = std::move(*source);
    }
    loaded_.diagnostics = std::move(out_.all());
    loaded_.failed = std::any_of(
        loaded_.diagnostics.begin(), loaded_.diagnostics.end(),
        [](const policy::Diagnostic& d) { return d.level == policy::Diagnostic::Level::kError; });
  }

 private:
  std::optional<policy::PolicySource> builtin(const Builtin& file,
                                              const std::vector<Entry>& arguments,
                                              const Place& with) {
    const size_t size =
        tests_ == BuiltinTests::kSkip ? without_tests(file.text).size() : file.text.size();
    return parse(std::string(file.text), std::string(file.file), "builtin", arguments, with, size);
  }

  // `file` as errors name it, `origin` "builtin" or the path.
  std::optional<policy::PolicySource> parse(std::string text, const std::string& file,
                                            const std::string& origin,
                                            const std::vector<Entry>& arguments, const Place& with,
                                            size_t read_bytes = std::string::npos) {
    auto tree = read_yaml(std::string_view(text).substr(0, read_bytes), file, out_);
    if (!tree) return std::nullopt;
    put_in_params(*tree, arguments, with, out_);
    ReadPolicy read = read_policy_tree(*tree, file, out_);
    add_sandbox(loaded_.sandbox, read.sandbox);  // before the parents': the nearest comes first
    read.source.origin = origin;
    read.source.text = std::move(text);
    read.source.identity = identity(file, origin, arguments);
    chain_.push_back(file);
    for (const Extend& extend : read.extends)
      if (auto parent = load_parent(extend, file, origin))
        read.source.parents.push_back(std::move(*parent));
    chain_.pop_back();
    return std::move(read.source);
  }

  std::optional<policy::PolicySource> load_parent(const Extend& extend, const std::string& file,
                                                  const std::string& origin) {
    const std::string& name = extend.name.value;
    const Place& at = extend.name.place;
    if (is_bare_name(name)) {
      const Builtin* found = find_builtin(presets(), name);
      if (found == nullptr) found = find_builtin(library(), name);
      if (found == nullptr) {
        out_.error(at, fmt::format("extends: {}", choose(name, builtin_names())));
        return std::nullopt;
      }
      if (!enters(std::string(found->file), at)) return std::nullopt;
      return builtin(*found, extend.arguments, extend.with_place);
    }
    if (origin == "builtin") {
      out_.error(at, "extends: a built-in policy extends only built-in ones");
      return std::nullopt;
    }
    if (!stays_below(name)) {
      out_.error(at, fmt::format("extends: '{}' is not a path below this file's directory", name));
      return std::nullopt;
    }
    const std::string path = directory_of(file) + (name.starts_with("./") ? name.substr(2) : name);
    if (!enters(path, at)) return std::nullopt;
    if (++readings_ > kMostReadings) {
      if (readings_ == kMostReadings + 1)
        out_.error(
            at, fmt::format("extends: more than {} files are read for this policy", kMostReadings));
      return std::nullopt;
    }
    auto text = read_(path);
    if (!text) {
      out_.error(at, fmt::format("extends: {}{}", text.error().what, meant_builtin(path)));
      return std::nullopt;
    }
    if (std::find(loaded_.files.begin(), loaded_.files.end(), path) == loaded_.files.end())
      loaded_.files.push_back(path);
    return parse(std::move(*text), path, path, extend.arguments, extend.with_place);
  }

  bool enters(const std::string& file, const Place& at) {
    if (std::find(chain_.begin(), chain_.end(), file) != chain_.end()) {
      out_.error(at, fmt::format("extends: {} extends itself: {} → {}", file,
                                 fmt::join(chain_, " → "), file));
      return false;
    }
    if (chain_.size() >= kMaxDepth) {
      out_.error(at, fmt::format("extends: more than {} files deep", kMaxDepth));
      return false;
    }
    return true;
  }

  static std::string identity(const std::string& file, const std::string& origin,
                              const std::vector<Entry>& arguments) {
    std::string out = (origin == "builtin" ? "builtin:" : "file:") + file;
    for (const Entry& argument : arguments)
      out += fmt::format("\n{}={}", argument.key.value, to_json(argument.value));
    return out;
  }

  const FileReader& read_;
  const BuiltinTests tests_;
  LoadedPolicy& loaded_;
  Findings out_;
  std::vector<std::string> chain_;  // files being read, outermost first
  size_t readings_ = 0;             // of parents in files; one may be extended in many ways
};

// A file and nothing else, so that no reading waits for whoever put a pipe there; but for what a shell hands over, /dev/fd/63 or (zsh)
// /proc/self/fd/11.
Result<std::string> read_from_disk(const std::string& path) {
  const bool handed_over =
      path.starts_with("/dev/fd/") || path.starts_with("/proc/self/fd/") || path == "/dev/stdin";
  return handed_over ? read_file(path, kMaxBytes) : read_regular(path, kMaxBytes);
}

}  // namespace

LoadedPolicy load_policy(const std::string& name_or_file, const FileReader& read) {
  LoadedPolicy out;
  Loader(read, BuiltinTests::kRead, out).run(name_or_file);
  return out;
}

LoadedPolicy load_policy(const std::string& name_or_file, BuiltinTests tests) {
  LoadedPolicy out;
  const FileReader read = read_from_disk;
  Loader(read, tests, out).run(name_or_file);
  return out;
}

LoadedCases load_cases(const std::string& path) {
  LoadedCases out;
  Findings findings;
  if (auto text = read_from_disk(path); !text) {
    findings.error(Place{path, 0, 0}, why_unread(text.error(), path));
  } else if (auto tree = read_yaml(*text, path, findings)) {
    if (tree->is_map()) {
      Schema keys(*tree, "", findings);
      if (const Node* tests = keys.take("tests")) out.cases = read_tests(*tests, "tests", findings);
      keys.finish();
    } else {
      out.cases = read_tests(*tree, "tests", findings);
    }
  }
  out.failed = findings.failed();
  out.diagnostics = std::move(findings.all());
  return out;
}

}  // namespace agentmesh::config
