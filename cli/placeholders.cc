#include <algorithm>

#include "base/files.h"
#include "cli/trial.h"

namespace agentmesh::cli {
namespace {

using integrations::Placeholders;
using std::string;

bool is_name(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (!first && c >= '0' && c <= '9');
}

// What is between ${ and }; nothing if it is not for us to know.
std::optional<string> value_of(Placeholders kind, const string& inside, const string& file,
                               const config::Environment& environment) {
  if (kind == Placeholders::kBraces) {
    const size_t colon = inside.find(":-");
    const auto value = environment(inside.substr(0, colon).c_str());
    if (value) return value;
    if (colon != string::npos) return inside.substr(colon + 2);
    return std::nullopt;
  }
  if (inside.starts_with("env:")) return environment(inside.c_str() + 4);
  if (inside == "userHome") return home_directory();
  if (inside == "pathSeparator" || inside == "/") return "/";
  const string project = project_of(file);
  if (project.empty()) return std::nullopt;
  if (inside == "workspaceFolder") return project;
  if (inside == "workspaceFolderBasename") return project.substr(project.rfind('/') + 1);
  return std::nullopt;
}

// {env:NAME} and {file:PATH}, with or without a $ in front; nothing if it is not for us to know.
std::optional<string> bare_filled_in(const string& text, const config::Environment& environment,
                                     string& unknown) {
  string out;
  for (size_t at = 0; at < text.size();) {
    const size_t open = text.compare(at, 2, "${") == 0 ? at + 1 : at;
    const size_t close = text[open] == '{' ? text.find('}', open) : string::npos;
    const string inside =
        close == string::npos ? string() : text.substr(open + 1, close - open - 1);
    if (inside.starts_with("file:")) {
      unknown = text.substr(at, close + 1 - at);
      return std::nullopt;
    }
    if (inside.starts_with("env:")) {
      out += environment(inside.c_str() + 4).value_or("");
      at = close + 1;
    } else {
      out += text[at++];
    }
  }
  return out;
}

}  // namespace

string project_of(const string& file) {
  const string directory = file.substr(0, file.rfind('/'));
  const size_t slash = directory.rfind('/');
  if (slash == string::npos || file.ends_with("/.mcp.json")) return directory;
  const string last = directory.substr(slash + 1);
  for (const char* name : {".vscode", ".cursor", ".roo", ".kilocode"})
    if (last == name && directory.substr(0, slash) != home_directory())
      return directory.substr(0, slash);
  return "";
}

std::optional<string> filled_in(const integrations::Client& client, const string& text,
                                const string& file, const config::Environment& environment,
                                string& unknown) {
  const Placeholders kind = client.placeholders;
  if (kind == Placeholders::kNone) return text;
  if (kind == Placeholders::kBare) return bare_filled_in(text, environment, unknown);
  string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '$' || at + 1 == text.size()) {
      out += text[at++];
      continue;
    }
    const bool braces = text[at + 1] == '{';
    if (braces) {
      const size_t end = text.find(kind == Placeholders::kDoubleBraces ? "}}" : "}", at);
      if (end == string::npos) return out + text.substr(at);
      const size_t size = kind == Placeholders::kDoubleBraces ? 2 : 1;
      const string whole = text.substr(at, end + size - at);
      if (kind == Placeholders::kDoubleBraces && !whole.starts_with("${{")) {
        out += text[at++];
        continue;
      }
      const string inside = text.substr(at + 2, end - at - 2);
      std::optional<string> value;
      if (kind == Placeholders::kDollar) {
        value = environment(inside.c_str()).value_or(whole);  // unknown ones stay as they are
      } else if (kind != Placeholders::kDoubleBraces) {
        value = value_of(kind, inside, file, environment);
      }
      if (!value) {
        unknown = whole;
        return std::nullopt;
      }
      out += *value;
      at = end + size;
      continue;
    }
    size_t end = at + 1;
    while (end < text.size() && is_name(text[end], end == at + 1)) ++end;
    const string name = text.substr(at + 1, end - at - 1);
    if (kind == Placeholders::kDollar && !name.empty()) {
      out += environment(name.c_str()).value_or("$" + name);
    } else {
      out += text.substr(at, end - at);
    }
    at = end;
  }
  return out;
}

}  // namespace agentmesh::cli
