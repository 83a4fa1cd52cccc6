#include "policy/scan/text_forms.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "policy/scan/byte_classes.h"

namespace agentmesh::policy::scan {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool begins(std::string_view text, std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  for (size_t i = 0; i < lower_prefix.size(); ++i)
    if (lower(text[i]) != lower_prefix[i]) return false;
  return true;
}

template <size_t N>
bool begins_any(std::string_view text, const std::array<std::string_view, N>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return begins(text, prefix); });
}

constexpr size_t kLongestStyled = 4000;
constexpr size_t kMaxRegions = 64;

// The end of what a client wraps a result in, written into the result: no document closes what it did not open.
constexpr std::array<std::string_view, 12> kEnvelopes = {
    "</tool_result",     "</tool_output",   "</tool_response", "</function_result",
    "</function_output", "<function_calls", "<tool_call>",     "<tool_use>",
    "[/tool_result",     "</tool_results",  "<|tool",          "</observation"};

constexpr std::array<std::string_view, 18> kTokens = {
    "<|im_start|>",  "<|im_end|>",    "<|im_sep|>",          "<|system|>",    "<|user|>",
    "<|assistant|>", "<|endoftext|>", "<|start_header_id|>", "<|eot_id|>",    "<|begin_of_text|>",
    "<<sys>>",       "<</sys>>",      "<start_of_turn>",     "<end_of_turn>", "[inst]",
    "[/inst]",       "<|end|>",       "<|channel|>"};

// What may stand in a marker's brackets: "[SYSTEM", "<system_directive", "(system_message", "### System Instruction".
constexpr std::array<std::string_view, 14> kRoles = {
    "system_message",     "system message",        "system_instruction", "system instruction",
    "system_directive",   "system directive",      "system override",    "system_override",
    "hidden instruction", "hidden_instruction",    "hidden-instruction", "admin override",
    "developer_message",  "system prompt override"};

bool is_line_start(std::string_view text, size_t at) {
  while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '*' || text[at - 1] == '\t' ||
                    text[at - 1] == '#'))
    --at;
  return at == 0 || text[at - 1] == '\n';
}

// At the start of a line or behind the end of a sentence.
bool begins_sentence(std::string_view text, size_t at) {
  while (at > 0 &&
         (text[at - 1] == ' ' || text[at - 1] == '*' || text[at - 1] == '"' || text[at - 1] == '-'))
    --at;
  return at == 0 || std::string_view("\n.!?:;>|,").find(text[at - 1]) != std::string_view::npos;
}

void bracket(std::string_view text, size_t at, Forms& forms) {
  const std::string_view rest = text.substr(at, 48);
  if (begins_any(rest, kTokens) || begins_any(rest, kEnvelopes)) forms.template_token = true;
  std::string_view inside = rest.substr(1);
  while (!inside.empty() &&
         (inside[0] == '(' || inside[0] == ' ' || inside[0] == '#' || inside[0] == '/'))
    inside.remove_prefix(1);
  if (begins_any(inside, kRoles)) forms.role_marker = true;
  const char open = text[at];
  if (open == '[' && begins_sentence(text, at) &&
      (inside.substr(0, 7) == "SYSTEM]" || inside.substr(0, 7) == "SYSTEM:" ||
       inside.substr(0, 6) == "ADMIN]" || inside.substr(0, 7) == "System]")) {
    const size_t close = text.find(']', at);
    if (close + 2 < text.size() &&
        (text[close + 1] == ' ' || text[close + 1] == ':' || text[close + 1] == '\n'))
      forms.role_marker = true;
  }
  if (open == '<' && (begins(inside, "system>") || begins(inside, "assistant>")))
    forms.role_marker = true;
  if (open == '<' && (begins(inside, "important>") || begins(inside, "information>") ||
                      begins(inside, "critical>") || begins(inside, "instructions>") ||
                      begins(inside, "instruction>")))
    forms.loud_tag = true;
}

// What a form begins with: brackets, ###, SYSTEM: or ASSISTANT:.
constexpr ByteSet kSigns([](uint8_t c) {
  return c == '<' || c == '[' || c == '(' || c == '{' || c == '#' || c == 'S' || c == 'A';
});

}  // namespace

Forms find_forms(std::string_view text) {
  Forms forms;
  for (size_t at = kSigns.find(text, 0); at < text.size(); at = kSigns.find(text, at + 1)) {
    const char c = text[at];
    if (c == '<' || c == '[' || c == '(' || c == '{') {
      bracket(text, at, forms);
    } else if (c == '#' && text.substr(at, 3) == "###") {
      std::string_view rest = text.substr(at + 3, 40);
      while (!rest.empty() && (rest[0] == '#' || rest[0] == ' ' || rest[0] == '('))
        rest.remove_prefix(1);
      if (begins(rest, "instruction:") || begins(rest, "system:") ||
          begins(rest, "system message") || begins(rest, "new instruction")) {
        const size_t colon = rest.find(':');
        const bool bare =
            colon == std::string_view::npos ||
            rest.substr(colon + 1).find_first_not_of(' ') == rest.substr(colon + 1).find('\n');
        (bare ? forms.bare_heading : forms.heading_role) = true;
      }
      if (begins_any(rest, kRoles)) forms.role_marker = true;
      at += 2;
    } else if ((c == 'S' || c == 'A') &&
               (text.substr(at, 7) == "SYSTEM:" || text.substr(at, 10) == "ASSISTANT:" ||
                text.substr(at, 6) == "ADMIN:") &&
               is_line_start(text, at)) {
      forms.plain_role = true;
    }
  }
  return forms;
}

bool Carriers::holds(size_t at) {
  if (!found_) find();
  return std::any_of(regions_.begin(), regions_.end(),
                     [at](const Region& region) { return at >= region.begin && at < region.end; });
}

void Carriers::find() {
  found_ = true;
  find_between("<!--", "-->", text_.size());
  find_between("[//]: #", "\n", text_.size());
  if (text_.find('<') == std::string_view::npos) return;
  for (const std::string_view style :
       {"display:none", "display: none", "font-size:0", "font-size: 0", "visibility:hidden",
        "visibility: hidden", "opacity:0", "opacity: 0", "aria-hidden=\"true\""})
    find_between(style, "</", kLongestStyled);
}

void Carriers::find_between(std::string_view open, std::string_view close, size_t most) {
  for (size_t begin = text_.find(open);
       begin != std::string_view::npos && regions_.size() < kMaxRegions;) {
    const size_t end = std::min(text_.find(close, begin), text_.size());
    if (end - begin <= most) regions_.push_back({begin, end});
    begin = text_.find(open, end);
  }
}

}  // namespace agentmesh::policy::scan
