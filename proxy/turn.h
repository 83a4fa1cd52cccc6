// Turn: what the lines of one read became. Steps in the order of the lines, and the records that have to be written before
// any of them takes effect.
//
// A turn is filled by client_side or server_side, its records are appended as one piece, and carrier.h then carries the
// steps out. If the log makes us wait, the turn waits as it is: the loop does not read that side again meanwhile, so
// the views stay good.

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/record.h"
#include "proxy/judgement.h"
#include "proxy/mark.h"
#include "proxy/message.h"
#include "proxy/splice.h"

namespace agentmesh::proxy {

// A denial or withheld result that is written once the numbers of its records are known.
struct AnswerPlan {
  enum class Shape : uint8_t { kDeniedResult, kDeniedError, kWithheldResult };
  Shape shape = Shape::kDeniedResult;
  Direction to =
      Direction::kServerToClient;  // the way the answer goes: server to client, or client to server
  std::string id_raw;
  bool modern = false;
  std::string text;
  Mark mark;
};

// A result that goes on with our mark, redactions, or both.
struct ResultPlan {
  Splice splice{std::string_view()};
  ResultParts parts;
  ResultShape shape = ResultShape::kOther;
  bool wants_mark = false;
  Mark mark;
  std::string line;  // what it becomes
};

struct Step {
  enum class What : uint8_t {
    kNothing,  // dropped; there may be a record
    kForward,  // `bytes` (or `text`) go on, the way they came
    kAnswer,   // `text`, lines of ours, go back
    kAsk,      // the same, if the approval `ask` still waits for a person's answer
    kPlanned,  // `answer` goes back once the record is placed; nothing goes on
    kResult,   // `result` is applied once the record is placed and goes on
    kBatch,    // `members`, together
  };
  What what = What::kNothing;
  std::string_view bytes;  // as received, LF included (a member of a batch: without)
  std::string text;        // what goes instead of `bytes`, or our own line
  int32_t decision = -1;   // its records, as indices into Turn::records
  int32_t outcome = -1;
  uint32_t call = 0;  // slot of the governed call it is about (calls.h)
  std::string
      id_key;  // of the request that was put into the table of outstanding ones by this step
  std::unique_ptr<AnswerPlan> answer;
  std::unique_ptr<ResultPlan> result;
  std::string ask;           // kAsk: which approval
  std::string cancels;       // of the client's request that this line cancels, if it goes on
  bool fail_closed = false;  // without its records `answer` goes back instead
  bool turned = false;       // it is about a request that came against the turn's direction
  std::vector<Step> members;
};

// `bytes` go on as they are.
Step forward(std::string_view bytes);
// Lines of ours go back.
Step answered(std::string lines);

struct Turn {
  Direction direction = Direction::kClientToServer;
  std::vector<Step> steps;
  std::vector<audit::Record> records;
  // Lines of calls that were held, and lines that names of ours were taken out of: steps and records point into them.
  std::deque<std::string> kept;
  std::string remarks;  // lines for stderr
  bool durable = false;
  bool waiting = false;  // for its records to be written

  // For a result in this line, with the storage of an earlier turn's where there is one.
  std::unique_ptr<ResultPlan> plan(std::string_view line);

  void clear() {
    for (Step& step : steps) keep_plan(step);
    steps.clear();
    records.clear();
    kept.clear();
    remarks.clear();
    durable = false;
  }
  int32_t add(audit::Record record) {
    records.push_back(std::move(record));
    return static_cast<int32_t>(records.size()) - 1;
  }

 private:
  void keep_plan(Step& step);
  std::vector<std::unique_ptr<ResultPlan>> spare_plans_;
};

}  // namespace agentmesh::proxy
