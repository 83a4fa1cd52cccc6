#include "policy/only_looks.h"

#include <algorithm>
#include <array>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"
#include "policy/scan/name_words.h"
#include "policy/scan/word_lists.h"

namespace agentmesh::policy {

namespace {

// What a program for a cluster, for machines or for infrastructure is told to do that only looks, and what a cluster's is told to look
// at.
constexpr std::array<std::string_view, 24> kLookingWords = {
    "api-resources", "api-versions", "cluster-info", "describe",     "events",
    "explain",       "get",          "is-active",    "is-enabled",   "is-failed",
    "list",          "list-timers",  "list-units",   "log",          "list-unit-files",
    "logs",          "output",       "show",         "status",       "top",
    "version",       "list-jobs",    "list-sockets", "global-status"};
constexpr std::array<std::string_view, 59> kLookedAt = {"all",
                                                        "cj",
                                                        "cm",
                                                        "configmap",
                                                        "configmaps",
                                                        "crd",
                                                        "crds",
                                                        "cronjob",
                                                        "cronjobs",
                                                        "daemonset",
                                                        "daemonsets",
                                                        "deploy",
                                                        "deployment",
                                                        "deployments",
                                                        "ds",
                                                        "endpoints",
                                                        "endpointslices",
                                                        "ep",
                                                        "ev",
                                                        "event",
                                                        "events",
                                                        "hpa",
                                                        "ing",
                                                        "ingress",
                                                        "ingresses",
                                                        "job",
                                                        "jobs",
                                                        "namespace",
                                                        "namespaces",
                                                        "netpol",
                                                        "networkpolicies",
                                                        "networkpolicy",
                                                        "no",
                                                        "node",
                                                        "nodes",
                                                        "ns",
                                                        "persistentvolumeclaims",
                                                        "persistentvolumes",
                                                        "po",
                                                        "pod",
                                                        "pods",
                                                        "pv",
                                                        "pvc",
                                                        "quota",
                                                        "replicaset",
                                                        "replicasets",
                                                        "resourcequotas",
                                                        "rs",
                                                        "sa",
                                                        "sc",
                                                        "service",
                                                        "serviceaccount",
                                                        "serviceaccounts",
                                                        "services",
                                                        "statefulset",
                                                        "statefulsets",
                                                        "storageclasses",
                                                        "sts",
                                                        "svc"};
// And how; all others may name a file, a program or who asks: --kubeconfig, -m. -o says in which form.
constexpr std::array<std::string_view, 33> kLookingOptions = {"-A",
                                                              "--all-namespaces",
                                                              "--container",
                                                              "-n",
                                                              "--namespace",
                                                              "--previous",
                                                              "--selector",
                                                              "--since",
                                                              "--show-labels",
                                                              "--sort-by",
                                                              "--tail",
                                                              "--watch",
                                                              "--timestamps",
                                                              "--no-headers",
                                                              "--field-selector",
                                                              "--containers",
                                                              "--all-containers",
                                                              "--no-pager",
                                                              "--ignore-not-found",
                                                              "--label-columns",
                                                              "-json",
                                                              "--json",
                                                              "-no-color",
                                                              "--no-color",
                                                              "-raw",
                                                              "--lines",
                                                              "--machine-readable",
                                                              "--show-kind",
                                                              "--since-time",
                                                              "--limit-bytes",
                                                              "--prefix",
                                                              "--no-legend",
                                                              "--full"};
// The same where a cluster is looked at, and where a machine's services are: of other programs these run something.
constexpr std::array<std::string_view, 5> kOfCluster = {"-L", "-c", "-l", "-p", "-w"};
constexpr std::array<std::string_view, 4> kOfServices = {"-a", "-l", "-p", "-t"};
constexpr std::array<std::string_view, 8> kForms = {"cat",   "json", "name", "short",
                                                    "table", "text", "wide", "yaml"};
// Of these the first word is a command or a place where one is run, whatever it is.
constexpr std::array<std::string_view, 10> kShellWords = {
    "ansible", "bash", "cmd", "playbook", "powershell", "python", "sh", "shell", "ssh", "zsh"};

bool has(std::string_view text, std::string_view part) { return text.find(part) < text.size(); }

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), scan::is_digit);
}

bool is_of_cluster(std::string_view tool) {
  return has(scan::ascii_lower(tool), "k8s") || scan::any_word(tool, [](std::string_view word) {
           return word == "kubectl" || word == "oc";
         });
}

bool is_of_services(std::string_view tool) {
  return scan::any_word(tool, [](std::string_view word) { return word == "systemctl"; });
}

// As a cluster's program is told them: "custom-columns=NAME:.metadata.name", and never of a file.
bool is_form(std::string_view text) {
  return scan::is_among(kForms, text) || text.starts_with("custom-columns=");
}

// The words that a tool's program is given.
struct Given {
  const std::vector<std::string_view>& words;
  bool cluster = false;
  bool services = false;
};

// The word at `at`, which goes on to one that belongs to it: "-o", "json".
bool looks(const Given& given, size_t& at) {
  const std::vector<std::string_view>& words = given.words;
  const std::string_view word = words[at];
  if (!word.starts_with('-') || is_number(word.substr(1))) return true;
  const size_t value = word.find('=');
  const std::string_view option = word.substr(0, value);
  if (option == "-o" || option == "--output") {
    if (value < word.size()) return is_form(word.substr(value + 1));
    return ++at < words.size() && is_form(words[at]);
  }
  if (option == "-f" || option == "--follow")
    return value > word.size() && (words[0] == "log" || words[0] == "logs");
  if (scan::is_among(kLookingOptions, option)) return true;
  if (given.cluster || given.services) {
    // With its value: "-owide", "-nkube-system".
    if (word.starts_with("-o")) return is_form(word.substr(2));
    if (word.starts_with("-n")) return true;
  }
  return (given.cluster && scan::is_among(kOfCluster, option)) ||
         (given.services && scan::is_among(kOfServices, option));
}

// "pods", "pod/web-1", "pods,svc".
bool is_looked_at(std::string_view word) {
  word = word.substr(0, word.find('/'));
  for (size_t begin = 0; begin <= word.size();) {
    const size_t end = std::min(word.find(',', begin), word.size());
    if (!scan::is_among(kLookedAt, word.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace

ProgramTool::ProgramTool(std::string_view tool)
    : shell(scan::has_word(tool, kShellWords)),
      cluster(is_of_cluster(tool)),
      services(is_of_services(tool)) {}

bool only_looks(const ProgramTool& tool, const std::vector<std::string_view>& words) {
  const auto plain = [](std::string_view word) {
    return word != "--" && std::all_of(word.begin(), word.end(), [](char c) {
             return scan::is_alnum(c) || std::string_view("-_./=:,@").find(c) < 8;
           });
  };
  if (words.empty() || !std::all_of(words.begin(), words.end(), plain)) return words.empty();
  if (is_number(words[0])) return words.size() == 1;
  const Given given{words, tool.cluster, tool.services};
  if (tool.shell ||
      !(scan::is_among(kLookingWords, words[0]) || (given.cluster && is_looked_at(words[0]))))
    return false;
  for (size_t at = 1; at < words.size(); ++at)
    if (!looks(given, at)) return false;
  return true;
}

}  // namespace agentmesh::policy
