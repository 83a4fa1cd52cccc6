#include "integrations/layout.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/json.h"

namespace agentmesh::integrations {
namespace {

// The end of line of the file: the one behind `offset`, else its first, else LF.
std::string end_of_line(std::string_view text, size_t offset) {
  const std::string_view here = end_of_line_at(text, line_end(text, offset));
  if (!here.empty()) return std::string(here);
  const std::string_view first = end_of_line_at(text, line_end(text, 0));
  return first.empty() ? "\n" : std::string(first);
}

// YAML: whether a plain scalar would be cut or read differently between brackets, or be refused there by some readers.
bool breaks_in_brackets(std::string_view plain) {
  return plain.starts_with('?') || plain.starts_with(':') ||
         plain.find_first_of(",[]{}") != std::string_view::npos;
}

bool is_quoted(std::string_view token) {
  return !token.empty() && (token.front() == '"' || token.front() == '\'');
}

// The command's token as an element of args, and back.
std::string as_element(Syntax syntax, std::string_view token, bool in_brackets) {
  if (syntax != Syntax::kYaml || !in_brackets || is_quoted(token) || !breaks_in_brackets(token))
    return std::string(token);
  std::string quoted_token = quoted(syntax, token.substr(1));
  return fmt::format("\"\\x{:02x}{}", static_cast<unsigned char>(token.front()),
                     quoted_token.substr(1));
}
std::string as_command(Syntax syntax, std::string_view token, std::string_view word) {
  // A person may have written \xNN too: only what as_element() makes of the word was plain.
  const bool was_plain =
      syntax == Syntax::kYaml && token != word && token == as_element(syntax, word, true);
  return std::string(was_plain ? word : token);
}

// What stands between two tokens of a run in front of `first`: as the list is laid out.
std::string separator_before(std::string_view text, Span first) {
  size_t at = first.begin;
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) --at;
  if (at == 0 || (text[at - 1] != '\n' && text[at - 1] != '\r')) return ", ";
  --at;
  if (text[at] == '\n' && at > 0 && text[at - 1] == '\r') --at;
  return "," + std::string(text.substr(at, first.begin - at));
}

// The start of a line of the entry's own, as the line of its member `field`: blanks, and the front parts of a dotted key.
std::string line_start(const Document& document, const Field& field) {
  const size_t begin = line_begin(document.text, field.key_span.begin);
  std::string start(document.text.substr(begin, field.key_span.begin - begin));
  if (document.syntax() ==
      Syntax::kYaml)  // "- command:" begins the entry; what follows stands below the key
    std::fill(start.begin(), start.end(), ' ');
  return start;
}

// The whole of a missing args member, on lines below the command's or behind it.
Edit added_args(const Document& document, const Entry& entry,
                const std::vector<std::string>& tokens) {
  const Field& command = entry.command_field();
  const Syntax syntax = document.syntax();
  if (entry.inline_map) {
    const std::string_view key = syntax == Syntax::kJson   ? "\"args\": "
                                 : syntax == Syntax::kToml ? "args = "
                                                           : "args: ";
    return {{command.value.end, command.value.end},
            fmt::format(", {}{}[{}]", entry.key_front, key, fmt::join(tokens, ", "))};
  }
  const size_t end = line_end(document.text, command.value.end);
  const std::string start = end_of_line(document.text, end) + line_start(document, command);
  if (syntax == Syntax::kToml)
    return {{end, end}, fmt::format("{}args = [{}]", start, fmt::join(tokens, ", "))};
  std::string with = start + "args:";
  for (const std::string& token : tokens) with += start + "  - " + token;
  return {{end, end}, with};
}

// Items of a list of lines: each with the list's own indentation and an end of line.
std::string item_lines(const Document& document, const Field& list,
                       const std::vector<std::string>& tokens) {
  const std::string_view text = document.text;
  const size_t begin = line_begin(text, list.value.begin);
  const std::string start = std::string(text.substr(begin, list.value.begin - begin)) + "- ";
  std::string lines;
  for (const std::string& token : tokens)
    lines += start + token + end_of_line(text, list.key_span.end);
  return lines;
}

// Where the line below the one with `offset` begins.
size_t next_line(std::string_view text, size_t offset) {
  const size_t end = line_end(text, offset);
  return end + end_of_line_at(text, end).size();
}

// Takes the bytes between two tokens away; comments stay, with the layout around them.
void erase_gap(const Document& document, Span between, std::vector<Edit>& edits) {
  const Gap gap = gap_in(document.text, document.syntax(), between);
  if (!gap.comment) {
    if (between.size() > 0) edits.push_back({between, ""});
  } else if (gap.comma) {
    edits.push_back({{*gap.comma, *gap.comma + 1}, ""});
  }
}

bool only_blanks(std::string_view text) {
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

// The bytes that hold the whole args member and nothing else, if that is certain: with one comma between braces, with the end
// of line in front of it where members have lines of their own. Empty: not certain.
Span args_member(const Document& document, const Entry& entry) {
  const std::string_view text = document.text;
  const Field& args = entry.args_field();
  const Span none{0, 0};
  if (entry.inline_map) return none;  // erase_inline_args looks after commas and comments
  size_t begin = line_begin(text, args.key_span.begin);
  const size_t last = args.style == ListStyle::kLines ? args.elements.back().end : args.value.end;
  const size_t end = line_end(text, last);
  if (!only_blanks(text.substr(last, end - last))) return none;
  const std::string_view front = text.substr(begin, args.key_span.begin - begin);
  if (document.syntax() == Syntax::kYaml && !only_blanks(front)) return none;  // "- args:"
  if (begin <= behind_mark(text)) return none;  // a first line is none that we added
  // The end of line in front of it.
  --begin;
  if (text[begin] == '\n' && begin > 0 && text[begin - 1] == '\r') --begin;
  return {begin, end};
}

// The members that stand in front of args and behind it, in the same map; nullptr for none.
struct Neighbours {
  const Field* front = nullptr;
  const Field* behind = nullptr;
};
Neighbours beside_args(const Entry& entry) {
  const auto in_its_map = [&entry](size_t at) -> const Field* {
    return at < entry.fields.size() && entry.fields[at].map == entry.args_field().map
               ? &entry.fields[at]
               : nullptr;
  };
  return {in_its_map(entry.args - 1), in_its_map(entry.args + 1)};  // 0 - 1 is beyond all
}

// Between braces: the args member and one comma.
void erase_inline_args(const Document& document, const Entry& entry, std::vector<Edit>& edits) {
  const Field& args = entry.args_field();
  const size_t begin = args.key_span.begin - entry.key_front.size();
  const Neighbours beside = beside_args(entry);
  edits.push_back({{begin, args.value.end}, ""});
  if (beside.front != nullptr) {
    erase_gap(document, {beside.front->value.end, begin}, edits);
  } else {
    erase_gap(document, {args.value.end, beside.behind->key_span.begin}, edits);
  }
}

// Whether everything between braces is known to the byte: a list of lines or a sub-table has no end, and between the keys of
// { s.command = …, t.url = …, s.args = … } another server's may stand.
bool can_erase_inline(const Document& document, const Entry& entry) {
  if (!entry.inline_map) return false;
  const Neighbours beside = beside_args(entry);
  if (!entry.key_front.empty()) {
    if (beside.front == nullptr) return false;
    const size_t before = beside.front->value.end;
    return document.text.substr(before, entry.args_field().key_span.begin - before) ==
           ", " + entry.key_front;
  }
  return beside.front != nullptr ? beside.front->value.size() > 0 : beside.behind != nullptr;
}

// In a list of lines: the line of element `i`, whole; a comment behind the element stays, on that line.
Edit erased_item(const Document& document, const Field& list, size_t i) {
  const std::string_view text = document.text;
  const Span element = list.elements[i];
  const size_t begin = line_begin(text, element.begin);
  const size_t end = line_end(text, element.end);
  if (only_blanks(text.substr(element.end, end - element.end)))
    return {{begin, next_line(text, element.end)}, ""};
  const size_t dash = text.find('-', begin);
  size_t rest = element.end;
  while (text[rest] == ' ' || text[rest] == '\t') ++rest;
  return {{dash, rest}, ""};
}

void unwrap_lines(const Document& document, const Entry& entry, bool args_added,
                  std::vector<Edit>& edits) {
  const Field& list = entry.args_field();
  const size_t moved = entry.dashes + 1;
  const bool alone = moved + 1 == list.elements.size();
  const Gap comments =
      gap_in(document.text, document.syntax(), {list.key_span.end, list.elements[0].begin});
  if (alone && args_added && !comments.comment) {
    bool between = false;
    for (size_t i = 0; i < moved; ++i)
      between = between || gap_in(document.text, document.syntax(),
                                  {list.elements[i].end, list.elements[i + 1].begin})
                               .comment;
    const Span whole = args_member(document, entry);
    if (!between && whole.size() > 0) {
      edits.push_back({whole, ""});
      return;
    }
  }
  for (size_t i = 0; i <= moved; ++i) edits.push_back(erased_item(document, list, i));
  if (!alone) return;
  // A key with nothing below it is no list.
  const size_t colon = document.text.find(':', list.key_span.end);
  edits.push_back({{colon + 1, colon + 1}, " []"});
}

// JSON: "proxy" as it stands in an args that was null, by which undo knows. To every reader it is the same word.
constexpr std::string_view kProxyForNull = R"("\u0070roxy")";

void unwrap_brackets(const Document& document, const Entry& entry, bool args_added,
                     std::vector<Edit>& edits) {
  const Field& list = entry.args_field();
  const size_t moved = entry.dashes + 1;
  const auto commented = [&](size_t begin, size_t end) {
    return gap_in(document.text, document.syntax(), {begin, end}).comment;
  };
  const bool alone = moved + 1 == list.elements.size();
  bool comments = commented(list.value.begin + 1, list.elements[0].begin) ||
                  (alone && commented(list.elements[moved].end, list.value.end - 1));
  for (size_t i = 0; i < moved; ++i)
    comments = comments || commented(list.elements[i].end, list.elements[i + 1].begin);
  if (alone && args_added && !comments) {
    if (const Span whole = args_member(document, entry); whole.size() > 0) {
      edits.push_back({whole, ""});
      return;
    }
    if (can_erase_inline(document, entry)) {
      erase_inline_args(document, entry, edits);
      return;
    }
  }
  if (alone && !comments && list.elements[0].of(document.text) == kProxyForNull &&
      document.syntax() == Syntax::kJson) {
    edits.push_back({list.value, "null"});
    return;
  }
  // We write behind the bracket: who laid the run out anew left no blanks that were there before us.
  if (alone && !comments && list.elements[0].begin > list.value.begin + 1) {
    edits.push_back({{list.value.begin + 1, list.value.end - 1}, ""});
    return;
  }
  for (size_t i = 0; i <= moved; ++i) {
    edits.push_back({list.elements[i], ""});
    if (i < moved || !alone)
      erase_gap(document, {list.elements[i].end, list.elements[i + 1].begin}, edits);
  }
  // Behind the last element only a trailing comma is ours to take; blanks were there before us.
  if (!alone) return;
  const Gap gap =
      gap_in(document.text, document.syntax(), {list.elements[moved].end, list.value.end - 1});
  if (gap.comma) edits.push_back({{*gap.comma, *gap.comma + 1}, ""});
}

// What stands in front of the moved command in a list that holds it: our path, and the run. The command itself has not moved.
void unwrap_one_list(const Document& document, const Entry& entry, std::vector<Edit>& edits) {
  Span token = entry.command_field().value;
  for (size_t i = 0; i <= entry.dashes + 1; ++i) {
    const Span next = entry.args_field().elements[i];
    edits.push_back({token, ""});
    erase_gap(document, {token.end, next.begin}, edits);
    token = next;
  }
}

// A character that may stand only escaped in TOML and YAML (1.2, section 5.1), if `text` begins with one.
struct Unprintable {
  size_t bytes = 0;  // 0: it does not
  unsigned point = 0;
};
Unprintable unprintable_at(Syntax syntax, std::string_view text) {
  if (text.front() == '\x7F') return {1, 0x7F};
  if (syntax != Syntax::kYaml) return {};
  if (text.starts_with("\xEF\xBF\xBE")) return {3, 0xFFFE};
  if (text.starts_with("\xEF\xBF\xBF")) return {3, 0xFFFF};
  if (text.size() < 2 || text.front() != '\xC2') return {};
  const auto point = static_cast<unsigned char>(text[1]);  // of U+0080 to U+00BF its last byte
  return point < 0xA0 && point != 0x85 ? Unprintable{2, point} : Unprintable{};
}

}  // namespace

std::string quoted(Syntax syntax, std::string_view word) {
  std::string token;
  json::append_string(token, word);
  if (syntax == Syntax::kJson) return token;
  // TOML and YAML have the escapes of JSON, and allow fewer characters without one.
  std::string out;
  std::string_view rest = token;
  while (!rest.empty()) {
    const Unprintable here = unprintable_at(syntax, rest);
    if (here.bytes == 0) {
      out += rest.front();
      rest.remove_prefix(1);
    } else {
      out += fmt::format("\\u{:04x}", here.point);
      rest.remove_prefix(here.bytes);
    }
  }
  return out;
}

void wrap_edits(const Document& document, const Entry& entry, const std::string& own_path,
                const std::vector<std::string>& run, std::vector<Edit>& edits) {
  const Syntax syntax = document.syntax();
  const Field& command = entry.command_field();
  if (entry.one_list) {
    const std::string separator = separator_before(document.text, command.value);
    std::string inserted = quoted(syntax, own_path) + separator;
    for (const std::string& word : run) inserted += quoted(syntax, word) + separator;
    edits.push_back({{command.value.begin, command.value.begin}, std::move(inserted)});
    return;
  }
  const bool lines = entry.has_args() ? entry.args_field().style == ListStyle::kLines
                                      : syntax == Syntax::kYaml && !entry.inline_map;
  std::vector<std::string> tokens;
  for (const std::string& word : run) tokens.push_back(quoted(syntax, word));
  tokens.push_back(as_element(syntax, command.value.of(document.text), !lines));

  edits.push_back({command.value, quoted(syntax, own_path)});
  if (!entry.has_args()) {
    edits.push_back(added_args(document, entry, tokens));
    return;
  }
  const Field& list = entry.args_field();
  if (list.kind == Kind::kNull) {
    tokens.front() = kProxyForNull;
    edits.push_back({list.value, fmt::format("[{}]", fmt::join(tokens, ", "))});
  } else if (lines) {
    const size_t below = next_line(document.text, list.key_span.end);
    edits.push_back({{below, below}, item_lines(document, list, tokens)});
  } else if (list.elements.empty()) {
    const size_t inside = list.value.begin + 1;
    edits.push_back({{inside, inside}, fmt::format("{}", fmt::join(tokens, ", "))});
  } else {
    const Span first = list.elements.front();
    const std::string separator = separator_before(document.text, first);
    std::string inserted;
    for (const std::string& token : tokens) inserted += token + separator;
    edits.push_back({{first.begin, first.begin}, std::move(inserted)});
  }
}

void unwrap_edits(const Document& document, const Entry& entry, bool args_added,
                  std::vector<Edit>& edits) {
  if (entry.one_list) {
    unwrap_one_list(document, entry, edits);
    return;
  }
  const Field& list = entry.args_field();
  const size_t moved = entry.dashes + 1;
  edits.push_back(
      {entry.command_field().value,
       as_command(document.syntax(), list.elements[moved].of(document.text), list.words[moved])});
  if (list.style == ListStyle::kLines) {
    unwrap_lines(document, entry, args_added, edits);
  } else {
    unwrap_brackets(document, entry, args_added, edits);
  }
}

void insert_words(const Document& document, const Entry& entry, size_t before,
                  const std::vector<std::string>& words, std::vector<Edit>& edits) {
  const Field& list = entry.args_field();
  std::vector<std::string> tokens;
  for (const std::string& word : words) tokens.push_back(quoted(document.syntax(), word));
  if (list.style == ListStyle::kLines) {
    const size_t at = line_begin(document.text, list.elements[before].begin);
    edits.push_back({{at, at}, item_lines(document, list, tokens)});
    return;
  }
  const Span between = {list.elements[0].end, list.elements[1].begin};
  const bool comment = gap_in(document.text, document.syntax(), between).comment;
  const std::string separator = comment ? ", " : std::string(between.of(document.text));
  std::string inserted;
  for (const std::string& token : tokens) inserted += token + separator;
  const size_t at = list.elements[before].begin;
  edits.push_back({{at, at}, std::move(inserted)});
}

}  // namespace agentmesh::integrations
