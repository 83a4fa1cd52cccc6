#include "integrations/toml_entries.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

// A fault is a value, and the parser is compiled here only. Its assertions are left out, for good: a broken key trips one
// before the parser's own error, and in a build without them some compilers are told to take them for facts.
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace agentmesh::integrations {
namespace {

// toml++ tells lines and columns (both from 1, columns in code points; the byte order mark is none); bytes are needed.
class Bytes {
 public:
  explicit Bytes(std::string_view text) : text_(text) {
    starts_.push_back(behind_mark(text));
    for (size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') starts_.push_back(i + 1);
  }

  size_t at(const toml::source_position& position) const {
    if (position.line == 0) return text_.size();
    const size_t line = std::min<size_t>(position.line - 1, starts_.size() - 1);
    size_t at = starts_[line];
    for (size_t column = 1; column < position.column && at < text_.size(); ++column) {
      ++at;
      while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0U) == 0x80U) ++at;
    }
    return at;
  }
  Span of(const toml::source_region& region) const { return {at(region.begin), at(region.end)}; }

 private:
  std::string_view text_;
  std::vector<size_t> starts_;
};

// A string's delimiters stand where it was located; a multi-line one is left where it is.
bool is_string_token(std::string_view token) {
  return token.size() >= 2 && (token.front() == '"' || token.front() == '\'') &&
         token.back() == token.front();
}

class TomlEntries {
 public:
  explicit TomlEntries(Document& document) : document_(document), bytes_(document.text) {}

  Result<void> read() {
    const std::string_view text = document_.text;
    const toml::parse_result parsed = toml::parse(text.substr(behind_mark(text)));
    if (!parsed) {
      const toml::parse_error& error = parsed.error();
      return fail_at(text, bytes_.at(error.source().begin), std::string(error.description()));
    }
    const toml::table& root = parsed.table();
    for (const std::string_view key : document_.client->keys) {
      const toml::node* servers = root.get(key);
      if (servers == nullptr) continue;
      if (!servers->is_table())
        return fail_at(text, bytes_.at(servers->source().begin),
                       fmt::format("\"{}\" is not a table", key));
      const toml::table& table = *servers->as_table();
      for (auto&& [name, value] : table) read_entry(name, value, table.is_inline());
    }
    std::stable_sort(document_.entries.begin(), document_.entries.end(),
                     [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
    return {};
  }

 private:
  void read_entry(const toml::key& name, const toml::node& value, bool in_braces) {
    Entry entry;
    entry.name = std::string(name.str());
    entry.begin = bytes_.at(name.source().begin);
    entry.is_map = value.is_table();
    if (entry.is_map) {
      const toml::table& table = *value.as_table();
      entry.inline_map = table.is_inline();
      entry.fields = fields(table, 0);
      // { x.command = "…" }: a member could be added on no line of its own, nor with certainty in the braces.
      if (in_braces && !table.is_inline())
        for (Field& field : entry.fields) field.movable = false;
    }
    document_.entries.push_back(std::move(entry));
  }

  std::vector<Field> fields(const toml::table& table, int level) const {
    std::vector<Field> out;
    for (auto&& [key, value] : table) {
      Field field;
      field.key = std::string(key.str());
      field.key_span = bytes_.of(key.source());
      field.value = bytes_.of(value.source());
      if (const auto* text = value.as_string()) {
        field.kind = Kind::kString;
        field.text = text->get();
        field.movable = is_string_token(field.value.of(document_.text));
      } else if (const auto* list = value.as_array()) {
        read_list(*list, field);
      } else if (const auto* map = value.as_table()) {
        field.kind = Kind::kMap;
        if (level < 1) field.members = fields(*map, level + 1);
      } else if (const auto* truth = value.as_boolean(); truth != nullptr && truth->get()) {
        field.kind = Kind::kTrue;
      }
      out.push_back(std::move(field));
    }
    std::stable_sort(out.begin(), out.end(), [](const Field& a, const Field& b) {
      return a.key_span.begin < b.key_span.begin;
    });
    return out;
  }

  void read_list(const toml::array& list, Field& field) const {
    field.kind = Kind::kList;
    const std::string_view token = field.value.of(document_.text);
    field.strings = token.size() >= 2 && token.front() == '[' && token.back() == ']';
    for (const toml::node& element : list) {
      const Span where = bytes_.of(element.source());
      field.elements.push_back(where);
      const auto* text = element.as_string();
      field.strings = field.strings && text != nullptr && is_string_token(where.of(document_.text));
      if (text != nullptr) field.words.push_back(text->get());
    }
  }

  Document& document_;
  Bytes bytes_;
};

}  // namespace

Result<void> read_toml_entries(Document& document) { return TomlEntries(document).read(); }

}  // namespace agentmesh::integrations
