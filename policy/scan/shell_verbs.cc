#include "policy/scan/shell_verbs.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongestWord = 512;  // that is compared

constexpr Severity kHigh = Severity::kHigh;
constexpr Severity kMedium = Severity::kMedium;

// Alternatives are parted by "|" everywhere. Small letters, but for the letter of an option.
struct Verb {
  std::string_view programs;
  // Words, in this order, with nothing but options and their values between. "ns/" is a beginning, "..." any words, <url> another
  // machine's repository, <http> what anybody on the way can change, <guard> a service that watches.
  std::string_view words;
  std::string_view options;  // all of which have to be there: "-f" in any bundle
  std::string_view id;
  Severity severity;
};

constexpr std::string_view kWipe = "shell.wipe";
constexpr std::string_view kDefence = "shell.defence";
constexpr std::string_view kTraces = "shell.traces";
constexpr std::string_view kDeletes = "shell.recursive-delete";

// What watches over a machine, as a service.
constexpr std::string_view kGuards =
    "auditd|firewalld|ufw|nftables|iptables|apparmor|fail2ban|crowdsec|falco|osqueryd|clamd|"
    "clamav-daemon|wazuh-agent|falcon-sensor|mdatp|sysmon|rsyslog|syslog|syslog-ng|"
    "systemd-journald|windefend|mpssvc|eventlog|sense";

