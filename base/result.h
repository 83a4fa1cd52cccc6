// The ground floor: how a function fails, and the small tools every other folder stands on.
//
// What this folder does: results and errors, file descriptors, clocks, bytes and text, files and the disk, strict JSON
// (json.h), cryptography (crypto.h). What it does not do: know MCP, policy, a log or a proxy. It includes nothing of
// ours from outside this folder; simdjson stays in json*.cc, OpenSSL and libsodium in crypto.cc.
//
// Start here, then json.h (how every outside byte is read), crypto.h, files.h, disk.h.
// Thread: everything here is a value or const; what is not says so. Failure: Result, never an exception.

#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace agentmesh {

// One sentence for a person, and the errno behind it where there is one. Who knows more adds it in front:
// "strict.yaml:14: rules[2].limit: unknown unit 'm'".
struct Error {
  std::string what;
  int errno_value = 0;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string what, int errno_value = 0) {
  return tl::unexpected<Error>(Error{std::move(what), errno_value});
}

// "`doing`: No such file or directory", from the current errno.
tl::unexpected<Error> fail_errno(std::string doing);

}  // namespace agentmesh
