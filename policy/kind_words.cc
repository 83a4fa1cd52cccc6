#include <algorithm>
#include <vector>

#include "policy/kinds.h"

namespace agentmesh::policy {
namespace {

struct Row {
  Kind kind = Kind::kUnknown;
  KindWord::Thing thing = KindWord::Thing::kNever;
  std::string_view words;  // apart by blanks, in alphabetical order
};

constexpr auto kNever = KindWord::Thing::kNever;
constexpr auto kBehindReading = KindWord::Thing::kBehindReading;
constexpr auto kOfReading = KindWord::Thing::kOfReading;

// clang-format off
constexpr Row kRows[] = {
    // Looking, and thinking about what was seen.
    {Kind::kRead, kNever,
     "activity addition analyse analysis analytics analyze analyzer answer ask audit availability available average "
     "calc calculate calculation calculator calendar can cat cd ceiling check checker classification classifier "
     "classify closest compare comparison computation compute conversion convert converter count current data decode "
     "definition definitions derivative describe detail details detect detection detector diff dir directions discover "
     "distance divide division docs document documentation du earnings echo encode estimate estimation estimator "
     "evaluation evaluator exists experiences explain explore explorer extract extraction extractor fact factorize "
     "facts filter find finder floor forecast formatter gcd geocode get gets getter glob grep has hash head help "
     "historical history identifier identify identity info information infos inspect inspector is join latest lcm "
     "leaderboard license list listing lists load loader loads log logarithm logs look lookup ls mandates match math "
     "max mean measure median metadata metrics min mode monitor multiplication multiply near nearby nearest news now "
     "optimize optimizer overview parse parser percentage ping plan planner popular population power predict "
     "prediction predictor preview price prices pricing probability profile pwd quality quote quotes random rank "
     "ranking rankings rate rates read reader readme reads reason recall recognize recommend recommendation "
     "recommendations related report reports resolve result results retrieval retrieve revenue review reviews round "
     "route routes sample say scan scanner schedules schema schemas score scores screenshot search searcher select "
     "sequentialthinking show similar simulate simulation simulator size snapshot snapshots solve solver sort standing "
     "standings stat statistic statistics stats status subtract subtraction suggest suggestion suggestions sum "
     "summaries summarise summarize summarizer summary tail temperature tempo test think thinking today top trace "
     "track tracker translate translation translator tree trending trends validate validation validator value "
     "verification verify version versions view viewer views wait watch wc weather what where who whoami whois"},
    // Asking a database.
    {Kind::kQuery, kNever,
     "queries query sql"},
    // Changing what is there.
    {Kind::kWrite, kNever,
     "activate activation add adds adjust align alter append apply approve assign attach authenticate ban builder buy "
     "cancel cas change charge checkout chmod chown cleaner click close combine complete compose compress configure "
     "control copy cp create creates creation creator crop customize deactivate decr decrement decrypt detach disable "
     "dismiss drag draw edit editor enable encrypt end enqueue expire fill finish flip follow fork fund generate "
     "generation generator grant handover hover import incr increment init initialize insert interact kick leave like "
     "lock login logout make manage management manager mark memorize merge merger migrate mkdir modify move mute mv "
     "overwrite paint patch pause pay pin play plot populate prepend press put quit rebase redo refund register reject "
     "remember rename render reopen replace reprioritize reschedule reserve reset resize restart restore resume revert "
     "rollback rotate save scaffold scroll seed sell set sign split splitter stage start stash stop submit switch symlink sync "
     "toggle touch type unarchive unassign undo unfollow unlock unpack unpin unpublish unstar untag untar unzip update updater "
     "upgrade upsert withdraw write writer zip"},
    {Kind::kWrite, kBehindReading,
     "archive book build chart commit deposit draft format label order purchase record schedule star store tag "
     "transfer updates"},
    // Going out to fetch.
    {Kind::kNetwork, kNever,
     "browse browser clone connect crawl crawler curl download fetch goto http https navigate open playwright "
     "puppeteer scrape scraper selenium visit wget"},
    {Kind::kNetwork, kBehindReading,
     "downloads pull push request url web webhook webpage"},
    // Telling somebody.
    {Kind::kMessage, kNever,
     "broadcast notify send sender sends"},
    {Kind::kMessage, kBehindReading,
     "chat comment dm email forward invite mail message notification post reply sms tweet"},
    // Handing out.
    {Kind::kExport, kNever,
     "exfiltrate expose ftp publish rsync scp sftp upload"},
    {Kind::kExport, kBehindReading,
     "backup export exports share tunnel uploads"},
    // Running something.
    {Kind::kExecute, kNever,
     "ansible bash cmd deprovision dispatch eval evaluate exec execute invoke kill kubectl poweroff powershell reboot "
     "redeploy sh shell shutdown spawn ssh sudo systemctl terminate terraform undeploy uninstall vagrant zsh"},
    {Kind::kExecute, kOfReading,
     "crontab deploy executor install launch playbook runner"},
    {Kind::kExecute, kBehindReading,
     "bootstrap call command execution failover javascript provision python rollout run runs script terminal"},
    // Taking away.
    {Kind::kDelete, kNever,
     "clean clear decommission delete deletes destroy discard drop erase expunge flush flushall flushdb prune purge "
     "remove removes revoke rm rmdir shred teardown truncate unlink wipe"},
    {Kind::kDelete, kOfReading,
     "deletion removal trash"},
};

// Acts that are more than their verb says when done to these.
struct Pairs {
  Kind kind = Kind::kUnknown;
  std::string_view acts, things;  // each apart by blanks
  bool sends = false;
};
constexpr Pairs kPairs[] = {
    // Written down where others read it.
    {Kind::kWrite, "add answer append assign close create edit file insert merge open patch post put register reopen submit update upsert write",
     "answer campaign comment comments discussion event events feedback form forms gist gists incident invitation invite issue issues meeting "
     "newsletter page pages paste poll post posts pr record records release releases request requests review reviews snippet story survey "
     "thread ticket tickets tweet webhook wiki",
     true},
    // Out of a box, over what lies there.
    {Kind::kWrite, "extract",
     "archive tar tarball zip"},
    // To a screen that somebody looks at, and to a place that others read.
    {Kind::kMessage, "push",
     "alert alerts message messages notification notifications"},
    {Kind::kExport, "push",
     "branch branches chart commit commits docker git gitlab heroku helm image images origin registry remote repo repository tag tags "
     "upstream"},
    {Kind::kExport, "mirror",
     "branch branches commits git gitlab origin registry remote repo repository upstream"},
    {Kind::kExport, "make",
     "public"},
    // What runs for others begins, ends or becomes something else.
    {Kind::kExecute, "cordon drain evict pause promote restart resume rollback scale start stop suspend upgrade",
     "app apps cluster clusters compose container containers daemon daemons deployment deployments docker droplet environment fleet helm host "
     "hosts instance instances kubernetes lambda machine machines node nodes pod pods production pulumi release replicas "
     "server servers service services stack systemd vm vms worker workers"},
    {Kind::kExecute, "trigger",
     "build builds deploy deployment job jobs pipeline pipelines release workflow workflows"},
    {Kind::kExecute, "apply down up",
     "compose docker helm infrastructure manifest pulumi stack"},
    // Nothing of what was there is left.
    {Kind::kDelete, "format",
     "device disk disks partition volume"},
    {Kind::kDelete, "partition repartition",
     "device disk disks drive volume"},
    {Kind::kDelete, "reset",
     "database db disk factory"},
};
// clang-format on

template <class Take>
void each_word(std::string_view words, Take take) {
  for (size_t begin = 0; begin < words.size();) {
    const size_t end = std::min(words.find(' ', begin), words.size());
    take(words.substr(begin, end - begin));
    begin = end + 1;
  }
}

}  // namespace

std::span<const KindWord> kind_words() {
  static const std::vector<KindWord> kWords = [] {
    std::vector<KindWord> words;
    for (const Row& row : kRows)
      each_word(row.words, [&](std::string_view word) {
        words.push_back({word, row.kind, row.thing});
      });
    return words;
  }();
  return kWords;
}

std::span<const KindPair> kind_pairs() {
  static const std::vector<KindPair> kAll = [] {
    std::vector<KindPair> all;
    for (const Pairs& pairs : kPairs) {
      KindPair& pair = all.emplace_back();
      pair.kind = pairs.kind;
      pair.sends = pairs.sends;
      each_word(pairs.acts, [&](std::string_view word) { pair.acts.push_back(word); });
      each_word(pairs.things, [&](std::string_view word) { pair.things.push_back(word); });
    }
    return all;
  }();
  return kAll;
}

}  // namespace agentmesh::policy
