// Arguments: "--name value" pairs of a measuring program, and what a case is: a name and the words of a command.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agentmesh::bench {

struct Case {
  std::string name;
  std::vector<std::string> words;
};

class Arguments {
 public:
  // Ends the program with a sentence if a word has no value, or its name is not among `known`.
  Arguments(int argc, char** argv, std::vector<std::string_view> known);

  std::string text(std::string_view name, std::string_view otherwise = "") const;
  size_t number(std::string_view name, size_t otherwise) const;
  // Every --case "name: words apart by blanks"; {server} stands for the value of --server. Ends the program if there is none.
  std::vector<Case> cases() const;

 private:
  struct Pair {
    std::string_view name;
    std::string_view value;
  };
  std::vector<Pair> pairs_;
};

[[noreturn]] void die(const std::string& why);

}  // namespace agentmesh::bench
