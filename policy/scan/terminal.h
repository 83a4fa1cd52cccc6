// Terminal: how bad it is what an escape sequence makes a terminal do.
//
// Low is what programs print to be looked at: colours, progress (erase, go up and draw anew, clear the screen, the other screen,
// hide the cursor), titles, links whose text names no other host, marks of shells, questions whose answers are numbers. High is
// what takes text from a person's eyes by no more than a colour or an alphabet (conceal, letters in the colour of their ground,
// letters drawn as lines), answers into somebody's input with text that others chose (titles, colours, settings), or reaches
// beyond the screen (the clipboard, files, what is not known here).
// Drawing over what stands there is low although it hides it: each compiler that watches, each container that starts does it all
// day, often over other words. What was there is shown to the model all the same (neutralise()), and the text scanner reads it.
// Sources: ECMA-48; XTerm Control Sequences; OSC 8 as terminals have it, OSC 133 and 633 of shell integrations.
// Cannot see: what several sequences of one line come to, such as a carriage return and a line over the line.
// Order: a text's sequences one after the other, since colours stay. Cost: linear in the text. Thread: one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/scan/hit.h"

namespace agentmesh::policy::scan {

class Terminal {
 public:
  explicit Terminal(std::string_view text) : text_(text) {}

  // A control sequence (CSI), an operating system command (OSC) whose body begins at `body`.
  Severity control_sequence(size_t body);
  Severity system_command(size_t body) const;
  // ESC and what comes behind it at `at`, if it is none of these.
  Severity other_escape(size_t at) const;

  // Of the sequence that was asked about last: it does no more than set colours and styles that can be read.
  bool only_colours() const { return only_colours_; }

 private:
  using Colour = std::optional<uint32_t>;
  Severity colours(std::string_view parameters, size_t end);
  Severity link(std::string_view target, size_t end) const;
  bool draws_lines(size_t from) const;
  bool shows_text(size_t from) const;

  std::string_view text_;
  Colour letters_, ground_;
  bool only_colours_ = false;
};

}  // namespace agentmesh::policy::scan
