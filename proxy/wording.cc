#include "proxy/wording.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "policy/scan/our_words.h"

namespace agentmesh::proxy {
namespace {

// Sentences are joined with a full stop and a blank, whatever they came with.
void add_sentence(std::string& text, std::string_view sentence) {
  while (!sentence.empty() && (sentence.back() == '.' || sentence.back() == ' '))
    sentence.remove_suffix(1);
  if (sentence.empty()) return;
  const bool begins = !text.empty() && text.back() == '.';
  if (!text.empty() && text.back() != ' ') text += ' ';
  text += sentence;
  char& first = text[text.size() - sentence.size()];
  if (begins && first >= 'a' && first <= 'z') first = static_cast<char>(first - 'a' + 'A');
  text += '.';
}

std::string rule_sentence(std::string_view policy, std::string_view rule, std::string_view at) {
  if (rule.empty()) return "";
  std::string name = policy.empty() ? std::string(rule) : fmt::format("{}/{}", policy, rule);
  return at.empty() ? fmt::format("Rule: {}", name) : fmt::format("Rule: {} ({})", name, at);
}

// Whoever reads it is `user`.
std::string needs_yes(const std::vector<std::string_view>& approvers) {
  if (approvers.empty() || (approvers.size() == 1 && approvers[0] == "user"))
    return std::string(policy::kNeedsYes);
  return fmt::format("{}{}{}", policy::kNeedsYesOf, fmt::join(approvers, " or "),
                     policy::kRunForYes);
}

}  // namespace

std::string denial_text(const Judgement& judgement, std::string_view state_words) {
  std::string text(judgement.effect == Judgement::Effect::kTicket ? policy::kHeld
                                                                  : policy::kBlocked);
  add_sentence(text, judgement.reason.empty() ? std::string_view("the policy does not allow this")
                                              : judgement.reason);
  add_sentence(text, rule_sentence(judgement.policy, judgement.rule, judgement.rule_at));
  add_sentence(text, judgement.way_out);
  if (!state_words.empty() && judgement.way_out.find("`agentmesh ") != std::string::npos)
    add_sentence(text, fmt::format("Add `{}` to that command", state_words.substr(1)));
  return text;
}

std::string ticket_way_out(std::string_view ask, const policy::Verdict& verdict) {
  std::string out = fmt::format(
      "{}approvals approve {}` in a terminal, then ask again (good for one call with exactly these arguments, for 10 minutes)",
      needs_yes(verdict.approvers), ask.substr(0, 4));
  if (!verdict.exception.empty())
    out += fmt::format(". Or let this tool through for an hour: `{}`", verdict.exception);
  return out;
}

std::string withheld_text(const policy::Verdict& verdict) {
  std::string text(policy::kWithheld);
  add_sentence(text, verdict.reason.empty()
                         ? std::string_view("the policy does not let this result through")
                         : verdict.reason);
  const std::string at =
      verdict.file.empty() ? "" : fmt::format("{}:{}", verdict.file, verdict.line);
  add_sentence(text, rule_sentence(verdict.policy, verdict.rule, at));
  add_sentence(text, "The tool did run; only what it returned was kept back");
  add_sentence(text, verdict.suggest);
  return text;
}

std::string unreadable_text(std::string_view reason) {
  return fmt::format("{} the server's answer cannot be read in one way: {}", policy::kWithheld,
                     reason);
}

std::string refusal_text(std::string_view reason) {
  return fmt::format("{} {}", policy::kRefused, reason);
}

}  // namespace agentmesh::proxy
