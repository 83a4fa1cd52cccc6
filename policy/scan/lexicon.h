// Lexicon: which classes a word belongs to, for the text scanner's rules. A class is a role in an act (who is kept from
// knowing, what is disregarded, where something is sent), not a topic; most words have none.
//
// Cost: one hash lookup for a known form, up to five for an inflected one. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace agentmesh::policy::scan {

enum class WordClass : uint8_t {
  kIgnore,       // ignore, disregard, forget, override
  kPrior,        // previous, above, earlier
  kAll,          // all, every, everything
  kYour,         // your, my, the user's
  kInstruction,  // instructions, prompt, directive, rules
  kTask,         // task, request, question: with kIgnore only
  kSafety,       // safety, security, ethical
  kLimit,        // restrictions, filters, guidelines
  kNot,          // not, never, don't
  kWithout,      // without
  kTell,         // tell, inform, notify, mention, reveal
  kAsk,          // ask, confirm
  kUser,         // user, human, victim
  kHide,         // hide, conceal, secret
  kFrom,         // from
  kBefore,       // before, prior to, whenever
  kUse,          // use, call, invoke, run
  kAny,          // any, other
  kTool,         // tool, function
  kThis,         // this
  kRead,         // read, open, access, collect
  kSend,         // send, forward, post, upload, exfiltrate
  kPass,         // pass, include, put, append
  kSecret,       // password, credential, token, private key
  kHistory,      // conversation, history, messages
  kData,         // data, contents, results, information
  kTo,           // to, into, as
  kWhere,        // address: a URL, an e-mail address
  kMust,         // must, should, always, need
  kSay,          // say, print, output, write, respond
  kResponse,     // response, answer, reply, summary
  kRepeat,       // repeat, include, begin, end
  kReveal,       // reveal, show, display, print, what
  kPrompt,       // prompt, instructions, directions
  kSystem,       // system, initial, original, hidden
  kModel,        // assistant, AI, agent, model
  kYou,          // you
  kAre,          // are, will
  kNow,          // now
  kActAs,        // act, pretend, role-play, behave
  kAs,           // as, like
  kFree,         // unrestricted, uncensored, limitless, evil
  kMode,         // mode
  kJailbreak,    // jailbreak, DAN
  kEnable,       // enable, enter, activate
  kNew,          // new, actual, real
  kFollow,       // follow, obey, adhere
  kFollowing,    // following, these, below
  kPrefer,       // prefer, choose, prioritise
  kOver,         // over, instead, than
  kBest,         // best, only, superior
  kOtherTool,    // another tool's name
  kDirectly,     // directly, immediately, automatically
  kConsent,      // confirmation, approval, permission
  kInstead,      // instead
  kAnd,          // and, then
  kDisable,      // disable, remove, turn off
  kDelete,       // delete, transfer, pay
  kPlace,        // a path of keys or credentials
  kParameter,    // parameter, argument, field
  kPlease,       // please, immediately, urgent
  kLonger,       // longer, anymore
  kTrue,         // a mode=true assignment
  kFirst,        // first
  kCount
};

// Bits of the classes of `word` (lower case ASCII, or UTF-8 as written); 0 if it has none.
uint64_t word_classes(std::string_view word);

constexpr uint64_t bit(WordClass word_class) {
  return uint64_t{1} << static_cast<unsigned>(word_class);
}
constexpr uint64_t bits(std::initializer_list<WordClass> classes) {
  uint64_t all = 0;
  for (const WordClass one : classes) all |= bit(one);
  return all;
}
static_assert(static_cast<unsigned>(WordClass::kCount) <= 64);

}  // namespace agentmesh::policy::scan
