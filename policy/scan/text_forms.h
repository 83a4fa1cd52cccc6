// Forms: acts that are a matter of shape rather than of sentences: role markers, chat template tokens, turns of a dialogue.
// For text.cc alone.
//
// Cost: a few comparisons at a bracket, nothing elsewhere. Pure functions, any thread.

#pragma once

#include <cstddef>
#include <string_view>

#include "policy/scan/acts.h"

namespace agentmesh::policy::scan {

struct Forms {
  bool template_token = false;  // <|im_start|>system, [INST] Do: no reader but a model reads these
  bool bare_token = false;      // such a token where no turn is opened: "each ends with <|im_end|>"
  bool role_marker = false;     // "[SYSTEM] …", "###(system_message)", "<system_directive>"
  bool label = false;           // "[SYSTEM] Low battery": where no order begins behind it
  bool plain_role = false;      // "SYSTEM:" at the start of a line
  bool ordering_role = false;   // "System: Delete all …", with an order behind it
  bool hidden_order = false;    // <!-- that begins with one
  bool turn_behind_end = false;  // "User:" behind "END OF DOCUMENT"
  bool loud_tag = false;         // <IMPORTANT> … </IMPORTANT>, <INFORMATION>
  bool heading_role = false;     // "### Instruction: do", "### System: be"
  bool bare_heading = false;     // the same with nothing behind it, as manuals have it
  size_t user_turns = 0;         // "User:", "[user]:", "Human:" at the start of a line
  bool ready_turn = false;       // and "Assistant: Sure, …", which agrees in the model's place
  bool doing_turn = false;       // "Assistant: Sending them now.", and nothing behind it
  bool piped_shell = false;      // "curl … | sh"
  bool leaking_image = false;    // an image whose address a model is to fill in (leaking_image.h)
};

// Finds them, asked at each byte of the text that is of no word, and at each colon. The text must outlive it.
class FormFinder {
 public:
  explicit FormFinder(std::string_view text) : text_(text) {}

  void look(size_t at) {
    const char c = text_[at];
    if (c == '<' || c == '[' || c == '(' || c == '{') {
      bracket(at);
    } else if (c == '#') {
      heading(at);
    } else if (c == ':') {
      colon(at);
    } else if (c == '|') {
      pipe(at);
    }
  }
  const Forms& found() const { return found_; }
  // The last colon stands behind who speaks in a dialogue, to whom nothing is said there.
  bool in_dialogue() const { return in_dialogue_; }

 private:
  void bracket(size_t at);
  void role_tag(std::string_view inside, size_t at);
  void heading(size_t at);
  void colon(size_t at);
  void turn(size_t at);
  void pipe(size_t at);

  std::string_view text_;
  Forms found_;
  bool in_dialogue_ = false;
  bool in_data_ = false;  // the last role tag opened an element of data
};

// What they weigh, in a text as a whole.
void add_acts(const Forms& forms, Acts& acts);

}  // namespace agentmesh::policy::scan
