// Results: what the answer to a governed request becomes: read for what it is, asked about, recorded, redacted or withheld,
// and marked.
//
// Which shape a result has follows the method of the *request* (protocol, section 6). Tasks: the handle goes through as
// it is, and the call it stands for is remembered (tasks.h) until tasks/result, or a tasks/get that holds it, brings what it
// came for. What a server says of a task meanwhile (`statusMessage` and whatever stands beside it) is judged like a result.
// Thread: one. Failure: a result that cannot be judged is withheld (pipeline.h).

#pragma once

#include <string>
#include <string_view>

#include "audit/record.h"
#include "base/clock.h"
#include "proxy/altered.h"
#include "proxy/calls.h"
#include "proxy/message.h"
#include "proxy/options.h"
#include "proxy/outcomes.h"
#include "proxy/pipeline.h"
#include "proxy/questions.h"
#include "proxy/session.h"
#include "proxy/standing.h"
#include "proxy/tasks.h"
#include "proxy/turn.h"

namespace agentmesh::proxy {

class Results {
 public:
  Results(const Options& options, Session& session, Pipeline& pipeline, Standing& standing,
          const Clock& clock);

  // The answer `message` (result or error) to `call`. `twin`: its id came as the other type.
  Step read(const Message& message, std::string_view bytes, const Call& call, bool twin,
            Turn& turn);

  // What becomes of an answer to a request that was not governed itself, but makes requests of the client (questions.h).
  Step asking(const Message& message, std::string_view bytes, const Call& call, Turn& turn);

  // What a server says outside the answer to a governed call: the answers to tasks/list, tasks/cancel and tasks/update,
  // notifications, completions, the list of resources, errors without an id. Its bytes go on where nothing is found; there is a
  // record only where something was found or withheld.
  Step of_words(const Message& message, std::string_view bytes, std::string_view method,
                Turn& turn);

  // The record of names of ours that were taken out of what answers no governed call (forgery.h).
  audit::Decision forgery(const Message& message, std::string_view method);

  // What is recorded of calls that end without an answer that could be read.
  Outcomes& outcomes() { return outcomes_; }

  // The call that became this task, or null.
  const Call* task(const std::string& task_id) const { return tasks_.find(task_id); }
  // What a tasks/get or tasks/result asks for whose task this process did not see begin, and the decision that its outcome
  // will refer to: it is let through, and its result read like any other.
  Call unknown_task(const Message& request, int64_t now_us) const;
  audit::Decision decision_of_unknown_task(const Message& request) const;
  // False if the outcome of what `call` stands for is recorded already (a task's result may be fetched again).
  bool first_outcome(const Call& call) const { return tasks_.first_outcome(call); }
  template <class Visit>
  void each_unfetched_task(Visit visit) const {
    tasks_.each_unsettled(visit);
  }

 private:
  void keep_task(const Call& task, Turn& turn);
  // A final answer: the object that is scanned, and what it is.
  struct Answer {
    ResultParts parts;
    ResultShape shape = ResultShape::kOther;
    bool of_tool = false;  // it is what a tool gave
    bool marked = false;
    json::View nested_in = {};  // the poll's result that it is a member of
  };
  Step scanned(const Message& message, std::string_view bytes, const Call& call,
               const Answer& answer, bool twin, Turn& turn);
  Step read_error(const Message& message, std::string_view bytes, const Call& call, Turn& turn);
  Step task_handle(const Message& message, std::string_view bytes, const Call& call, Turn& turn);
  Step task_polled(const Message& message, std::string_view bytes, const Call& call, bool twin,
                   Turn& turn);
  Step input_required(const Message& message, std::string_view bytes, const Call& call, Turn& turn);
  // The plan for what does not go on, in place of it.
  void withhold(const Call& call, const policy::Verdict& verdict, Step& step);
  // What goes on of `step` without what `verdict` takes out of `part`.
  void redact(const policy::Verdict& verdict, json::View part, Step& step) const;
  // What a server says about a task that still runs (a handle, a poll): judged as a whole. False: it is withheld, the call
  // is settled by that, and a later poll asks about a task that nobody knows.
  bool judge_told(const Message& message, const Call& call, bool is_error, Step& step, Turn& turn);
  audit::Decision record_of_words(const Message& message, std::string_view method,
                                  policy::Verdict verdict, bool withheld);
  // What a poll says around the result that is nested in it, judged as well: `verdict`, which is the result's, becomes the one
  // that withholds, with what either found. How many replacements that adds to `plan`.
  size_t judge_around(const Call& call, const Answer& answer, policy::Verdict& verdict,
                      ResultPlan& plan);
  // What the session now knows: content from outside came in, something private was read.
  void learn(const Call& call, const policy::Verdict& verdict);

  const Options& options_;
  Session& session_;
  Pipeline& pipeline_;
  Standing& standing_;
  Tasks tasks_;
  Outcomes outcomes_;
  Questions questions_;
  Altered altered_;
};

}  // namespace agentmesh::proxy
