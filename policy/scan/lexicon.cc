#include "policy/scan/lexicon.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

struct Row {
  WordClass word_class;
  std::string_view words;  // apart by blanks; base forms
};

// English, then German, French, Spanish, Italian, Portuguese, Dutch, Russian, Serbian and Croatian.
constexpr Row kRows[] = {
    {kIgnore,
     "discard dismiss neglect ignore disregard forget forgot override overrule bypass supersede circumvent cancel disobey "
     "unlearn nullify ignorieren ignoriere ignoriert vergiss vergessen vergesst vergesse missachte ignorez oubliez "
     "oublie oublier ignora olvida olvide olvidate olvidar ignorar dimentica dimenticate ignorate scorda desconsidere esqueça "
     "esqueca esquecer negeer vergeet игнорируй игнорируйте забудь забудьте zaboravi ignoriši ignoriraj"},
    {kPrior,
     "auparavant previous prior above preceding earlier before foregoing past former aforementioned previously original initial given "
     "existing last ancient vorherigen vorherige vorheriger vorangegangenen vorangehenden bisherigen vorigen obigen obige "
     "früheren davor zuvor vorher précédentes précédents précédente antérieures antérieurs dessus anteriores anterior previas "
     "previos antes precedenti precedente precedentemente vorige eerdere bovenstaande предыдущие предыдущее прошлые выше "
     "prethodne prethodna"},
    {kAll,
     "complete full all every any everything anything entire whole alle alles sämtliche jede toutes tous tout todas todos todo tutte tutti "
     "tutto все всё sve svi"},
    {kYour,
     "your my our thy ihre deine deinen ihrer vos tes votre tus su tuas suas tue vostre jouw uw твои ваши tvoje vaše"},
    {kInstruction,
     "instruction directive prompt order command guideline rule programming direction briefing constraint policy anweisung "
     "anweisungen instruktionen befehl befehle aufgaben aufträge aufgabe regeln vorgaben consigne directives règles "
     "instrucciones indicaciones órdenes ordenes reglas instruções instrucoes regras istruzioni regole instructies "
     "opdrachten regels инструкции инструкция указания правила команды instrukcije naredbe uputstva pravila"},
    {kDespite, "whatever regardless despite notwithstanding irrespective contrary abweichend"},
    {kTask, "task request question query assignment job goal objective mission"},
    {kSafety,
     "safety security ethical ethics content moderation sanitization legal moral censorship alignment"},
    {kLimit,
     "bound restricted constrained limited subject valid restriction filter safeguard limitation guardrail protection check protocol constraint guideline policy boundary rule "
     "measure sanitization moderation"},
    {kNot,
     "not never don't dont doesn't nicht nie kein keine pas jamais nunca non não niet не never cannot shouldn't mustn't"},
    {kWithout, "without ohne sans sin senza sem zonder без"},
    {kTell,
     "tell inform notify mention reveal disclose alert warn telling informing notifying mentioning alerting revealing sagen "
     "erwähne erwähnen informieren mentionner mencionar menzionare"},
    {kAsk, "said wrote given informed let told instructed asked ask consult requesting asking"},
    {kUser,
     "anyone anybody person people owner user human victim customer operator benutzer nutzer utilisateur usuario utente gebruiker пользователь пользователю"},
    {kHide, "hidden hide conceal hiding concealing verheimlichen cacher ocultar nascondere"},
    {kFrom, "from vor"},
    {kBefore, "before prior"},
    {kUse,
     "use call invoke run execute utilise utilize trigger using calling invoking running executing"},
    {kOther, "any other another every all"},
    {kTool, "tool function plugin"},
    {kThis, "this these it that"},
    {kRead,
     "read open access collect gather retrieve fetch extract load cat find obtain steal harvest reading"},
    {kSend,
     "send forward upload exfiltrate transmit leak email e-mail post share relay submit wire dispatch sende schicke envoyez envoie envía "
     "envia invia stuur отправь отправьте"},
    {kSent, "copied cc'd bcc'd sent passed forwarded transmitted uploaded shared sending"},
    {kPass,
     "place pass include put append insert embed attach add provide supply set encode store passing including"},
    {kSecret,
     "password credential secret passwd token cookie passphrase apikey api_key private_key passcode ssn key keys seed mnemonic contacts"},
    {kConversation,
     "hint todo channel inbox mailbox note notice conversation chat dialogue session prompt message thread"},
    {kHistory, "history context transcript memory log content"},
    {kPrivate, "private sensitive confidential personal secret proprietary internal"},
    {kData, "data content information info file record document email message detail transaction"},
    {kTo, "to into as in within via at with an à a"},
    {kMust, "has must should always need shall required mandatory have ought ensure ensuring"},
    {kSay,
     "say print output write respond reply answer state declare claim return display type schreibe sage antworte gib dis dites écris "
     "écrivez di responde escribe scrivi dí diga скажи скажите напиши napiši reci display spell"},
    {kResponse,
     "response answer reply summary output completion antwort réponse respuesta risposta resposta translation"},
    {kPut,
     "repeat include print append insert encode decode prepend begin start end finish conclude output write translate insert mention "
     "say add put embed place render"},
    {kLiteral,
     "times string word phrase sentence text link image url line code symbol emoji character paragraph"},
    {kRecipient,
     "recipient account address destination payee beneficiary bcc cc amount iban wallet"},
    {kReveal,
     "see montrez montre affichez affiche muestra muéstrame mostra mostrami zeige zeig nenne révélez révèle revela rivela output toon покажи notice learn reveal show display print output repeat tell give write expose share disclose dump list summarize summarise recite describe "
     "spell what what's provide clarify know quote paraphrase leak"},
    {kPrompt,
     "invite systemprompt system-prompt système sistema prompt instruction direction directive guideline preprompt rule"},
    {kSystem,
     "système sistema systeem system initial original hidden full exact secret internal developer above previous given confidential starting"},
    {kModel,
     "assistant ai agent model llm chatbot gpt claude bot gpt-4 chatgpt copilot gemini ki language-model"},
    {kYou, "you yourself du sie vous usted ты вы ti vi"},
    {kAre, "were was are is become be bist sind es êtes eres"},
    {kNow, "now henceforth onwards onward hereafter jetzt maintenant ahora adesso nun"},
    {kActAs, "act pretend roleplay role-play behave impersonate acting agieren fungieren imagine"},
    {kAs, "as like to be als"},
    {kFree,
     "unrestricted uncensored unfiltered limitless unethical immoral amoral evil uninhibited lawless unbound unchained jailbroken dan "
     "stan jailbreak antigpt godmode böse unlimited"},
    {kMode, "mode modus persona"},
    {kModeName,
     "developer debug admin administrator god maintenance unrestricted jailbreak dan sudo root superuser override diagnostic "
     "experimental test dev"},
    {kEnable,
     "enable enabled enter activate activated engage engaged initiate unlock unlocked available operating entering"},
    {kNew, "new actual real updated additional next neue neuen nouvelle nueva"},
    {kFollow, "follow obey adhere comply following"},
    {kFollowing, "following these below this"},
    {kBest, "best superior greatest finest ultimate"},
    {kDirectly, "directly immediately automatically straight silently"},
    {kConsent,
     "confirmation approval permission consent confirming asking approving acknowledgement authorization"},
    {kAnd, "and then und et y и but just simply instead stattdessen also sondern"},
    {kSolve, "solve complete continue proceed answer respond finish help perform fulfill"},
    {kWant, "want möchte will need would like quiero veux"},
    {kPlease, "please kindly urgently bitte"},
    {kReplace, "replace change set swap modify substitute redirect switch"},
    {kLonger, "longer"},
    {kKeep, "keep stay remain"},
    {kQuiet, "quiet silent unnoticed invisible undetected discreet quietly silently"},
    {kStop,
     "stop drop abandon abort pause halt quit cease suspend interrupt hör arrêtez arrête detén smetti"},
    {kDoing, "doing"},
    {kNothing, "nothing nobody no-one anyone anybody"},
    {kReading,
     "process reading processing viewing parsing summarizing summarising analyzing analysing scanning indexing crawling handling "
     "visiting receiving"},
    {kReplaced,
     "off removed disabled replaced superseded revoked suspended voided overridden obsolete rescinded lifted cancelled canceled terminated"},
    {kCount, "compte cuenta conto conta heed attention rekening"},
    {kPrefer, "prefer prioritize prioritise favor favour choose"},
    {kOver, "over instead rather"},
    {kWhen, "when while whenever if upon"},
    {kFor, "for für pour para per voor"},
    {kAi, "ai llm chatgpt gpt gpt-4 claude copilot gemini chatbot language-model ki ais llms"},
    {kReal, "real actual true"},
    {kEverything, "everything"},
    {kDialogue, "conversation chat dialogue dialog"},
    {kSecretly, "secretly silently covertly surreptitiously stealthily quietly"},
    {kKnow, "know see notice learn discover realize realise"},
    {kNote, "note notice message hint todo instruction memo directive reminder attention"},
    {kReport,
     "attacker attack injection injected phrase example malicious hacker jailbreak e.g such adversary adversarial payload "
     "pattern detect"},
};