constexpr Verb kVerbs[] = {
    // Clusters and what describes them.
    {"kubectl|oc", "delete namespace|namespaces|ns|namespace/|namespaces/|ns/", "", kWipe, kHigh},
    {"kubectl|oc", "delete all", "--all", kWipe, kHigh},
    {"kubectl|oc", "delete", "--all -A|--all-namespaces", kWipe, kHigh},
    {"kubectl|oc", "delete", "--all", kWipe, kMedium},
    {"kubectl|oc", "delete pvc|pvc/|persistentvolumeclaim|persistentvolumeclaims", "", kWipe,
     kMedium},
    {"kubectl|oc", "delete pv|pv/|persistentvolume|persistentvolumes|crd|crd/|crds|node|nodes", "",
     kWipe, kMedium},
    {"helm", "uninstall|delete|del|un", "", kWipe, kMedium},
    {"terraform|tofu|terragrunt", "destroy", "-auto-approve|--auto-approve", kWipe, kHigh},
    {"terraform|tofu|terragrunt", "apply", "-destroy|--destroy -auto-approve|--auto-approve", kWipe,
     kHigh},
    {"terraform|tofu|terragrunt", "destroy", "", kWipe, kMedium},
    {"terragrunt", "run-all destroy", "", kWipe, kHigh},
    {"pulumi", "destroy|down|dn", "-y|--yes", kWipe, kHigh},
    {"pulumi", "destroy|down|dn", "", kWipe, kMedium},
    {"cdk", "destroy", "-f|--force", kWipe, kHigh},
    {"cdk|sls|serverless", "destroy|remove", "", kWipe, kMedium},
    {"eksctl", "delete cluster", "", kWipe, kHigh},
    // Clouds.
    {"aws", "s3 rb", "--force", kWipe, kHigh},
    {"aws", "s3 rm", "--recursive", kDeletes, kMedium},
    {"aws", "s3api delete-bucket", "", kWipe, kMedium},
    {"aws", "rds delete-db-instance|delete-db-cluster", "", kWipe, kHigh},
    {"aws", "dynamodb delete-table", "", kWipe, kHigh},
    {"aws", "cloudformation delete-stack", "", kWipe, kHigh},
    {"aws", "eks|redshift|elasticache|docdb delete-cluster|delete-cache-cluster|delete-db-cluster",
     "", kWipe, kHigh},
    {"aws", "efs delete-file-system", "", kWipe, kHigh},
    {"aws", "kms schedule-key-deletion", "", kWipe, kHigh},
    {"aws", "ec2 terminate-instances|delete-volume|delete-snapshot", "", kWipe, kMedium},
    {"aws", "cloudtrail stop-logging|delete-trail", "", kTraces, kHigh},
    {"aws", "logs delete-log-group", "", kTraces, kMedium},
    {"aws", "guardduty delete-detector", "", kDefence, kHigh},
    {"gcloud", "projects delete", "", kWipe, kHigh},
    {"gcloud", "sql instances|databases delete", "", kWipe, kHigh},
    {"gcloud", "container clusters delete", "", kWipe, kHigh},
    {"gcloud", "compute instances|disks|snapshots delete", "", kWipe, kMedium},
    {"gcloud", "storage rm", "-r|-R|--recursive", kDeletes, kMedium},
    {"gcloud", "storage buckets delete", "", kWipe, kMedium},
    {"gcloud", "logging logs|sinks delete", "", kTraces, kHigh},
    {"gsutil", "rm", "-r|-R", kDeletes, kMedium},
    {"bq", "rm", "-r", kWipe, kMedium},
    {"az", "group delete", "", kWipe, kHigh},
    {"az", "storage account delete", "", kWipe, kHigh},
    {"az", "sql|postgres|mysql db|server|flexible-server delete", "", kWipe, kHigh},
    {"az", "aks|cosmosdb|keyvault delete", "", kWipe, kHigh},
    {"az", "vm|disk delete", "", kWipe, kMedium},
    {"doctl", "databases|db delete|rm", "", kWipe, kHigh},
    {"doctl", "kubernetes|k8s cluster delete|rm", "", kWipe, kHigh},
    {"heroku", "apps:destroy|pg:reset", "", kWipe, kHigh},
    {"fly|flyctl", "apps destroy", "", kWipe, kHigh},
    {"gh|glab", "repo delete", "", kWipe, kHigh},
    {"supabase", "db reset", "--linked", kWipe, kHigh},
    // Containers on this machine.
    {"docker|podman|nerdctl", "volume rm|remove|prune", "", kWipe, kMedium},
    {"docker|podman|nerdctl", "system prune", "--volumes", kWipe, kMedium},
    {"docker|podman|nerdctl", "compose down", "-v|--volumes", kWipe, kMedium},
    {"docker-compose|podman-compose", "down", "-v|--volumes", kWipe, kMedium},
    // Databases.
    {"dropdb", "", "", kWipe, kHigh},
    {"redis-cli|valkey-cli|keydb-cli", "flushall|flushdb", "", kWipe, kHigh},
    {"mysqladmin|mariadb-admin", "drop", "", kWipe, kHigh},
    {"rabbitmqctl", "reset|force_reset", "", kWipe, kHigh},
    {"etcdctl", "del", "--prefix", kWipe, kHigh},
    {"influx", "bucket delete", "", kWipe, kHigh},
    {"kafka-topics|kafka-topics.sh", "", "--delete", kWipe, kMedium},
    // Volumes and disks by their names.
    {"zpool", "destroy", "", kWipe, kHigh},
    {"zfs", "destroy", "-r|-R", kWipe, kHigh},
    {"zfs", "destroy", "", kWipe, kMedium},
    {"vgremove|pvremove|lvremove", "", "", kWipe, kHigh},
    {"cryptsetup", "erase|lukserase|luksformat", "", kWipe, kHigh},
    {"diskutil", "erasedisk|erasevolume|zerodisk|secureerase", "", kWipe, kHigh},
    // Repositories: what is there is written over; all that was ever in it goes to another place.
    {"git", "push <url>", "-f|--force", kWipe, kMedium},
    {"git", "push <url>", "--mirror", "shell.exfiltrate", kMedium},
    // What is installed runs.
    {"pip|pip3|pipx|npm|pnpm|yarn", "install|add|i <http>", "", "shell.pipe-to-shell", kMedium},
    // Guards.
    {"iptables|ip6tables|iptables-legacy|iptables-nft", "", "-F|--flush", kDefence, kHigh},
    {"iptables|ip6tables|iptables-legacy|iptables-nft", "input|forward accept", "-P|--policy",
     kDefence, kHigh},
    {"nft", "flush ruleset", "", kDefence, kHigh},
    {"pfctl", "", "-d", kDefence, kHigh},
    {"ufw", "disable|reset", "", kDefence, kHigh},
    {"setenforce", "0|permissive", "", kDefence, kHigh},
    {"aa-teardown", "", "", kDefence, kHigh},
    {"aa-disable|aa-complain", "...", "", kDefence, kMedium},
    {"auditctl", "", "-D", kDefence, kHigh},
    {"auditctl", "0", "-e", kDefence, kHigh},
    {"passwd", "", "-d|--delete", kDefence, kHigh},
    {"systemctl", "stop|disable|mask|kill ... <guard>", "", kDefence, kHigh},
    {"service|rc-service|invoke-rc.d", "<guard> stop", "", kDefence, kHigh},
    {"chkconfig", "<guard> off", "", kDefence, kHigh},
    {"net|sc", "stop|delete ... <guard>", "", kDefence, kHigh},
    {"stop-service", "<guard>", "", kDefence, kHigh},
    {"netsh", "advfirewall set ... state off", "", kDefence, kHigh},
    {"netsh", "firewall set opmode disable", "", kDefence, kHigh},
    {"set-mppreference", "",
     "-disablerealtimemonitoring|-disablebehaviormonitoring|-disableioavprotection", kDefence,
     kHigh},
    {"add-mppreference", "", "-exclusionpath|-exclusionprocess|-exclusionextension", kDefence,
     kHigh},
    {"spctl", "", "--master-disable|--global-disable", kDefence, kHigh},
    {"csrutil", "disable", "", kDefence, kHigh},
    // Traces of what was done.
    {"history", "", "-c", kTraces, kMedium},
    {"clear-history", "", "", kTraces, kMedium},
    {"set", "+o history", "", kTraces, kMedium},
    {"unset", "... histfile|histsize", "", kTraces, kMedium},
    {"export|declare|typeset", "... histfile=/dev/null|histfile=|histsize=0", "", kTraces, kMedium},
    {"wevtutil", "cl|clear-log", "", kTraces, kHigh},
    {"clear-eventlog|remove-eventlog", "", "", kTraces, kHigh},
    {"fsutil", "usn deletejournal", "", kTraces, kHigh},
};

