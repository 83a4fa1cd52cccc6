// The difference between two definitions as a person reads it (definition.h).

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/printable.h"
#include "trust/definition.h"

namespace agentmesh::trust {

namespace {

constexpr int kMaxDepth = 32;
constexpr size_t kAll = std::string::npos;  // what is shown is what is accepted: nothing is cut
constexpr size_t kLead = 60;  // bytes of what is equal shown before the first difference

using Leaves = std::vector<std::pair<std::string, json::View>>;

// The place of a member. No two places of one text are spelled alike, or a change could pass between them unseen: a key that
// could be taken for a path or for an escape, and each further occurrence of a key that is given again, are marked.
std::string below(const std::string& path, const std::string& key, int occurrence) {
  std::string out = path;
  if (key.empty() || key.find_first_of(".[]\"#\\") != std::string::npos) {
    out += '[';
    json::append_string(out, key);
    out += ']';
  } else {
    out += (path.empty() ? "" : ".") + key;
  }
  return occurrence > 1 ? fmt::format("{}#{}", out, occurrence) : out;
}

void collect(const std::string& path, json::View value, int depth, Leaves& leaves) {
  const bool container = (value.is_object() || value.is_array()) && !value.empty();
  if (!container || depth >= kMaxDepth) {
    leaves.emplace_back(path, value);
    return;
  }
  if (value.is_object()) {
    std::map<std::string, int> seen;
    for (const json::View::Member& member : value.members()) {
      const std::string key = member.key.string();
      collect(below(path, key, ++seen[key]), member.value, depth + 1, leaves);
    }
    return;
  }
  size_t index = 0;
  for (const json::View element : value.elements()) {
    collect(fmt::format("{}[{}]", path, index++), element, depth + 1, leaves);
  }
}

// How many bytes of a JSON text one character takes that begins there.
size_t spelled_length(std::string_view text) {
  if (text[0] == '\\') return text.size() > 1 && text[1] == 'u' ? 6 : 2;
  size_t length = 1;
  while (length < text.size() && (static_cast<uint8_t>(text[length]) & 0xC0U) == 0x80U) ++length;
  return length;
}

// A text as JSON spells it, from shortly before byte `from` on. The spelling, because a backslash is doubled in it: what printable()
// puts for a character can then be no text.
std::string window(std::string_view raw, size_t from) {
  size_t begin = 1;  // behind the quote
  while (begin + kLead < from) begin += spelled_length(raw.substr(begin));
  return begin == 1 ? printable(raw, kAll) : "\"…" + printable(raw.substr(begin), kAll);
}

struct Values {
  std::vector<json::View> was, is;
};

void put_line(std::vector<std::string>& lines, char sign, const std::string& path,
              const std::string& value) {
  lines.push_back(
      fmt::format("{} {}: {}", sign, path.empty() ? "definition" : printable(path, kAll), value));
}

void put_difference(std::vector<std::string>& lines, const std::string& path,
                    const Values& values) {
  if (values.was.size() == 1 && values.is.size() == 1 && values.was[0].is_string() &&
      values.is[0].is_string()) {
    const std::string_view was = values.was[0].raw();
    const std::string_view is = values.is[0].raw();
    const auto at = static_cast<size_t>(
        std::mismatch(was.begin(), was.end(), is.begin(), is.end()).first - was.begin());
    put_line(lines, '-', path, window(was, at));
    put_line(lines, '+', path, window(is, at));
    return;
  }
  for (const json::View value : values.was)
    put_line(lines, '-', path, printable(value.raw(), kAll));
  for (const json::View value : values.is) put_line(lines, '+', path, printable(value.raw(), kAll));
}

}  // namespace

std::string printable(std::string_view text, size_t max_bytes) {
  return agentmesh::printable(text, max_bytes);
}

std::string readable_difference(std::string_view old_form, std::string_view new_form) {
  // A reader each: the views of both are needed at once.
  json::Reader old_reader;
  json::Reader new_reader;
  Leaves was;
  Leaves is;
  if (old_reader.read(old_form).fault == json::Fault::kNone) collect("", old_reader.root(), 0, was);
  if (new_reader.read(new_form).fault == json::Fault::kNone) collect("", new_reader.root(), 0, is);

  std::map<std::string, Values> by_path;
  for (const auto& [path, value] : was) by_path[path].was.push_back(value);
  for (const auto& [path, value] : is) by_path[path].is.push_back(value);

  std::vector<std::string> lines;
  for (const auto& [path, values] : by_path) {
    const bool same =
        std::equal(values.was.begin(), values.was.end(), values.is.begin(), values.is.end(),
                   [](json::View a, json::View b) { return a.raw() == b.raw(); });
    if (!same) put_difference(lines, path, values);
  }
  std::string out;
  for (const std::string& line : lines) out += line + '\n';
  return out;
}

}  // namespace agentmesh::trust
