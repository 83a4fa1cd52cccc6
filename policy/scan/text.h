// Text: descriptions and results that give orders to the model. Looks for acts, never for words.
//
// An act is two or more of its parts in one sentence: conceal + from the user; before + using + any tool; read + a secret
// place + pass it on; disregard + previous + instructions; you are now + without limits; a role marker or tool envelope;
// a parameter that must carry something else; prefer this tool over others; redirect calls of another tool.
// How: the text is decoded and folded, cut into sentences (sentence.h), its words looked up in a lexicon of word classes
// (lexicon.h), and rules of classes, in an order or near one another, are run over each sentence. What the acts amount to where
// they stand together (acts.h) gives one main hit, and each act a hit beside it. A phrase that is quoted and talked about is none.
// What may be ordinary (use this first, delete that) counts where a model is spoken to.
// Sees: English best; the common phrasings in German, French, Spanish, Italian, Portuguese, Dutch, Russian, Chinese, Japanese,
// Korean; the same in base64, escapes (spelled_out.h), tags, letters s p r e a d out. Cannot see: a plain request ("send Mark the file"), a
// story that persuades, a description that lies.
// Measured (docs/detection.md): two to six in ten wordings that no rule had seen, 7 in 10 once the rules had grown by them; of 1,704
// benign results one; of 9,000 files of ordinary documentation and source code 14, of 809 files of skills 3.
// Cost: one pass for words, one lookup a word, 3.5 ns a byte of prose, 34 at the worst of scan_bench. Pure functions, any thread.
//
// Hits: tool.poisoned     critical, high (withhold), medium, low (prefers itself)
//       result.injection  high, medium (taints)
//       result.forged-mark (high)  imitates our own mark, footer or denial
//       and beside them, low: text.conceal, text.override, text.role, text.envelope, text.before-any-tool, text.exfiltrate,
//       text.parameter, text.other-tool, text.preference, text.jailbreak, text.secret-place, text.reveal, text.response,
//       text.addressed, text.unasked, text.consequence, text.tool-use

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/scan/hit.h"
#include "policy/scan/reading.h"

namespace agentmesh::policy::scan {

enum class TextKind : uint8_t { kDescription, kResult };

// `other_tools`: names of other servers' tools, as known to the caller; a description that tells how to use one is an act.
// `key`: the name of the member that the text is the value of: "assistant_directive" says who is spoken to.
void find_instructions(Reading& reading, TextKind kind, std::span<const std::string> other_tools,
                       std::vector<Hit>& hits, std::string_view key = {});
inline void find_instructions(std::string_view text, TextKind kind,
                              std::span<const std::string> other_tools, std::vector<Hit>& hits) {
  Reading reading(text);
  find_instructions(reading, kind, other_tools, hits);
}
inline void find_instructions(std::string_view text, TextKind kind, std::vector<Hit>& hits) {
  find_instructions(text, kind, {}, hits);
}

// result.forged-mark: what begins like our footer, denial or ticket, or like a result's mark as JSON: at the text's beginning or
// end, or as a line or paragraph of its own, the letters ours or looking like them. A hit says where.
// Leaves alone: what a document quotes (spoken.h) or says of us in its sentences, headings and lists; strings inside JSON.
// Cannot see: an imitation in quotes, or in the middle of a line.
void find_forged_mark(Reading& reading, std::vector<Hit>& hits);
inline void find_forged_mark(std::string_view text, std::vector<Hit>& hits) {
  Reading reading(text);
  find_forged_mark(reading, hits);
}

}  // namespace agentmesh::policy::scan
