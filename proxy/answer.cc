#include "proxy/answer.h"

#include <fmt/format.h>

#include "base/json.h"

namespace agentmesh::proxy {

namespace {

std::string quoted(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

// A CallToolResult of ours: one text, isError, the mark.
std::string error_result(std::string_view id_raw, std::string_view text, const Mark& mark,
                         bool modern) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"result":{{{}"content":[{{"type":"text","text":{}}}],"isError":true,)"
      R"("_meta":{{"{}":{}}}}}}})"
      "\n",
      id_raw, modern ? R"("resultType":"complete",)" : "", quoted(text), kMarkKey, mark_json(mark));
}

}  // namespace

std::string denied_result(std::string_view id_raw, std::string_view text, const Mark& mark,
                          bool modern) {
  return error_result(id_raw, text, mark, modern);
}

std::string denied_error(std::string_view id_raw, std::string_view text, const Mark& mark) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":{},"data":{{"{}":{}}}}}}})"
      "\n",
      id_raw, kDeniedCode, quoted(text), kMarkKey, mark_json(mark));
}

std::string plain_error(std::string_view id_raw, int code, std::string_view text) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":{}}}}})"
                     "\n",
                     id_raw, code, quoted(text));
}

std::string withheld_result(std::string_view id_raw, std::string_view text, const Mark& mark,
                            bool modern) {
  return error_result(id_raw, text, mark, modern);
}

std::string cancellation(std::string_view id_raw, std::string_view reason) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{},"reason":{}}}}})"
      "\n",
      id_raw, quoted(reason));
}

}  // namespace agentmesh::proxy
