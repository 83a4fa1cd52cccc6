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
  if (under_way_) {
    again_ = true;
    return;
  }
  under_way_ = true;
  keeper_.give([this, tells = news(), mine = own(), client = client_](trust::Store& store) {
    if (tells && store.put_session_facts(client, mine)) (void)trust::touch_wake(options_.state_dir);
    wire_.post([this, facts = store.session_facts(client)] { know(facts); });
  });
}

// What stands there is shared, and nothing else: what could not be written is news still.
void SharedFacts::know(const Result<trust::SessionFactsRow>& facts) {
  under_way_ = false;
  if (facts) {
    shared_ = *facts;
    if (facts->tainted) session_.taint();
    if (facts->private_read) session_.read_private();
  }
  if (std::exchange(again_, false)) exchange();
}

}  // namespace agentmesh::proxy
