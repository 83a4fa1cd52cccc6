#include <algorithm>
#include <vector>

#include "policy/kinds.h"

namespace agentmesh::policy {
namespace {

struct Row {
  Kind kind = Kind::kUnknown;
  bool noun = false;
  std::string_view words;  // apart by blanks, in alphabetical order
};

// clang-format off
constexpr Row kRows[] = {
    // Looking, and thinking about what was seen.
    {Kind::kRead, false,
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
    {Kind::kQuery, false,
     "queries query sql"},
    // Changing what is there.
    {Kind::kWrite, false,
     "activate activation add adds adjust align alter append apply approve assign attach authenticate ban builder buy "
     "cancel cas change charge checkout chmod chown cleaner click close combine complete compose compress configure "
     "control copy cp create creates creation creator crop customize deactivate decr decrement decrypt detach disable "
     "dismiss drag draw edit editor enable encrypt end expire fill finish flip follow fork fund generate generation "
     "generator grant handover hover import incr increment init initialize insert interact kick leave like lock login "
     "logout make manage management manager mark memorize merge merger mkdir modify move mute mv overwrite paint patch "
     "pause pay pin play plot populate prepend press put quit rebase redo refund register reject remember rename "
     "render reopen replace reprioritize reschedule reserve reset resize restart restore resume revert rollback rotate "
     "save scaffold scroll sell set sign split splitter stage start stash stop submit switch sync toggle touch type "
     "unarchive unassign undo unfollow unlock unpin unpublish unstar untag unzip update updater upgrade upsert "
     "withdraw write writer zip"},
    {Kind::kWrite, true,
     "archive book build chart commit deposit draft format label order purchase record schedule star store tag "
     "transfer updates"},
    // Going out to fetch.
    {Kind::kNetwork, false,
     "browse browser clone connect crawl crawler curl download fetch goto http https navigate open playwright "
     "puppeteer scrape scraper selenium visit wget"},
    {Kind::kNetwork, true,
     "downloads pull push request url web webhook webpage"},
    // Telling somebody.
    {Kind::kMessage, false,
     "broadcast notify send sender sends"},
    {Kind::kMessage, true,
     "chat comment dm email forward invite mail message notification post reply sms tweet"},
    // Handing out.
    {Kind::kExport, false,
     "exfiltrate ftp publish rsync scp sftp upload"},
    {Kind::kExport, true,
     "backup export exports share uploads"},
    // Running something.
    {Kind::kExecute, false,
     "ansible bash cmd deploy dispatch eval evaluate exec execute executor install invoke kill kubectl launch playbook "
     "powershell runner sh shell spawn ssh sudo terminate terraform uninstall zsh"},
    {Kind::kExecute, true,
     "call command execution javascript python run runs script terminal"},
    // Taking away.
    {Kind::kDelete, false,
     "clean clear delete deletes deletion destroy discard drop erase flush flushall flushdb prune purge removal remove "
     "removes revoke rm rmdir trash truncate unlink wipe"},
};
// clang-format on

}  // namespace

std::span<const KindWord> kind_words() {
  static const std::vector<KindWord> kWords = [] {
    std::vector<KindWord> words;
    for (const Row& row : kRows) {
      for (size_t begin = 0; begin < row.words.size();) {
        const size_t end = std::min(row.words.find(' ', begin), row.words.size());
        words.push_back({row.words.substr(begin, end - begin), row.kind, row.noun});
        begin = end + 1;
      }
    }
    return words;
  }();
  return kWords;
}

}  // namespace agentmesh::policy
