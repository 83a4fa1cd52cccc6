// Secret links: names in the query of a web link, "https://firm.example/join?pwd=…". Who has the link is let in, which is what it was
// sent for. For secret_finder.cc alone.
//
// Order: by place, each asked about at or behind the one before. Cost: one pass over the text, however many are asked. Thread: one.

#pragma once

#include <cstddef>
#include <string_view>

namespace agentmesh::policy::scan {

class LinkQueries {
 public:
  explicit LinkQueries(std::string_view text) : text_(text) {}

  // True if the name that begins at `name` stands in the query of a link.
  bool hold(size_t name);
  // True if at `at` the id of a key begins, by which a link is signed: "?X-Amz-Credential=AKIA…". It is no secret.
  bool sign_with(size_t at);

 private:
  std::string_view text_;
  size_t read_ = 0;
  bool in_link_ = false;  // there
};

// "X-Amz-Signature": what makes such a link good.
bool is_signature_of_link(std::string_view name);

}  // namespace agentmesh::policy::scan
