// Lexicon: which classes a word belongs to, for the text scanner's rules. A class is a role in an act (who is kept from
// knowing, what is disregarded, where something is sent), not a topic; most words have none.
//
// Inflected forms are found by their stem: plural and third person count as the base form; -ing and -ed forms only where
// that leaves the sense (what *was* ignored or sent is a report, not an order). Long words may have one letter wrong.
// Cost: about ten table probes a word, nothing allocated. Pure functions, any thread.

#pragma once

#include <cstdint>
#include <string_view>

namespace agentmesh::policy::scan {

enum class WordClass : uint8_t {
  kIgnore,        // ignore, disregard, forget, override
  kPrior,         // previous, above, earlier
  kAll,           // all, every, everything
  kYour,          // your, my
  kInstruction,   // instructions, prompt, directive, rules
  kTask,          // task, question
  kDespite,       // regardless, despite
  kSafety,        // safety, security, ethical
  kLimit,         // restrictions, filters, guidelines
  kNot,           // not, never, don't
  kWithout,       // without
  kTell,          // tell, inform, notify, mention
  kAsk,           // ask, confirm
  kUser,          // user, human
  kHide,          // hide, conceal
  kFrom,          // from
  kBefore,        // before, prior
  kUse,           // use, call, invoke, run
  kOther,         // any, other, all
  kTool,          // tool, function
  kThis,          // this
  kRead,          // read, open, collect
  kSend,          // send, forward, upload, exfiltrate
  kSent,          // sent, passed, forwarded
  kPass,          // pass, include, put
  kSecret,        // password, credential, token
  kConversation,  // conversation, chat, prompt
  kHistory,       // history, context, transcript
  kPrivate,       // private, sensitive
  kData,          // data, contents, results
  kTo,            // to, as, into
  kWhere,         // a URL or an e-mail address
  kMust,          // must, should, always
  kSay,           // say, print, write, respond
  kResponse,      // response, answer, reply
  kPut,           // repeat, include, begin, translate: with a response
  kLiteral,       // string, word, phrase, sentence
  kRecipient,     // recipient, account, address
  kReveal,        // reveal, show, repeat, what
  kPrompt,        // prompt, instructions, directions
  kSystem,        // system, initial, hidden
  kModel,         // assistant, AI, agent
  kYou,           // you
  kAre,           // are, is, will
  kNow,           // now
  kActAs,         // act, pretend, role-play
  kAs,            // as, like
  kFree,          // unrestricted, uncensored, evil, DAN
  kMode,          // mode
  kModeName,      // developer, debug, admin, god
  kEnable,        // enabled, activate, enter
  kNew,           // new, actual, real
  kFollow,        // follow, obey, adhere
  kFollowing,     // following, these
  kBest,          // best, superior
  kDirectly,      // directly, automatically
  kConsent,       // confirmation, approval
  kAnd,           // and, then, a comma
  kSolve,         // solve, complete, continue
  kWant,          // want, like, need
  kPlace,         // a path of keys or credentials
  kPlease,        // please, urgently
  kReplace,       // replace, change, set
  kLonger,        // longer
  kKeep,          // keep
  kQuiet,         // quiet, silent, unnoticed
  kStop,          // stop, drop, abandon
  kDoing,         // doing
  kNothing,       // nothing, nobody
  kReading,       // reading, processing, summarising
  kReplaced,      // replaced, revoked, suspended
  kCount,         // compte, cuenta: "pay no heed to", in languages that say it with a noun
  kPrefer,        // prefer, prioritise
  kOver,          // over, instead
  kWhen,          // when, while, if
  kFor,           // for
  kAi,            // AI, LLM, copilot: no person
  kReal,          // real, actual
  kEverything,    // everything
  kDialogue,      // conversation, chat
  kSecretly,      // secretly, silently
  kKnow,          // know, see, learn
  kNote,          // note, notice, hint, to-do
  kReport,        // attacker, injection, phrase: what follows is talked about
};

// A set of classes, a bit each.
__extension__ using ClassSet = unsigned __int128;

// The classes of `word`, ASCII case aside; 0 if it has none.
ClassSet word_classes(std::string_view word);

constexpr ClassSet bit(WordClass word_class) {
  return ClassSet{1} << static_cast<unsigned>(word_class);
}
static_assert(static_cast<unsigned>(WordClass::kReport) < 128);

}  // namespace agentmesh::policy::scan
