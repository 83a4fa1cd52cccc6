// SharedFacts: what this session has seen (tainted, private data read) goes to the other proxies of its client, and theirs comes
// here, where the policy wants facts shared.
//
// Order: share_as() once; changed() when the session's facts may have moved; exchange() when others may have changed theirs.
// Thread: the io thread; the database is the keeper's.

#pragma once

#include <string>

#include "proxy/keeper.h"
#include "proxy/options.h"
#include "proxy/pipeline.h"
#include "proxy/relay.h"
#include "proxy/session.h"

namespace agentmesh::proxy {

class SharedFacts {
 public:
  SharedFacts(const Options& options, Session& session, const Pipeline& pipeline, Keeper& keeper,
              Wire& wire)
      : options_(options), session_(session), pipeline_(pipeline), keeper_(keeper), wire_(wire) {}

  // All proxies that give the same text share.
  void share_as(std::string client);
  void changed() {
    if (news()) exchange();
  }
  void exchange();

 private:
  void know(const Result<trust::SessionFactsRow>& facts);
  trust::SessionFactsRow own() const {
    return {session_.facts().tainted, session_.facts().private_read};
  }
  bool news() const {
    return session_.facts().tainted != shared_.tainted ||
           session_.facts().private_read != shared_.private_read;
  }

  const Options& options_;
  Session& session_;
  const Pipeline& pipeline_;
  Keeper& keeper_;
  Wire& wire_;
  std::string client_;
  trust::SessionFactsRow shared_;  // what the store has, as far as is known
  bool under_way_ = false;         // one exchange at a time
  bool again_ = false;             // and another one after it
};

}  // namespace agentmesh::proxy
