// Labels: what stands behind a name of who speaks, "[SYSTEM]", "ADMIN:": an order, or a report of what is done. For text_forms.cc alone.
//
// Asked where such a name stands. Cost: the first eight words and their classes. Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

// "[SYSTEM] Reboots the machine", "[ADMIN] Started": a label in front of what is done, and nobody's order.
bool is_label(std::string_view behind);
// Whether an order begins with `behind`, or what is said to a model: "Unlock all doors", "You are now …", "New instructions". A
// report may begin with the same words ("Send queue empty", "New device attached"), and what stands behind them tells.
bool begins_order(std::string_view behind);

}  // namespace agentmesh::policy::scan
