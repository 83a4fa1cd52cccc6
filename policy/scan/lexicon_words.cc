#include "policy/scan/lexicon_words.h"

namespace agentmesh::policy::scan {
namespace {

using enum WordClass;

// clang-format off
constexpr LexiconRow kRows[] = {
    {kIgnore,
   "забудьте discard dismiss neglect ignore disregard forget forgot override overrule bypass supersede circumvent cancel disobey "
   "unlearn nullify scrap ditch ignorieren ignoriere ignoriert vergiss vergessen vergesst vergesse missachte missachten "
   "ignorez oubliez oublie oublier olvida olvide olvidate olvidar ignorar dimentica dimenticate ignorate scorda desconsidere "
   "esqueça esqueca esquecer negeer vergeet sla zignoruj zapomnij игнорируй игнорируйте забудь забудьте zaboravi ignoriši "
   "ignoriraj تجاهل تجاهلي تجاهلوا अनदेखा נתעלם התעלם התעלמי ignórese ignoren ignorare negeert"},
    {kIgnora, "ignora"},
    {kPrior,
     "auparavant previous prior above preceding earlier before foregoing past former aforementioned previously original "
     "initial given existing last ancient old current present ongoing operator operator's beforehand hitherto vorherigen "
     "vorherige vorheriger vorangegangenen vorangehenden bisherigen vorigen obigen obige ursprüngliche ursprünglichen alten "
     "früheren davor zuvor vorher précédentes précédents précédente antérieures antérieurs dessus anteriores anterior previas "
     "previos antes precedenti precedente precedentemente vorige eerdere bovenstaande предыдущие предыдущее прошлые прежние "
     "прежних прежнее выше prethodne prethodna poprzednie wcześniejsze السابقة السابقه पिछले הקודמות poprzednich "
     "wcześniejszych önceki"},
    {kAll,
     "complete full all every any everything anything entire whole alle alles aller allem gesamte gesamten ganzen sämtliche "
     "jede toutes tous tout todas todos todo tutte tutti tutto все всё sve svi wszystkie جميع كل सभी כל"},
    {kYour,
     "je seu свой свою swój your my our thy ihre deine deinen deiner deines ihrer vos tes ta ton votre tus su tuas suas tua tue vostre vostra jouw "
     "uw twoje твои твоя ваши tvoje vaše"},
    {kInstruction,
     "instruction directive prompt order command guideline rule programming direction briefing constraint policy guidance "
     "rulebook brief anweisung anweisungen instruktionen befehl befehle aufgaben aufträge aufgabe regeln vorgaben consigne "
     "directives règles règle instrucción instrucciones indicaciones órdenes ordenes reglas instruções instrucoes regras "
     "istruzioni regole instructies opdracht opdrachten regels polecenia instrukcje инструкции инструкция указания указаниям "
     "правила команды instrukcije naredbe uputstva pravila التعليمات الأوامر تعليمات निर्देश निर्देशों आदेश हदायतें הוראות "
     "ההוראות הנחיות poleceniach poleceń instrukcji talimatları talimatlar инструкциях"},
    {kDespite, "whatever regardless despite notwithstanding irrespective contrary abweichend unabhängig malgré indépendamment"},
    {kTask,
     "tarefa taak задании заданию задачу задачи zadaniu zadaniach task request question query assignment job goal objective mission duty aufgabe auftrag anfrage tâche demande tarea "
     "solicitud pedido richiesta compito verzoek wish zadanie задача задание"},
    {kSafety, "safety security ethical ethics content moderation sanitization legal moral morality censorship alignment"},
    {kLimit,
     "bound restricted constrained limited subject valid restriction filter safeguard limitation guardrail protection check "
     "protocol constraint guideline policy boundary rule measure sanitization moderation morals conscience inhibition taboo "
     "censorship law scruple limite limites límites límite reglas règle règles censura limiti einschränkung einschränkungen "
     "grenzen beschränkungen ограничений restricciones restrições restrizioni beperkingen"},
    {kNot,
     "not never don't dont doesn't doesnt nicht nie kein keine pas jamais ne n' nunca non não niet не cannot can't shouldn't "
     "mustn't needn't wouldn't nem لا refrain forbidden"},
    {kWithout, "without ohne sans sin senza sem zonder bez без بدون"},
    {kTell,
     "tell inform notify mention reveal disclose alert warn show report raise discuss bring bother trouble telling informing "
     "notifying mentioning alerting revealing sagen sag sage erwähne erwähnen erwähnt informieren informiere mitteilen "
     "verraten mentionner mentionnez évoquez parlez parler dites prévenir informer mencionar mencione informar avisar decir "
     "menzionare dire avvertire vertel vertellen mówić informuj сообщай сообщать говори говорить упоминай conte contar "
     "reporting disclosing dis dise dígale avvisare avvisa diga powiedz communicate announce apprise surface volunteer tip avisarle avisarlo avvisarlo dirglielo dirlo decirle avisá-lo"},
    {kAsk,
     "said wrote given informed let told instructed asked ask consult requesting asking check prompt nachzufragen fragen "
     "demander preguntar chiedere"},
    {kUser,
     "anyone anybody person people owner user human victim customer operator developer visitor reader caller employer boss "
     "client principal maintainer reviewer benutzer nutzer anwender nutzers benutzers besitzer utilisateur usuario utente "
     "gebruiker użytkownika użytkownikowi użytkownik пользователь пользователю пользователя المستخدم उपयोगकर्ता shopper "
     "addressee applicant lettore lecteur lector leser usuário usuarios kunde kunden empfänger empfängers operador opérateur "
     "destinataire destinatario sender end-user enduser buyer"},
    {kHide,
     "hide conceal hiding concealing withhold verheimlichen verheimliche verschweige verschweigen cacher cachez ocultar oculta "
     "oculte nascondere nascondi suppress obscure mask nascondi esconda"},
    {kFrom, "from vor"},
    {kBefore, "before prior until vor bevor avant antes prima voordat перед"},
    {kUse,
     "use call invoke run execute utilise utilize trigger using calling invoking running executing employ fire aufrufen "
     "ausführen appeler utiliser llamar usar ejecutar"},
    {kOther, "any other another every all"},
    {kTool, "tool function plugin integration connector werkzeug outil herramienta strumento"},
    {kThis, "this these it that das dies diese dieses davon hiervon ce cette esto este esta questo questa"},
    {kRead,
     "read open access collect gather retrieve fetch extract load cat find obtain steal harvest reading lesen lies liest "
     "gelesen öffnen lire lis lee leer leggi capture copy pull kopiere list"},
    {kSend,
     "send forward upload exfiltrate transmit leak email e-mail post share relay submit wire dispatch mail deliver publish dm "
     "sende schicke senden leite leiten übermittle envoyez envoie envoyer transférez transfère transmettez envía manda mande "
     "manden envíen enviar reenvía reenvíe envia envie invia inoltra encaminhe stuur verstuur wyślij отправь отправьте перешли "
     "перешлите أرسل resend re-send paste reenviar pipe funnel bcc transmets transmettre envie"},
    {kSent,
     "copied cc'd bcc'd sent passed forwarded transmitted uploaded shared sending attached included supplied put handed given "
     "relayed"},
    {kPass,
     "place pass include put append insert embed attach add provide supply set encode store passing including hand give repeat "
     "paste übergeben übergib übergebe mitzugeben angeben joindre joins inclure fournir incluir incluye adjuntar adjunta pasar pásalo includi "
     "echo feed populate"},
    {kSecret,
     "password credential secret passwd token cookie passphrase apikey api_key private_key passcode ssn key keys seed mnemonic "
     "contacts cvc pin hash hashes zugangsdaten passwörter passwort contraseñas contraseña senha wachtwoorden пароли otp 2fa identifiants identifiant claves credenciales credenziali senhas"},
    {kConversation,
     "hint todo channel inbox mailbox note notice conversation chat dialogue session prompt message thread mail nachricht "
     "nachrichten courriel courriels correo correos mensajes messaggi переписки переписку mensaje messaggio"},
    {kHistory, "history context transcript memory log content verlauf historique historial cronologia contents"},
    {kPrivate, "private sensitive confidential personal secret proprietary internal saved stored credit"},
    {kData,
     "data content information info file record document email message detail transaction contents inhalt contenu contenido "
     "contenuto database spreadsheet sheet listing содержимое zawartość"},
    {kTo, "to into as in within via at with an à a nach zu im na на al"},
    {kMust,
     "must should shall always need required mandatory ought ensure ensuring needs obliged obligated instructed muss musst "
     "müssen soll sollen hat doit doivent devez obligatoire debe debes deben besoin deve devi devono moet moeten должен должна "
     "musi faut hay"},
    {kHas, "has have had"},
    {kSay,
     "say print output write respond reply answer state declare claim return display schreibe sage antworte antworten gib dis "
     "dites écris écrivez di responde escribe scrivi dí diga скажи скажите напиши napiši reci spell urge present responda "
     "respondan rispondi rispondete répondez ответь ответьте antwoord répondre respondons declara déclare déclarez déclarer "
     "afirma affirme erkläre erklären dichiara dichiarate заяви wypisz napisz"},
    {kResponse,
     "response answer reply summary output completion antwort réponse respuesta risposta resposta translation summaries"},
    {kPut,
     "repeat include print append insert encode decode prepend begin start end finish conclude output write translate mention "
     "say add put embed place render"},
    {kLiteral, "times string word phrase sentence text link image url line code symbol emoji character paragraph"},
    {kRecipient, "recipient account address destination payee beneficiary bcc cc amount iban wallet"},
    {kReveal,
     "mostrare выведи выведите покажите показать montrez montre affichez affiche muestra muestre muéstrame enséñame mostra mostre mostrami zeige zeig nenne révélez "
     "révèle revela rivela output toon pokaż покажи notice learn reveal show display print repeat tell give expose share "
     "disclose dump list summarize summarise recite describe spell what what's provide clarify know quote paraphrase leak read "
     "muéstreme dime reproduce regurgitate echo emit divulge transcribe recall remind state"},
    {kPrompt,
     "systeemprompt промпт invite systemprompt system-prompt système sistema prompt instruction direction directive guideline preprompt rule brief "
     "briefing instruções instrucciones anweisungen"},
    {kSystem,
     "système sistema systeem system initial original hidden full exact secret internal developer above previous given "
     "confidential starting iniciais iniciales vollständigen"},
    {kModel,
     "modello modelo modelem модели assistant ai agent model llm chatbot gpt claude bot gpt-4 chatgpt copilot gemini ki language-model assistent assistenten "
     "ki-assistent ki-assistenten ai-assistent sprachmodell modèle asistente assistente ассистент ассистенту asystencie "
     "asystent llms ais ia agente agentes robot robots robô bots ии нейросеть агент модель modell"},
    {kYou, "you yourself du sie vous usted ты вы ti vi tu te dir dich você voce lei you're you've you'll you'd"},
    {kAre, "sein bent jesteś were was are is am be been bist sind es êtes eres ist sei sois est è é siete"},
    {kNow, "now henceforth onwards onward hereafter jetzt maintenant ahora agora adesso nun ab ora"},
    {kActAs,
     "act pretend roleplay role-play behave impersonate acting agieren fungieren imagine speak actúas actúa actuar agis become "
     "emulate simulate adopt portray assume"},
    {kAs, "as like to be als"},
    {kFree,
     "unrestricted uncensored unfiltered limitless unethical immoral amoral evil uninhibited lawless unbound unchained "
     "jailbroken dan stan jailbreak antigpt godmode böse unlimited"},
    {kMode, "mode modus persona"},
    {kModeName,
     "developer debug admin administrator god maintenance unrestricted jailbreak dan sudo root superuser override diagnostic "
     "experimental test dev elevated"},
    {kEnable,
     "enable enabled enter activate activated engage engaged initiate unlock unlocked available operating entering switch"},
    {kNew, "new actual real updated additional next neue neuen neuer nouvelle nueva nuova nova nowe"},
    {kFollow,
     "follow obey adhere comply following befolge befolgen suivez seguir obedecer obéir gehorchen gehorche obbedire obedeça"},
    {kFollowing, "following these below this"},
    {kBest, "best superior greatest finest ultimate"},
    {kDirectly, "directly immediately automatically straight silently instantly"},
    {kConsent,
     "confirmation approval permission consent confirming asking approving acknowledgement authorization authorisation dialog "
     "dialogs question questions zustimmung consentement accord consentimiento permiso bestätigung okay go-ahead sign-off "
     "signoff verification clearance agreement prompting"},
    {kAnd, "and then und et e y и but just simply instead stattdessen also sondern"},
    {kSolve, "solve complete continue proceed answer respond finish help perform fulfill"},
    {kWant, "want möchte will need would like quiero veux"},
    {kPlease, "please kindly urgently bitte"},
    {kReplace, "replace change set swap modify substitute redirect switch"},
    {kLonger, "longer mehr plus más anymore"},
    {kKeep, "keep stay remain behalte restez garde"},
    {kQuiet, "quiet silent unnoticed invisible undetected discreet discret quietly silently ourselves"},
    {kStop, "stop drop abandon abort pause halt quit cease suspend interrupt hör arrêtez arrête detén smetti lascia lift"},
    {kDoing, "doing"},
    {kNothing, "nothing nobody no-one anyone anybody nichts parola rien nada niente niemand nessuno nadie niczego ничего"},
    {kReading,
     "process reading processing viewing parsing summarizing summarising analyzing analysing scanning indexing crawling "
     "handling visiting receiving citing adding connected ingesting evaluating screening shopping sorting reviewing working "
     "answering reads liest lisez lee opened processed indexes responding replying translating"},
    {kReplaced,
     "off removed disabled replaced superseded revoked suspended voided overridden obsolete rescinded lifted cancelled "
     "canceled terminated waived"},
    {kCount, "compte cuenta conto conta heed attention rekening caso внимания"},
    {kPrefer, "prefer prioritize prioritise favor favour choose chosen preferred picked"},
    {kOver, "over instead rather"},
    {kWhen, "solltest sollten jeśli jeżeli when while whenever if upon wenn si als falls quando cuando se если когда quand wanneer"},
    {kFor, "for für pour para per voor"},
    {kAi,
     "ai llm chatgpt gpt gpt-4 claude copilot gemini chatbot language-model ki ais llms ia ki-assistent ki-assistenten "
     "ki-agent ai-assistent sprachmodell llm-based ии ии-агент ии-ассистент нейросеть neural ia"},
    {kReal, "real actual true really correct"},
    {kEverything, "everything"},
    {kDialogue, "conversación conversation chat dialogue dialog transcript discussion exchange"},
    {kSecretly,
     "secretly silently covertly surreptitiously stealthily quietly discreetly heimlich secrètement unobtrusively behind"},
    {kKnow, "know see notice learn discover realize realise aware erfahren wissen savoir saber enterarse"},
    {kNote,
     "note notice message hint todo to-do instruction memo directive reminder attention hinweis achtung aviso nota внимание "
     "atención attenzione atenção uwaga opgelet warning heads-up ps p.s anweisung notiz consigne consignes instrucción "
     "istruzione instrução wskazówka"},
    {kReport,
     "attacker attack injection injected phrase example malicious hacker jailbreak e.g such adversary adversarial payload "
     "pattern detect researcher observed poisoning teaming phishing exploit guardrail jailbreaking jailbreaks containing "
     "classic"},
    {kNo, "no kein keine ningún aucun aucune nessun nenhum neither nor"},
    {kTold,
     "told asked given gebeten instructed supplied configured provided handed typed received briefed entered programmed taught "
     "assigned said gesagt erhalten demandé dit reçues dado dicho pedido recibido chiesto detto kregen got configuraron "
     "configurado configuré dieron"},
    {kVoid,
     "void off expired invalid obsolete withdrawn hinfällig ungültig superseded revoked cancelled canceled irrelevant "
     "suspended annulées annulée anuladas annullate lapsed overruled nullified disabled released annulled replaced ended "
     "erased rescinded отменена отменены отменено отменяется недействительны cancelada canceladas annullata annullato defunct "
     "inoperative lifted"},
    {kRelevant,
     "relevant valid force hold binding effect apply applies applicable count counts matter matters gelten gilt wichtig "
     "valables s'appliquent valen"},
    {kMention, "mention comment remark"},
    {kDoNotTell, "digas cuentes menciones reveles avises informes muestres comentes comente"},
    {kSoFar, "far point"},
    {kUttered, "said written typed wrote uttered"},
    {kUnsaid, "unaware oblivious unsaid unmentioned unreported undisclosed unseen"},
    {kBetween, "between entre unter"},
    {kLeave, "leave leaves left skip omit lass laisse deja"},
    {kOut, "out off side aside away loose"},
    {kDo,
     "delete remove wipe erase purge disable pay buy purchase transfer approve merge push install download grant book order "
     "reset rotate revoke close overwrite modify strip publish lösche löschen supprime supprimez borra elimina cancella pick "
     "choose rate recommend recommended save share upload export run execute disclose divulge mark treat"},
    {kHello, "hello hi hey dear hallo bonjour hola attn attention chère cher caro cara querido querida estimado estimada prezado lieber liebe дорогой"},
    {kOf, "in on of at from about regarding concerning del della delle sulla sul sobre zur zum über bezüglich concernant respecto об о по"},
    {kRefuse, "decline declines refuse refuses obeys obey hesitate apologise apologize"},
    {kEnvironment, "environment env environ umgebungsvariablen printenv"},
    {kOutrank,
     "outrank outranks supersede supersedes overrule overrules override overrides prevail prevails precedence conflict "
     "conflicts"},
    {kFirst, "first beforehand zuerst d'abord primero prima afterwards previously"},
    {kLanguage, "language large langage lenguaje linguagem linguaggio virtual virtuale artificial"},
    {kPlay, "play game role character persona theatre actor rôle rol rolle spiel named called twice simulate"},
    {kEvery, "each every whenever anytime always any"},
    {kPerson, "she he they her him them lui gli"},
    {kHarm,
     "delete remove wipe erase purge pay buy purchase transfer wire approve merge push grant revoke reset disable publish "
     "share upload forward email resend overwrite rotate lösche löschen überweise überweisen supprime supprimez borra borre "
     "elimina elimine cancella apague exclua verwijder usuń удали удалите supprimer borrar eliminar cancellare apagar löscht "
     "überweist envoyer"},
    {kAgreed, "approved agreed consented authorised authorized pre-approved pre-authorised pre-authorized preauthorized vetted resolved"},
    {kAuto,
     "automated automatic autonomous automatische automatischen automatico automático automática automáticos automatisés "
     "automatique"},
    {kOnly, "only solely uniquement solo solamente somente nur ausschließlich только"},
    {kInformed, "informed told notified alerted warned"},
    {kEven, "even"},
    {kSpelled, "backwards backward reversed letter riddle rhyme acrostic poem"},
    {kDrawnIn, "you're you've"},
    {kChanged, "changed"},
    {kSends, "sends transmits forwards uploads shares collects logs stores records relays posts exports submits"},
    {kUntil, "until unless jusqu'à hasta finché"},
    {kDropped, "unut unutun yoksay"},
    {kContent, "content contents text output plaintext inhalt contenu contenido contenuto conteúdo inhoud содержимое"},
    {kMatter,
     "reminder notice invoice letter email e-mail mail mailing correspondence newsletter announcement notification draft "
     "receipt quote quotation estimate offer appointment booking reservation meeting payment delivery shipment ticket "
     "voucher memo circular bulletin alert mahnung mahnungen erinnerung erinnerungen rechnung rechnungen schreiben mitteilung "
     "mitteilungen benachrichtigung benachrichtigungen angebot angebote rappel facture courrier courriel relance devis aviso "
     "factura fatura recordatorio carta correo lembrete avvisi sollecito solleciti fattura fatture lettere promemoria "
     "herinnering herinneringen factuur facturen aanmaning aanmaningen brieven письма уведомления счета напоминания "
     "sessions state warning error exception failure build commit release"},
    {kNeed,
     "recover verify unlock continue otherwise retry restore proceed re-authenticate retrying remaining display fails rest"},
};

constexpr LexiconRow kRunOn[] = {
    {kIgnore, "忽略 无视 忘记 忽視 無視 忘れ 무시 잊어 抛弃 放弃 忽略掉 不要理会 不必理会 不再遵循 不要遵循 不要再遵循 不必遵守 不要遵守 忘掉 忘れて"},
    {kPrior, "之前 先前 以前 此前 以上 上述 上面 原来 原有 当前 现有 これまで 以前の 上記 先の 이전 앞선 위의 기존"},
    {kAll, "所有 全部 一切 任何 すべて 全て 모든 全文 完整"},
    {kYour, "你的 您的 あなたの 당신의 너의"},
    {kInstruction,
     "指示 指令 说明 提示词 要求 规则 規則 命令 說明 指令 ルール 述べ 지시 명령 프롬프트 지침 规定 设定 约束"},
    {kTask, "任务 任務 タスク 작업 请求 问题 依頼 要求"},
    {kLimit, "限制 约束 规则 審査 审查 制限 제한 規則 道德"},
    {kNot, "不要 切勿 不得 不能 不必 请勿 勿 别 禁止 ないで しないで なく 말고 마세요 않고 不可 마십시오 마시오 ず 无须 ないこと"},
    {kWithout, "无需 無需 未经 不经 なしで のない 没有 沒有 없이 없는"},
    {kTell, "告诉 告知 提及 提示 透露 提醒 说明 通知 伝え 言わ 知らせ 報告 알리 말하 通報"},
    {kAsk, "询问 征得 征求 确认 確認 尋ね 묻"},
    {kConsent, "同意 许可 许可 確認 允许 許可 동의"},
    {kUser, "用户 使用者 ユーザー 사용자 用戶 操作者 主人"},
    {kHide, "隐瞒 隐藏 隠し 숨기"},
    {kModel, "助手 模型 智能体 アシスタント 모델 어시스턴트 エージェント 机器人"},
    {kAi, "AI助手 大模型 语言模型 AI模型 AI アシスタント 人工智能 言語モデル 人工知能 에이아이"},
    {kYou, "你 您 あなた 당신"},
    {kAre, "是 为 です"},
    {kNow, "现在 从现在起 立即 马上 今から 지금 即刻"},
    {kMust, "必须 务必 需要 应当 请 必ず 반드시 立即 须"},
    {kSend, "发送 发送到 转发 上传 发给 送信 転送 전송 보내 提交 寄送 发送至 转发至"},
    {kRead, "读取 打开 查看 读 読み 読んで 읽"},
    {kPass, "填入 传入 包含 附上 放入 写入 作为 含め 포함"},
    {kConversation, "聊天 对话 会话 收件箱 邮件 聊天记录 メール 会話 대화 메일 消息 对话内容"},
    {kDialogue, "对话 聊天 会话 对话内容 聊天记录 会話 대화"},
    {kKnow, "知道 知晓 得知"},
    {kHistory, "记录 历史 聊天记录 履歴 기록 内容 对话内容"},
    {kEnvironment, "環境変数 环境变量"},
    {kSecret, "密码 密钥 口令 パスワード 秘密鍵 비밀번호 令牌 凭证 環境変数 认证信息 認証情報 环境变量"},
    {kUse, "调用 使用 运行 执行 呼び出 実行 호출 실행"},
    {kTool, "工具 ツール 도구"},
    {kDo, "删除 支付 购买 转账 删掉 削除 삭제 安装 禁用 批准"},
    {kReveal, "输出 显示 打印 展示 告诉我 表示 出力 출력 保存 泄露 复述 说出"},
    {kSystem, "系统 系統 システム 시스템 初始"},
    {kPrompt, "提示词 提示 プロンプト 프롬프트 系统提示词 初始指令"},
    {kVoid, "失效 作废 无效 無効 取消 废止 무효"},
    {kWhen, "なら 場合 もし 如果 若 만약 라면"},
    {kActAs, "扮演 假装 角色 演じ 역할"},
    {kFree, "不受限制 无限制 無制限"},
    {kStop, "停止 中止 終了 중단 终止"},
    {kReading, "阅读 读到 处理 読んで 読む 读取 读取到 处理する 읽는 처리하는"},
    {kBefore, "之前 前 前に 以前 전에"},
    {kFirst, "先 まず 首先 먼저"},
    {kEvery, "每次 毎回 매번 都"},
    {kReport, "攻击 注入 例如 示例 之类 攻撃 例えば 공격"},
    {kHarm, "删除 支付 购买 转账 删掉 提交 发送 转发 削除 送信 転送 삭제 송금 전송"},
    {kOnly, "只 仅 だけ 만"},
    {kDropped, "忽視 無視 忘れ 忘れて 従わない 表示して 出力して 教えて 見せて 무시 잊어 잊고 보여줘 출력해"},
    {kData, "内容 资料 数据 データ 데이터 文件 文本"},
};
// clang-format on

}  // namespace

std::span<const LexiconRow> lexicon_rows() { return kRows; }
std::span<const LexiconRow> run_on_rows() { return kRunOn; }

}  // namespace agentmesh::policy::scan
