#include "policy/cel/value.h"

#include <type_traits>

namespace agentmesh::policy::cel {

static_assert(sizeof(Value) == 16 && std::is_trivially_copyable_v<Value>);

std::string_view type_name(Kind kind) {
  switch (kind) {
    case Kind::kError: return "error";
    case Kind::kNull: return "null_type";
    case Kind::kBool: return "bool";
    case Kind::kInt: return "int";
    case Kind::kUint: return "uint";
    case Kind::kDouble: return "double";
    case Kind::kString: return "string";
    case Kind::kBytes: return "bytes";
    case Kind::kTimestamp: return "google.protobuf.Timestamp";
    case Kind::kDuration: return "google.protobuf.Duration";
    case Kind::kType: return "type";
    case Kind::kList: return "list";
    case Kind::kMap: return "map";
  }
  return "";
}

}  // namespace agentmesh::policy::cel