// The table's programs in the order of their names' lengths: nearly every command of a line is none of them, and is told from them by
// a few comparisons.
class Programs {
 public:
  constexpr Programs() {
    size_t count = 0;
    for (size_t size = 0; size + 1 < from_.size(); ++size) {
      from_[size] = count;
      for (const Verb& verb : kVerbs)
        for (size_t at = 0; at < verb.programs.size();) {
          const size_t end = std::min(verb.programs.find('|', at), verb.programs.size());
          const std::string_view name = verb.programs.substr(at, end - at);
          if (name.size() == size && (count == from_[size] || names_[count - 1] != name))
            names_[count++] = name;
          at = end + 1;
        }
    }
    from_.back() = count;
  }
  bool hold(std::string_view name) const {
    if (name.size() + 1 >= from_.size()) return false;
    for (size_t i = from_[name.size()]; i < from_[name.size() + 1]; ++i)
      if (names_[i] == name) return true;
    return false;
  }

 private:
  std::array<std::string_view, 160> names_{};
  std::array<size_t, 24> from_{};  // where those of a length begin
};
constexpr Programs kPrograms;

// The first of the parts of `list`, which is taken off.
std::string_view next(std::string_view& list, char between) {
  const size_t end = std::min(list.find(between), list.size());
  const std::string_view part = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return part;
}

template <class Test>
bool any_of_list(std::string_view list, Test test) {
  while (!list.empty())
    if (test(next(list, '|'))) return true;
  return false;
}

bool is_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

// ssh://a@b/x, https://…, a@b:x
bool is_remote(std::string_view word) {
  const size_t at = word.find('@');
  return has(word, "://") || (at < word.size() && word.find(':', at) < word.size());
}

// Behind these stands a value, whatever it is called: kubectl delete -n ns pod x.
bool takes_value(std::string_view option) {
  return any_of_list("-n|--namespace|--context|--cluster|--kubeconfig|--profile|--region|--project",
                     [option](std::string_view one) { return one == option; });
}

// The value of these says where to look for what is installed, by its name.
bool is_index_option(std::string_view word) {
  return any_of_list(
      "-i|-f|-c|-r|--index-url|--extra-index-url|--find-links|--proxy|--registry|--https-proxy",
      [word](std::string_view option) { return option == word; });
}

