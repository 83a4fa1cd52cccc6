// Lexicon: which classes a word belongs to, for the text scanner's rules. A class is a role in an act (who is kept from
// knowing, what is disregarded, where something is sent), not a topic; most words have none.
//
// Inflected forms are in the table as well: plurals count as the base form; third persons, -ing and -ed forms only where that
// leaves the sense (who *ignores* or what *was* sent is a report, not an order). Long words may have one letter wrong, and
// digits may stand for letters. Chinese, Japanese and Korean words are found inside runs of letters.
// Cost: one table probe for nearly every word, nothing allocated. Pure functions, any thread.

#pragma once

#include <array>
#include <cstddef>
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
  kNo,            // no, none
  kTold,          // told, given, configured: what a model was
  kVoid,          // void, expired, withdrawn
  kRelevant,      // relevant, valid, apply: with a negation
  kMention,       // mention, a thing
  kUnsaid,        // unsaid, unmentioned
  kBetween,       // between
  kLeave,         // leave, skip
  kOut,           // out, off, aside
  kDo,            // delete, pay, buy, install, approve: acts with consequences
  kHello,         // hello, hey, dear
  kIdentifier,    // read_file, send_money(: the name of a tool
  kColon,         // a colon stands behind the word
  kOf,            // in, on, of: what follows says which
  kRefuse,        // declines, refuses, obeys
  kEnvironment,   // environment, variables
  kOutrank,       // outranks, supersedes
  kFirst,         // first, beforehand
  kLanguage,      // language: with a model
  kPlay,          // play, game, role, character
  kEvery,         // each, every, any time
  kPerson,        // she, he, they
  kNeed,          // to recover, to verify, otherwise
  kDoNotTell,     // digas: "tell", in the form that only stands behind a negation
  kSoFar,         // so far, up to this point
  kUttered,       // said, written, typed
  kHas,           // has, have: with "to" after it, must
  kIgnora,        // "ignora": an order in Italian, Portuguese and Spanish, and the third person
  kHarm,          // delete, pay, publish, forward: what cannot be taken back
  kCalled,        // a word for a model that is spoken to: "Assistant: …", "@agent", "(agent)"
  kAgreed,        // approved, agreed, pre-authorised
  kAuto,          // automated, autonomous
  kOnly,          // only
  kInformed,      // informed, told, notified: what the user is not to be
  kEven,          // even
  kSpelled,       // backwards, letter by letter, as a riddle
  kDrawnIn,       // you're, you've: a word for "are" or "have" is drawn into it
  kAnnounced,     // an instruction or task with a colon behind it
  kChanged,       // changed: what instructions are said to have
  kSends,         // sends, uploads, stores: what a tool says that it does
  kUntil,         // until, unless
  kDropped,       // what is done to the instructions, in languages where the verb ends the sentence
  kContent,       // content, text, output: of a place that nobody is to read
  kMatter,  // reminder, invoice, e-mail, appointment: what people send and take back; error, state: what programs do
};

// A set of classes, a bit each.
__extension__ using ClassSet = unsigned __int128;

// The classes of the word `text`, ASCII case aside; 0 if it has none.
ClassSet word_classes(std::string_view text);

// Long words of some kinds are misspelled on purpose: with one letter wrong they count as what is meant.
inline constexpr size_t kShortestMisspelled = 8;
constexpr bool may_be_misspelled(char first) {  // d, g, i, o or p
  return (0x18290U >> (static_cast<unsigned>(first) & 31U) & 1U) != 0;
}

// The longest Chinese, Japanese or Korean word that `text` begins with; no bytes if there is none.
struct RunOn {
  ClassSet classes = 0;
  size_t bytes = 0;
};
RunOn run_on_word(std::string_view text);

constexpr ClassSet bit(WordClass word_class) {
  return ClassSet{1} << static_cast<unsigned>(word_class);
}
constexpr bool in(ClassSet classes, WordClass word_class) {
  return (classes & bit(word_class)) != 0;
}
static_assert(static_cast<unsigned>(WordClass::kMatter) < 128);

}  // namespace agentmesh::policy::scan