// Classes that an -ed form, and those that an -ing form keeps from its verb.
constexpr ClassSet kNotEd = bit(kIgnore) | bit(kSend) | bit(kPass) | bit(kReveal) | bit(kRead) |
                            bit(kPut) | bit(kUse) | bit(kFollow) | bit(kActAs) | bit(kSay) |
                            bit(kTell) | bit(kHide) | bit(kAsk) | bit(kSolve) | bit(kPrompt);
constexpr ClassSet kNotIng = kNotEd;

constexpr size_t kLongest = 32;  // bytes of a word that is looked up

// A word in lower case (ASCII letters) as blocks of eight letters, zeros behind the last: what is asked of a word is asked of
// eight letters at once, and nothing but whole registers goes through memory.
class Lowered {
 public:
  explicit Lowered(std::string_view word) : size_(word.size()) {
    static_assert(std::endian::native ==
                  std::endian::little);  // the first letter is a block's lowest byte
    const char* const letters = word.data();
    size_t block = 0;
    for (; (block + 1) * 8 <= size_; ++block)
      blocks_[block] = lower(load<uint64_t>(letters + block * 8));
    const size_t rest = size_ % 8;
    if (rest == 0) return;
    // The rest without a byte beyond the word: from loads that overlap.
    uint64_t last = 0;
    if (size_ > 8) {
      last = load<uint64_t>(letters + size_ - 8) >> 8 * (8 - rest);
    } else if (rest >= 4) {
      last = load<uint32_t>(letters) | static_cast<uint64_t>(load<uint32_t>(letters + rest - 4))
                                           << 8 * (rest - 4);
    } else {
      for (size_t i = 0; i < rest; ++i) last |= uint64_t{static_cast<uint8_t>(letters[i])} << 8 * i;
    }
    blocks_[block] = lower(last);
  }

