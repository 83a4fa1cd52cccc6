// YAML by its bytes: what a lenient parser lets pass although it changes what a file means. The parser says where values
// stand; these look at the text there.
//
// Pure functions, any thread; offsets are bytes of the text. Cost: linear in what they look at.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agentmesh::yaml {

// What is wrong, and where.
struct Fault {
  size_t at = 0;
  std::string what;
};

// Where the value itself begins whose anchor or tag may stand at `at`.
size_t behind_properties(std::string_view text, size_t at);

// One past the quote that closes the one at `at`; npos if none does.
size_t end_of_quoted(std::string_view text, size_t at);

// How far in the key or dash at `at` stands, in bytes: what belongs to it stands further in.
size_t indent_of(std::string_view text, size_t at);
// The same of the dash in front of the list item at `at`; nothing if that cannot be told.
std::optional<size_t> indent_of_item(std::string_view text, size_t at);

// A scalar at `at`, its anchor and tag included, that belongs to a key or dash `indent` bytes in: it stands further in than
// that, and if it is quoted it is closed, with all its lines further in, and no comment sticks to it. A quote that is
// forgotten would swallow the lines below it up to the next quote, or to the end.
//
// kAtKeyToo: lines at the very column of the key or dash pass as well, unless they look like an entry themselves. YAML 1.2
// has none such; many parsers take them, so that files of other programs hold them.
enum class Folds { kFurtherIn, kAtKeyToo };
std::optional<Fault> scalar_fault(std::string_view text, size_t at, std::optional<size_t> indent,
                                  Folds folds = Folds::kFurtherIn);

// A key at `at`, on a line of its own, that reads `word`: it is whole on that line and has a colon behind it.
std::optional<Fault> key_fault(std::string_view text, size_t at, std::string_view word);

// What a reader of the file and its parser would take for different lines: a carriage return alone, Unicode's own line ends
// and byte order marks, and lines that begin with %, which parsers skip as directives.
std::optional<Fault> line_fault(std::string_view text);

}  // namespace agentmesh::yaml
