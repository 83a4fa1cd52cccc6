#include "policy/cel/macros.h"

#include <array>

namespace agentmesh::policy::cel {

namespace {
constexpr std::array kMacros{
    Macro{Op::kAll, "all", 2, 2, "x.all(name, condition)"},
    Macro{Op::kExists, "exists", 2, 2, "x.exists(name, condition)"},
    Macro{Op::kExistsOne, "exists_one", 2, 2, "x.exists_one(name, condition)"},
    Macro{Op::kTransform, "map", 2, 3, "x.map(name, value)"},
    Macro{Op::kFilter, "filter", 2, 2, "x.filter(name, condition)"},
};
}  // namespace

const Macro* find_macro(std::string_view name) {
  for (const Macro& macro : kMacros)
    if (macro.name == name) return &macro;
  return nullptr;
}

}  // namespace agentmesh::policy::cel