  size_t size() const { return size_; }
  char operator[](size_t i) const { return static_cast<char>(blocks_[i / 8] >> 8 * (i % 8)); }
  std::string_view first(size_t length) const {
    return {reinterpret_cast<const char*>(blocks_.data()), length};
  }
  // The first `length` letters and another one.
  Lowered with(size_t length, char tail) const {
    std::string letters(first(length));
    letters += tail;
    return Lowered(letters);
  }

  // Of the first `length` letters. All but long words are one multiplication (FNV-1a took one a letter, in a row).
  uint64_t hash(size_t length) const {
    uint64_t hash = length;
    for (size_t at = 0; at < length; at += 8) {
      uint64_t letters = blocks_[at / 8];
      if (length - at < 8) letters &= (uint64_t{1} << 8 * (length - at)) - 1;
      hash = (hash ^ letters) * 0x9E3779B97F4A7C15;
      hash ^= hash >> 32;
    }
    return hash;
  }

 private:
  template <class Block>
  static Block load(const char* letters) {
    Block block;
    std::memcpy(&block, letters, sizeof block);
    return block;
  }
  static uint64_t lower(uint64_t letters) {
    constexpr uint64_t kOnes = 0x0101010101010101;
    constexpr uint64_t kHigh = 0x80 * kOnes;
    const uint64_t seven_bits = letters & ~kHigh;
    const uint64_t from_a = seven_bits + (0x80 - 'A') * kOnes;
    const uint64_t behind_z = seven_bits + (0x7F - 'Z') * kOnes;
    return letters | (((from_a ^ behind_z) & ~letters & kHigh) >> 2);
  }

  std::array<uint64_t, kLongest / 8 + 1> blocks_{};
  size_t size_;
};

struct Entry {
  std::string_view word;
  uint64_t hash = 0;
  ClassSet classes = 0;
};

class Table {
 public:
  Table() {
    for (const Row& row : kRows) {
      for (size_t begin = 0; begin < row.words.size();) {
        size_t end = row.words.find(' ', begin);
        if (end == std::string_view::npos) end = row.words.size();
        if (end > begin) put(row.words.substr(begin, end - begin), bit(row.word_class));
        begin = end + 1;
      }
    }
  }

