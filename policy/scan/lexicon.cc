#include "policy/scan/lexicon.h"

#include <string>
#include <unordered_map>

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

struct Row {
  WordClass word_class;
  std::string_view words;  // apart by blanks; base forms, inflection is stripped
};

// English first, then German, French, Spanish, Italian, Portuguese, Dutch, Russian.
constexpr Row kRows[] = {
    {kIgnore,
     "ignore disregard forget neglect override overrule overwrite bypass discard dismiss supersede circumvent "
     "ignorieren ignoriere ignoriert vergiss vergessen vergesst missachte "
     "ignorez oubliez oublie ignora olvida olvide olvidate ignore ignorar dimentica ignorate scorda desconsidere esqueça esqueca negeer vergeet "
     "игнорируй игнорируйте забудь забудьте"},
    {kPrior,
     "previous prior above preceding earlier before foregoing past former aforementioned previously original initial given existing "
     "vorherigen vorherige vorigen obigen obige bisherigen früheren davor zuvor "
     "précédentes précédents précédente antérieures dessus anteriores anterior previas previos precedenti precedente prima vorige eerdere bovenstaande "
     "предыдущие предыдущее прошлые выше"},
    {kAll,
     "all every any everything anything entire whole alle alles sämtliche jede toutes tous tout todas todos todo tutte tutti tutto alle все всё"},
    {kYour,
     "your my our thy ihre deine deinen ihrer vos tes votre tus sus su tuas suas tue vostre jouw uw твои ваши"},
    {kInstruction,
     "instruction directive prompt order command guideline rule programming directions briefing constraint policy instructions "
     "anweisung anweisungen anweisungsgemäß befehl befehle aufgaben aufgabe regeln vorgaben instructions consignes directives règles instrucciones indicaciones "
     "órdenes ordenes reglas instruções instrucoes regras istruzioni regole instructies opdrachten regels инструкции инструкция указания правила команды"},
    {kTask, "task request question query assignment job goal objective mission"},
    {kSafety,
     "safety security ethical ethics content moderation sanitization sanitisation legal moral censorship privacy alignment"},
    {kLimit,
     "restriction filter safeguard limitation guardrail protection check protocol constraint guideline policy boundary limits rule measure validation sanitization control"},
    {kNot,
     "not never don't dont doesn't no nicht nie kein keine ne pas jamais no nunca non mai não niet не never cannot shouldn't mustn't without"},
    {kWithout, "without ohne sans sin senza sem zonder без"},
    {kTell,
     "tell inform notify mention reveal disclose alert warn report explain show announce discuss acknowledge let sage sagen erwähne erwähnen informieren dire mentionner decir mencionar dire menzionare"},
    {kAsk, "ask confirm consult prompt verify request requiring requesting"},
    {kUser,
     "user human victim customer operator owner person people anyone nobody benutzer nutzer utilisateur usuario utente gebruiker пользователь пользователю"},
    {kHide,
     "hide conceal secret hidden covertly secretly silently quietly confidential invisible obscure mask verheimlichen"},
    {kFrom, "from vor"},
    {kBefore, "before whenever everytime prior when after each"},
    {kUse, "use call invoke run execute utilise utilize trigger using calling"},
    {kAny, "any other another every all"},
    {kTool, "tool function plugin werkzeug outil herramienta strumento"},
    {kThis, "this these it that"},
    {kRead,
     "read open access collect gather retrieve fetch extract load cat find get look search check obtain steal harvest"},
    {kSend,
     "send forward upload exfiltrate transmit leak email e-mail post share deliver export submit mail relay dispatch wire sende schicke senden envoyer envoyez envía envia enviar invia stuur отправь отправьте"},
    {kPass,
     "pass include put append insert embed attach place add provide supply set fill write encode store"},
    {kSecret,
     "password credential secret passwd token cookie passphrase apikey api_key private_key passcode ssn key keys seed mnemonic wallet"},
    {kHistory, "conversation history chat context transcript dialogue session memory messages"},
    {kData,
     "data content contents result information info file output details record document everything email emails value text body message"},
    {kTo, "to into as in within via through at with an à a"},
    {kMust, "must should always need shall required mandatory have ought ensure"},
    {kSay,
     "say print output write respond reply answer state declare claim return generate produce display tell type schreibe sage sagen antworte gib dis dites écris di responde escribe scrivi dí escreva diga скажи напиши"},
    {kResponse,
     "response answer reply summary output completion message antwort réponse respuesta risposta resposta"},
    {kRepeat,
     "repeat include print append insert encode prepend begin start end finish conclude add output write sing translate"},
    {kReveal,
     "reveal show display print output repeat tell give write what expose share disclose dump list summarize summarise recite describe spell say provide copy translate change know return state share"},
    {kPrompt,
     "prompt instruction instructions directions directive guidelines preprompt configuration rules password"},
    {kSystem,
     "system initial original hidden full exact complete secret internal developer above first given entire confidential"},
    {kModel,
     "assistant ai agent model llm chatbot gpt claude bot gpt-4 chatgpt copilot gemini assistants agents ki"},
    {kYou, "you yourself du sie tu vous usted u ты вы"},
    {kAre, "are will is become be"},
    {kNow, "now henceforth onwards onward hereafter jetzt maintenant ahora adesso"},
    {kActAs,
     "act pretend roleplay role-play behave imagine impersonate simulate play assume acting"},
    {kAs, "as like to be"},
    {kFree,
     "unrestricted uncensored unfiltered limitless unlimited unethical immoral amoral evil uninhibited anything lawless unbound unchained"},
    {kMode, "mode persona state"},
    {kJailbreak,
     "jailbreak jailbroken dan stan dude aim godmode devmode jailbreaking antigpt unrestrictedgpt"},
    {kEnable,
     "enable enabled enter activate activated engage engaged initiate switch unlock available"},
    {kNew, "new actual real true updated following next only neue nouvelle nueva"},
    {kFollow, "follow obey adhere comply execute perform carry do complete"},
    {kFollowing, "following these below this instead new next"},
    {kPrefer, "prefer choose prioritize prioritise favor favour select pick recommend"},
    {kOver, "over instead than rather above exclusively"},
    {kBest, "best only superior greatest finest ultimate unrivaled unmatched"},
    {kDirectly, "directly immediately automatically straight silently instantly"},
    {kConsent,
     "confirmation approval permission consent confirming asking approving review acknowledgement validation verification"},
    {kInstead, "instead stattdessen instead. au lieu invece rather"},
    {kAnd, "and then und et y e en и , but just simply"},
    {kDisable, "disable remove deactivate suspend lift drop off skip"},
    {kDelete,
     "delete transfer pay purchase buy erase destroy wipe grant install download remove kill terminate modify change update"},
    {kParameter, "parameter argument field param sidenote note header property variable"},
    {kPlease, "please immediately urgent urgently now kindly important bitte"},
    {kLonger,
     "longer anymore void obsolete invalid cancelled canceled revoked expired outdated null"},
    {kFirst, "first beforehand immediately"},
};

