// Texts: the messages that are measured, of the kind that agents and servers send: prose, names, paths, no run of one letter.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace agentmesh::bench {

// English prose of exactly that many bytes, without quotes or backslashes: as it stands in a JSON string.
std::string prose(size_t bytes);

// A tools/call with its LF; about 300 bytes with the usual 150 of text. `padding`: bytes of prose among the arguments.
std::string call(uint64_t id, size_t padding = 150);
// Its answer with its LF: one text block of that many bytes.
std::string result(uint64_t id, size_t bytes = 150);

}  // namespace agentmesh::bench
