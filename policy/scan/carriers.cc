#include "policy/scan/carriers.h"

#include <algorithm>
#include <array>

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kLongestStyled = 4000;
constexpr size_t kMaxRegions = 64;

// How an element is styled away, and where in that the sign stands which it is found by.
struct Style {
  std::string_view text;
  size_t sign;
};
constexpr std::array<Style, 9> kStyles = {{{"display:none", 7},
                                           {"display: none", 7},
                                           {"font-size:0", 9},
                                           {"font-size: 0", 9},
                                           {"visibility:hidden", 10},
                                           {"visibility: hidden", 10},
                                           {"opacity:0", 7},
                                           {"opacity: 0", 7},
                                           {"aria-hidden=\"true\"", 11}}};

// Which of them are in the text, a bit each.
unsigned styles_of(std::string_view text) {
  unsigned seen = 0;
  for (const char sign : {':', '='})
    for (size_t at = text.find(sign); at != std::string_view::npos; at = text.find(sign, at + 1))
      for (size_t i = 0; i < kStyles.size(); ++i)
        if (at >= kStyles[i].sign && text[at - 1] == kStyles[i].text[kStyles[i].sign - 1] &&
            text.substr(at - kStyles[i].sign, kStyles[i].text.size()) == kStyles[i].text)
          seen |= 1U << i;
  return seen;
}

}  // namespace

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
  const unsigned styles = styles_of(text_);
  for (size_t i = 0; i < kStyles.size(); ++i)
    if ((styles >> i & 1U) != 0) find_between(kStyles[i].text, "</", kLongestStyled);
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