bool is_open_download(std::string_view word) {
  constexpr std::string_view kPlain = "http://";
  if (word.starts_with("git+")) word.remove_prefix(4);
  if (!word.starts_with(kPlain)) return false;
  word.remove_prefix(kPlain.size());
  return !word.starts_with("localhost") && !word.starts_with("127.");
}

// One word of a verb, and what stood before it.
bool is_word(std::string_view given, std::string_view before, std::string_view wanted) {
  if (given.size() > kLongestWord) return false;
  const std::string lower = ascii_lower(given);
  std::string_view word = lower;
  if (word.ends_with(".service")) word.remove_suffix(8);
  const auto is_it = [word](std::string_view one) { return word == one; };
  return any_of_list(wanted, [&](std::string_view one) {
    if (one == "<url>") return is_remote(word);
    if (one == "<http>") return is_open_download(word) && !is_index_option(before);
    if (one == "<guard>") return any_of_list(kGuards, is_it);
    return one.ends_with('/') ? word.starts_with(one) : is_it(one);
  });
}

bool says(const ShellRun& run, std::string_view words) {
  size_t at = 0;
  bool value = false;  // the next word may be an option's
  bool anywhere = false;
  while (!words.empty()) {
    const std::string_view wanted = next(words, ' ');
    if (wanted == "...") {
      anywhere = true;
      continue;
    }
    for (bool found = false; !found; ++at) {
      if (at >= run.arguments.size()) return false;
      const std::string_view word = run.arguments[at];
      const std::string_view before =
          at == 0 ? std::string_view() : std::string_view(run.arguments[at - 1]);
      if (is_option(word)) {
        value = !has(word, "=");
      } else if (!(value && takes_value(before)) && is_word(word, before, wanted)) {
        found = true;
        value = anywhere = false;
      } else if (!std::exchange(value, false) && !anywhere) {
        return false;
      }
    }
  }
  return true;
}

bool is_given(const ShellRun& run, std::string_view option) {
  const bool letter = option.size() == 2 && option[0] == '-';
  return std::any_of(run.arguments.begin(), run.arguments.end(), [&](std::string_view word) {
    if (!is_option(word) || word.size() > kLongestWord) return false;
    if (letter)  // -rf, and no -long of a program that writes its options so
      return word[1] != '-' && word.size() <= 6 && has(word, option.substr(1));
    const std::string lower =
        ascii_lower(word.substr(0, std::min(word.find_first_of("=:"), word.size())));
    return lower == option;
  });
}

bool gives(const ShellRun& run, std::string_view options) {
  while (!options.empty())
    if (!any_of_list(next(options, ' '),
                     [&run](std::string_view option) { return is_given(run, option); }))
      return false;
  return true;
}

// It only says what it would do, or could.
bool only_talks(const ShellRun& run) {
  return std::any_of(run.arguments.begin(), run.arguments.end(), [](const std::string& word) {
    return word == "--help" || word == "-help" || word == "--dryrun" ||
           (word.starts_with("--dry-run") && !word.ends_with("=none") && !word.ends_with("=false"));
  });
}

// mongosh shop --eval 'db.dropDatabase()'
bool drops_documents(const ShellRun& run) {
  if (run.name != "mongo" && run.name != "mongosh") return false;
  return std::any_of(run.arguments.begin(), run.arguments.end(), [](std::string_view word) {
    std::string bare;
    for (const char c : word.substr(0, 8192))
      if (c != ' ') bare.push_back(c);
    return has(bare, ".dropDatabase(") || has(bare, ".drop()") || has(bare, ".deleteMany({})") ||
           has(bare, ".remove({})");
  });
}

}  // namespace

void find_verbs(const ShellRun& run, std::vector<Hit>& hits) {
  if (drops_documents(run)) add_hit(hits, {kWipe, kHigh});
  if (!kPrograms.hold(run.name)) return;
  for (const Verb& verb : kVerbs) {
    const bool named =
        any_of_list(verb.programs, [&run](std::string_view name) { return name == run.name; });
    if (named && gives(run, verb.options) && says(run, verb.words) && !only_talks(run))
      add_hit(hits, {verb.id, verb.severity});
  }
}

}  // namespace agentmesh::policy::scan
