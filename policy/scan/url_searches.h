// URL searches: what a web address asks a search for, "?q=…": whoever looks for attacks writes them there, too.
//
// Cost: one pass over the query, one copy of the address. Pure function, any thread.

#pragma once

#include <string>
#include <string_view>

namespace agentmesh::policy::scan {

// The address without the values of parameters that are searched for (field.h); "" if it is none of the web's, or has no such.
std::string without_searches(std::string_view url);

}  // namespace agentmesh::policy::scan
