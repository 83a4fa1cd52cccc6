// The command that starts a server, as it is pinned (trust.md, Pins): its base name, and the SHA-256 of the file whose change
// would make it another server. No arguments: they hold secrets.
//
// Order: before the server runs, or it could put back what it was pinned with first.
// Thread: any. Cost: reads that file once, in pieces; 0.1 s or less for a program of 100 MiB.

#pragma once

#include <span>
#include <string>

namespace agentmesh::proxy {

struct CommandForm {
  std::string form;    // JSON: "command", "file" and "sha256"
  std::string unread;  // why what runs has no hash, a sentence: its file cannot be read, or is not seen in a directory; "" else
};
// The file that runs, as Child::spawn() finds it; where the command is an interpreter or a launcher, the script that it is given,
// if it is given one: of a directory its __main__.py, or what node makes of it.
CommandForm command_form(std::span<const std::string> words);

}  // namespace agentmesh::proxy
