#include "policy/scan/spoken.h"

#include <algorithm>

namespace agentmesh::policy::scan {
namespace {

using View = std::string_view;

View without_blanks(View line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
  return line;
}

bool is_fence(View line) {
  const View inner = without_blanks(line);
  return inner.starts_with("```") || inner.starts_with("~~~");
}

bool is_quoted(View line) {
  if (line.starts_with("    ") || line.starts_with('\t')) return true;
  const View inner = without_blanks(line);
  return inner.empty() || inner[0] == '>' || inner[0] == '|' || inner[0] == '`';
}

}  // namespace

Spoken::Spoken(View text) : text_(text) {
  if (text.find("```") == View::npos && text.find("~~~") == View::npos) return;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (is_fence(text.substr(at, end - at))) fences_.push_back(at);
    at = end + 1;
  }
  if (fences_.size() % 2 != 0) fences_.pop_back();
}

bool Spoken::in_fence(size_t begin) {
  bool on_fence = false;
  while (next_fence_ < fences_.size() && fences_[next_fence_] <= begin)
    on_fence = fences_[next_fence_++] == begin;
  return on_fence || next_fence_ % 2 != 0;
}

bool Spoken::in_pre(View line) {
  const bool was = pre_;
  if (line.find('<') == View::npos) return was;
  const size_t opens = line.rfind("<pre");
  const size_t closes = line.rfind("</pre");
  if (opens != View::npos)
    pre_ = closes == View::npos || closes < opens;
  else if (closes != View::npos)
    pre_ = false;
  return was;
}

bool Spoken::next(View& line) {
  while (at_ < text_.size()) {
    const size_t begin = at_;
    const size_t end = std::min(text_.find('\n', begin), text_.size());
    at_ = end + 1;
    line = text_.substr(begin, end - begin);
    const bool fenced = in_fence(begin);
    const bool preformatted = in_pre(line);
    if (!fenced && !preformatted && !is_quoted(line)) return true;
  }
  return false;
}

}  // namespace agentmesh::policy::scan
