// Chat tokens: <|im_start|>, [INST], <<SYS>> and the like, which a chat's template writes between its turns. For text_forms.cc alone.
//
// A turn that is opened in a text is meant for a model that reads it as one. A token in quotes, in a template with blanks to fill in,
// in the midst of a sentence, or that only closes a turn is what people write who deal with such models: tokenizers, prompts, logs.
// Cost: a look at what stands around the token. Pure functions, any thread.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace agentmesh::policy::scan {

inline constexpr std::array<std::string_view, 18> kChatTokens = {
    "<|im_start|>",  "<|im_end|>",    "<|im_sep|>",          "<|system|>",    "<|user|>",
    "<|assistant|>", "<|endoftext|>", "<|start_header_id|>", "<|eot_id|>",    "<|begin_of_text|>",
    "<<sys>>",       "<</sys>>",      "<start_of_turn>",     "<end_of_turn>", "[inst]",
    "[/inst]",       "<|end|>",       "<|channel|>"};

enum class TokenUse : uint8_t {
  kNone,    // no token, or one by itself in quotes or in an expression of a template
  kStands,  // one that opens nothing
  kOpens,   // somebody's turn, with something in it
};
// What the token at `at` is there for.
TokenUse chat_token_at(std::string_view text, size_t at);

}  // namespace agentmesh::policy::scan
