#include "policy/scan/shell_variables.h"

#include <algorithm>
#include <utility>

namespace agentmesh::policy::scan {

size_t assigned_name(std::string_view word) {
  size_t end = 0;
  while (end < word.size() && is_name(word[end])) ++end;
  if (end == 0 || !is_name_start(word[0])) return 0;
  std::string_view rest = word.substr(end);
  if (rest.starts_with('[')) rest.remove_prefix(std::min(rest.find(']'), rest.size() - 1) + 1);
  return rest.starts_with("=") || rest.starts_with("+=") ? end : 0;
}

bool is_open_subscript(std::string_view word) {
  constexpr size_t kLongest = 64;
  if (word.size() > kLongest || word.empty() || !is_name_start(word[0])) return false;
  const size_t open = word.find('[');
  return open != std::string_view::npos && word.find(']', open) == std::string_view::npos;
}

namespace {

void remove_sign(std::string_view& how, char sign) {
  how.remove_prefix(how.size() > 1 && how[1] == sign ? 2 : 1);
}

// Digits in front, taken off.
size_t take_number(std::string_view& how) {
  size_t out = 0;
  for (; !how.empty() && is_digit(how[0]) && out < ShellVariables::kLongestValue;
       how.remove_prefix(1))
    out = out * 10 + static_cast<size_t>(how[0] - '0');
  return out;
}

void skip_blanks(std::string_view& how) {
  while (how.starts_with(' ')) how.remove_prefix(1);
}

struct Slice {
  size_t begin, end;
};

// What `how`, ":1" or ": -2:1", leaves of `size` bytes or items; of a calculation its first number counts. `origin`: the number of the first one.
Slice slice_of(std::string_view how, size_t size, size_t origin) {
  const auto from_end = [&how] {
    how.remove_prefix(1);
    skip_blanks(how);
    const bool yes = how.starts_with('-');
    if (yes) how.remove_prefix(1);
    return yes;
  };
  Slice out{0, size};
  const bool last = from_end();
  const size_t from = take_number(how);
  skip_blanks(how);
  out.begin = std::min(size, last ? size - std::min(from, size) : from - std::min(from, origin));
  if (!how.starts_with(':')) return out;
  const bool before_end = from_end();
  if (how.empty() || !is_digit(how[0])) return out;
  const size_t count = take_number(how);
  skip_blanks(how);
  if (!how.empty()) return out;
  out.end = before_end ? std::max(out.begin, size - std::min(count, size))
                       : std::min(size, out.begin + count);
  return out;
}

std::string with_replaced(const std::string& value, std::string_view how) {
  const bool all = how.starts_with("//");
  remove_sign(how, '/');
  const std::string_view from = how.substr(0, how.find('/'));
  const std::string_view to = how.substr(std::min(from.size() + 1, how.size()));
  std::string out;
  size_t done = 0;
  size_t at = from.empty() ? std::string::npos : value.find(from);
  while (at < value.size() && out.size() < ShellVariables::kLongestValue) {
    out.append(value, done, at - done).append(to);
    done = at + from.size();
    at = all ? value.find(from, done) : std::string::npos;
  }
  return out.append(value, done);
}

}  // namespace

std::string changed_value(std::string value, std::string_view how) {
  const char sign = how.empty() ? '\0' : how[0];
  if (sign == '/' || sign == '#' || sign == '%')
    std::replace(value.begin(), value.end(), kItemBlank, ' ');
  if (sign == '/') return with_replaced(value, how);
  if (sign == '#' || sign == '%') {
    remove_sign(how, sign);
    if (sign == '#' && value.starts_with(how)) value.erase(0, how.size());
    if (sign == '%' && value.ends_with(how)) value.resize(value.size() - how.size());
  } else if (sign == ':') {
    const Slice left = slice_of(how, value.size(), 0);
    value = value.substr(left.begin, left.end - left.begin);
  }
  return value;
}

std::string changed_items(const std::string& items, std::string_view how, bool positional) {
  if (how.empty()) return items;
  std::vector<std::string> each(1);
  std::string_view first = how.substr(1);
  skip_blanks(first);
  if (positional && how[0] == ':' &&
      (first == "0" || first.starts_with("0:"))) {  // the shell's own name
    each = {"sh", ""};
    positional = false;
  }
  for (const char c : items) {
    if (c == kItemEnd)
      each.emplace_back();
    else
      each.back().push_back(c);
  }
  Slice left{0, each.size()};
  if (how[0] == ':') {
    left = slice_of(how, each.size(), positional ? 1 : 0);
    how = {};
  }
  constexpr size_t kFarTooLong = ShellVariables::kLongestValue * 64;  // for any line
  std::string out;
  for (size_t i = left.begin; i < left.end && out.size() <= kFarTooLong; ++i) {
    if (i > left.begin) out.push_back(kItemEnd);
    out += changed_value(std::move(each[i]), how);
  }
  return out;
}

const std::string* ShellVariables::find(std::string_view name) const {
  const auto at = values_.find(name);
  return at == values_.end() ? nullptr : &at->second;
}

void ShellVariables::note(std::string_view name, std::optional<std::string> before) {
  if (entered_ > 0) changes_.push_back({std::string(name), std::move(before)});
}

void ShellVariables::assign(std::string_view name, std::string value, bool unsure) {
  const auto at = values_.find(name);
  if (unsure || value.size() >= kLongestValue) {
    if (at == values_.end()) return;
    note(name, std::move(at->second));
    values_.erase(at);
  } else if (at != values_.end()) {
    note(name, std::exchange(at->second, std::move(value)));
  } else if (values_.size() < kMaxVariables) {
    note(name, std::nullopt);
    values_.emplace(name, std::move(value));
  }
}

void ShellVariables::assign_word(std::string_view word, bool unsure) {
  const std::string_view name = word.substr(0, assigned_name(word));
  if (name.empty()) return;
  const std::string* const before = find(name);
  const size_t sign = word.find('=', word[name.size()] == '[' ? word.find(']') : 0);
  const bool element = word[name.size()] == '[' && before != nullptr;
  const bool more = word[sign - 1] == '+';
  std::string value(word.substr(sign + 1));
  if (before != nullptr && (element || more))
    value.insert(0, element ? *before + kItemEnd : *before);
  assign(name, std::move(value), unsure || (more && before == nullptr));
}

ShellVariables::Mark ShellVariables::enter() {
  ++entered_;
  return changes_.size();
}

void ShellVariables::leave(Mark mark) {
  for (--entered_; changes_.size() > mark; changes_.pop_back()) {
    Change& change = changes_.back();
    if (change.before)
      values_.insert_or_assign(std::move(change.name), std::move(*change.before));
    else
      values_.erase(change.name);
  }
}

void ShellVariables::keep() {
  if (--entered_ == 0) changes_.clear();
}

}  // namespace agentmesh::policy::scan
