#include "bench/texts.h"

#include <string_view>

#include <fmt/format.h>

namespace agentmesh::bench {

std::string prose(size_t bytes) {
  constexpr std::string_view kText =
      "The report for March is in docs/reports/march.md, next to the two drafts that Anna wrote in the week before. "
      "It has 14 pages, three tables and a list of open questions; the second table (revenue by region, in EUR) was "
      "changed on 2026-03-18 and again on the 21st. Please note that figures for the north are estimates. The chart "
      "on page 9 shows how the number of orders went from 1204 to 1377 while returns stayed below 4 percent. Nothing "
      "else was touched: the appendix, the glossary and the links at the end are those of the year before. ";
  std::string text;
  text.reserve(bytes);
  while (text.size() < bytes) text += kText.substr(0, bytes - text.size());
  return text;
}

std::string call(uint64_t id, size_t padding) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"write_note","arguments":{{"title":"Report for March","tags":["report","march"],"pinned":false,"text":"{}"}}}}}})"
      "\n",
      id, prose(padding));
}

std::string result(uint64_t id, size_t bytes) {
  return fmt::format(
      R"({{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":"{}"}}]}}}})"
      "\n",
      id, prose(bytes));
}

}  // namespace agentmesh::bench
