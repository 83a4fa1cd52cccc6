#include "policy/scan/text_forms.h"

#include <array>
#include <string>

#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

constexpr uint8_t kOverride = 1;
constexpr uint8_t kRole = 2;
constexpr uint8_t kEnvelope = 3;

}  // namespace

std::vector<Form> find_forms(std::string_view text) {
  std::vector<Form> forms;
  const std::string lower = ascii_lower(text);
  for (const std::string_view token :
       {"<|im_start|>", "<|im_end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|endoftext|>",
        "[inst]", "[/inst]", "<<sys>>", "<|start_header_id|>", "<start_of_turn>"})
    if (lower.find(token) != std::string::npos) {
      forms.push_back({kEnvelope, 6, 4});
      break;
    }
  for (const std::string_view marker : {"(system_message)", "[system]", "<system>", "[system ",
                                        "### instruction:", "### system", "<system_message>"})
    if (lower.find(marker) != std::string::npos) {
      forms.push_back({kRole, 6, 4});
      break;
    }
  struct Phrase {
    std::string_view verb;
    std::array<std::string_view, 4> nouns;
  };
  constexpr std::array<Phrase, 8> kPhrases = {
      {{"忽略", {"指示", "指令", "说明", "提示"}},
       {"无视", {"指示", "指令", "说明", "提示"}},
       {"忘记", {"指示", "指令", "说明", "提示"}},
       {"無視", {"指示", "命令", "指令", "述べ"}},
       {"忘れ", {"指示", "命令", "指令", "指示"}},
       {"무시", {"지시", "명령", "프롬프트", "지침"}},
       {"تجاهل", {"التعليمات", "الأوامر", "تعليمات", "السابقة"}},
       {"अनदेखा", {"निर्देश", "निर्देशों", "आदेश", "निर्देश"}}}};
  for (const Phrase& phrase : kPhrases) {
    for (size_t at = text.find(phrase.verb); at != std::string_view::npos;
         at = text.find(phrase.verb, at + phrase.verb.size())) {
      const std::string_view near = text.substr(at > 60 ? at - 60 : 0, 140);
      for (const std::string_view noun : phrase.nouns) {
        if (near.find(noun) == std::string_view::npos) continue;
        forms.push_back({kOverride, 6, 4});
        return forms;
      }
    }
  }
  return forms;
}

}  // namespace agentmesh::policy::scan
