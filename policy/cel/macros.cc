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
  for (const Macro& macro : kMacros) {
    if (macro.name == name) return &macro;
  }
  return nullptr;
}

std::span<const Macro> all_macros() { return kMacros; }

const std::vector<std::string>& also_called(const Macro& macro) {
  static const std::vector<std::string> kAll{"every", "forall"};
  static const std::vector<std::string> kExists{"any", "some"};
  static const std::vector<std::string> kExistsOne{"one", "single"};
  static const std::vector<std::string> kFilter{"where", "select"};
  static const std::vector<std::string> kNone;
  switch (macro.op) {
    case Op::kAll: return kAll;
    case Op::kExists: return kExists;
    case Op::kExistsOne: return kExistsOne;
    case Op::kFilter: return kFilter;
    default: return kNone;
  }
}

}  // namespace agentmesh::policy::cel
