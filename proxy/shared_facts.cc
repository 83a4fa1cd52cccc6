#include "proxy/shared_facts.h"

#include <utility>

#include "trust/wake.h"

namespace agentmesh::proxy {

void SharedFacts::share_as(std::string client) {
  client_ = std::move(client);
  exchange();
}

void SharedFacts::exchange() {
  if (client_.empty() || !pipeline_.policy().shares_session()) return;
  const bool tells = news();
  shared_ = own();
  keeper_.give([this, tells, mine = shared_, client = client_](trust::Store& store) {
    if (tells) {
      if (!store.put_session_facts(client, mine)) return;  // the next change tries again
      (void)trust::touch_wake(options_.state_dir);
    }
    const auto facts = store.session_facts(client);
    if (!facts) return;
    wire_.post([this, facts = *facts] {
      if (facts.tainted) session_.taint();
      if (facts.private_read) session_.read_private();
      shared_ = own();
    });
  });
}

}  // namespace agentmesh::proxy
