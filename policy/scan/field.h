// Field: what an argument is for, by the key it stands under, as far as it matters to what may stand in it.
//
// Pure functions, any thread; nothing allocated.

#pragma once

#include <cstdint>
#include <string_view>

namespace agentmesh::policy::scan {

enum class Field : uint8_t {
  kAny,
  kShort,    // a name, an id, a URL: no document, however long it is
  kPlace,    // a host, an address: short, and never a list of words
  kPattern,  // what is looked for, in a language of its own: a regular expression, an XPath
  kSearch,   // what is looked for, in words or in such a language
  kOptions,  // words of a command line
  kProse,  // what people or programs read, of any length: a text, a message, code; no attempt on the tool that carries it
};

Field field_of(std::string_view key);

constexpr bool is_short(Field field) { return field == Field::kShort || field == Field::kPlace; }

}  // namespace agentmesh::policy::scan