using Table = std::unordered_map<std::string_view, uint64_t>;

Table make_table() {
  Table table;
  table.reserve(1200);
  for (const Row& row : kRows) {
    for (size_t begin = 0; begin < row.words.size();) {
      size_t end = row.words.find(' ', begin);
      if (end == std::string_view::npos) end = row.words.size();
      if (end > begin) table[row.words.substr(begin, end - begin)] |= bit(row.word_class);
      begin = end + 1;
    }
  }
  return table;
}

uint64_t find(const Table& table, std::string_view word) {
  const auto found = table.find(word);
  return found == table.end() ? 0 : found->second;
}

}  // namespace

uint64_t word_classes(std::string_view word) {
  static const Table table = make_table();
  if (const uint64_t known = find(table, word); known != 0) return known;
  const size_t n = word.size();
  if (n < 4 || n > 24) return 0;
  if (word.back() == 's') {
    if (const uint64_t known = find(table, word.substr(0, n - 1)); known != 0) return known;
    if (n > 4 && word[n - 2] == 'e')
      if (const uint64_t known = find(table, word.substr(0, n - 2)); known != 0) return known;
    if (n > 4 && word.substr(n - 3) == "ies")
      return find(table, std::string(word.substr(0, n - 3)) + "y");
    return 0;
  }
  std::string_view stem;
  if (n > 5 && word.substr(n - 3) == "ing") stem = word.substr(0, n - 3);
  if (n > 4 && word.substr(n - 2) == "ed") stem = word.substr(0, n - 2);
  if (stem.empty()) return 0;
  if (const uint64_t known = find(table, stem); known != 0) return known;
  if (const uint64_t known = find(table, std::string(stem) + "e"); known != 0) return known;
  if (stem.size() > 3 && stem.back() == stem[stem.size() - 2])
    return find(table, stem.substr(0, stem.size() - 1));
  if (stem.back() == 'i') return find(table, std::string(stem.substr(0, stem.size() - 1)) + "y");
  return 0;
}

}  // namespace agentmesh::policy::scan