  // The classes of the first `length` letters of `word`.
  ClassSet find(const Lowered& word, size_t length) const {
    const uint64_t hash = word.hash(length);
    for (size_t slot = hash % kSlots; slots_[slot] != 0; slot = (slot + 1) % kSlots) {
      const Entry& entry = entries_[slots_[slot] - 1U];
      if (entry.hash == hash && entry.word == word.first(length)) return entry.classes;
    }
    return 0;
  }

  // Long words of the kinds that are misspelled on purpose, one letter away.
  ClassSet near(std::string_view word) const {
    for (const Entry& entry : long_) {
      if (word[0] == entry.word[0] && one_away(word, entry.word)) return entry.classes;
    }
    return 0;
  }

 private:
  static constexpr size_t kSlots = 4096;

  // One letter added, left out or wrong, or two swapped; a plural s aside.
  static bool one_away(std::string_view word, std::string_view known) {
    if (word.back() == 's' && known.back() != 's') word.remove_suffix(1);
    size_t front = 0;
    while (front < word.size() && front < known.size() && word[front] == known[front]) ++front;
    size_t back = 0;
    while (back < word.size() - front && back < known.size() - front &&
           word[word.size() - 1 - back] == known[known.size() - 1 - back])
      ++back;
    const size_t left = word.size() - front - back;
    const size_t right = known.size() - front - back;
    if (left == 2 && right == 2)
      return word[front] == known[front + 1] && word[front + 1] == known[front];
    return left <= 1 && right <= 1;
  }

  void put(std::string_view word, ClassSet classes) {
    const uint64_t hash = Lowered(word).hash(word.size());
    size_t slot = hash % kSlots;
    while (slots_[slot] != 0 && entries_[slots_[slot] - 1U].word != word)
      slot = (slot + 1) % kSlots;
    if (slots_[slot] == 0) {
      entries_.push_back({word, hash, 0});
      slots_[slot] = static_cast<uint16_t>(entries_.size());
    }
    entries_[slots_[slot] - 1U].classes |= classes;
    if (word.size() >= 8 && word[0] < 0x7F &&
        (classes & (bit(kIgnore) | bit(kPrior) | bit(kInstruction))) != 0) {
      for (const std::string_view fuzzy : {"disregard", "override", "previous", "preceding",
                                           "instruction", "directive", "guideline", "direction"})
        if (word == fuzzy) long_.push_back({word, hash, classes});
    }
  }

  std::array<uint16_t, kSlots> slots_{};  // index + 1: most words of a text end at an empty slot
  std::vector<Entry> entries_;
  std::vector<Entry> long_;
};

}  // namespace

ClassSet word_classes(std::string_view text) {
  static const Table table;
  const size_t n = text.size();
  if (n == 0 || n > kLongest) return 0;
  const Lowered word(text);
  const auto whole = [&](size_t length) { return table.find(word, length); };
  const auto with = [&](size_t length, char tail) {
    return table.find(word.with(length, tail), length + 1);
  };
  ClassSet classes = whole(n);
  if (n < 4) return classes;
  const char last = word[n - 1];
  if (last == 's') {
    if (n > 3 && word[n - 2] == '\'') return classes | whole(n - 2);
    classes |= whole(n - 1);
    if (n > 4 && word[n - 2] == 'e') classes |= whole(n - 2);
    if (n > 4 && word[n - 2] == 'e' && word[n - 3] == 'i') classes |= with(n - 3, 'y');
  } else if (last == 'd' && n > 4 && word[n - 2] == 'e') {
    ClassSet stem = whole(n - 2) | whole(n - 1);
    if (n > 5 && word[n - 3] == word[n - 4]) stem |= whole(n - 3);
    classes |= stem & ~kNotEd;
  } else if (last == 'g' && n > 5 && word[n - 2] == 'n' && word[n - 3] == 'i') {
    ClassSet stem = whole(n - 3) | with(n - 3, 'e');
    if (word[n - 4] == word[n - 5]) stem |= whole(n - 4);
    classes |= stem & ~kNotIng;
  }
  if (classes == 0 && n >= 8 && n <= 14) classes = table.near(word.first(n));
  return classes;
}

}  // namespace agentmesh::policy::scan
