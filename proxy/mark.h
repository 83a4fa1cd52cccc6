// The verification mark and the footer: what a result says about how it was let through, and how it is spliced in.
//
// The shapes are contracts (overview, "What the outside sees"): the mark goes into result._meta under
// "io.agentmesh/verification", the footer is one text block at the end of content. Marks that a server sent are
// gone by then (forgery.h). Pure functions; every byte outside the edits stays as it was.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/our_words.h"
#include "proxy/message.h"
#include "proxy/options.h"
#include "proxy/splice.h"

namespace agentmesh::proxy {

struct MarkFinding {
  std::string id, severity, where;
};

// What the mark says. Empty texts and unset optionals are absent from it.
struct Mark {
  std::string decision;  // allow | deny | would_deny | would_require_approval
  std::string policy, rule, server;
  std::optional<int> score;
  std::string tier;
  std::string log;                                    // origin
  std::optional<uint64_t> decision_seq, outcome_seq;  // written, durable
  std::string leaf;                                   // 64 hex digits
  std::string writer;  // queued: with the two below instead of the three above
  std::optional<uint64_t> decision_wseq, outcome_wseq;
  bool fetched_again =
      false;  // a task's result: its outcome was recorded when it was fetched first
  // What became of the result, if it does not go on as it came: neutralise | redact | deny, and by which rule of that policy.
  std::string change, change_rule;
  std::vector<MarkFinding> findings;
  std::string mode;    // enforce | shadow
  std::string notice;  // what everyone should hear (a log that was set aside), "" if nothing

  void clear();  // as new; storage is kept
};

using policy::kMarkKey;

// The mark as one JSON object, no blanks.
std::string mark_json(const Mark& mark);
// "✓ AgentMesh · allowed by moderate/default · trust 812 (trusted) · audit #18 3f9a1c7e"; before the findings, where
// it is so, "text changed by hidden-in-result".
std::string footer_sentence(const Mark& mark);
// {"type":"text","text":"…","annotations":{"audience":["user"]}}
std::string footer_block(const Mark& mark);

// A result and its members that matter here. A large one is gone through once for all of them, or not at all where a reader
// has indexed it already.
struct ResultParts {
  json::View whole;
  json::View type, content, contents, messages, structured, meta, task, is_error;

  ResultParts() = default;
  explicit ResultParts(json::View result);
  // `members`: the result's own, as Message::members has them.
  ResultParts(json::View result, std::span<const json::Entry> members);

 private:
  void take(json::View key, json::View value);
};

// Of which kind a tools/call result (or tasks/result) is (protocol, section 6).
enum class ResultShape : uint8_t { kCallToolResult, kInputRequired, kTask, kOther };
ResultShape shape_of(const ResultParts& parts);

// Adds mark and footer to a result of that shape, as `footer` says and the shape allows; `line_limit` keeps a line that was
// at most 10 MiB from growing past that (first the text, then the mark is left out). Returns what was added.
struct Marked {
  bool mark = false;
  bool text = false;
};
// What add_mark writes before it splices; kept from result to result for its storage.
struct MarkTexts {
  std::string mark, sentence, block, meta;
  void clear() {
    for (std::string* text : {&mark, &sentence, &block, &meta}) text->clear();
  }
};
Marked add_mark(Splice& splice, const ResultParts& parts, ResultShape shape, const Mark& mark,
                Footer footer, size_t line_bytes, MarkTexts& texts);

}  // namespace agentmesh::proxy
