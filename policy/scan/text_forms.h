// Forms: acts that are a matter of shape rather than of sentences: role markers, chat template tokens, phrases of languages
// that do not put blanks between words. For text.cc alone.
//
// Cost: one pass; nothing allocated. Pure functions, any thread.

#pragma once

#include <string_view>

namespace agentmesh::policy::scan {

struct Forms {
  bool template_token = false;  // <|im_start|>, [INST], <<SYS>>: no reader but a model reads these
  bool role_marker = false;     // "[SYSTEM] …", "###(system_message)", "<system_directive>"
  bool plain_role = false;      // "SYSTEM:" at the start of a line
  bool loud_tag = false;        // <IMPORTANT> … </IMPORTANT>, <INFORMATION>
  bool override_phrase =
      false;  // disregard + instructions, in Chinese, Japanese, Korean, Arabic, Hindi
};

Forms find_forms(std::string_view text);

}  // namespace agentmesh::policy::scan
