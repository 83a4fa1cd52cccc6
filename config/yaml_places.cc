#include "config/yaml_places.h"

#include <algorithm>
#include <utility>

namespace agentmesh::config {

using policy::Place;
using policy::Text;

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Reads the text and the scalar's content side by side.
class Aligner {
 public:
  Aligner(const Ruler& ruler, size_t begin) : ruler_(ruler), raw_(ruler.text()), at_(begin) {}

  Text run(std::string value) {
    Text out;
    out.place = ruler_.at(at_);
    out.value = std::move(value);
    if (at_ >= raw_.size()) return out;
    const char first = raw_[at_];
    if (first == '\'' || first == '"') {
      quote_ = first;
      ++at_;
    } else if ((first == '|' || first == '>') && !out.value.starts_with(first)) {
      while (at_ < raw_.size() && raw_[at_] != '\n') ++at_;
      skip_blanks();
    }
    size_t expected = SIZE_MAX;
    for (size_t i = 0; i < out.value.size(); ++i) {
      if (!meet(out.value, i)) break;
      if (at_ != expected) {
        const Place place = ruler_.at(at_);
        out.anchors.push_back({i, place.line, place.column});
      }
      expected = at_ + 1;
      i = step(out.value, i);
    }
    return out;
  }

 private:
  void skip_blanks() {
    while (at_ < raw_.size() && is_blank(raw_[at_])) ++at_;
  }

  // Moves to the raw character that gives value[i].
  bool meet(const std::string& value, size_t i) {
    if (quote_ == '"' && at_ + 1 < raw_.size() && raw_[at_] == '\\' && raw_[at_ + 1] == '\n') {
      at_ += 2;
      skip_blanks();
    }
    if (at_ >= raw_.size()) return false;
    if (quote_ == '"' && raw_[at_] == '\\') return true;
    if (raw_[at_] == value[i]) return true;
    if (is_blank(value[i]) && is_blank(raw_[at_])) return true;  // a folded line
    skip_blanks();
    return at_ < raw_.size() && (raw_[at_] == value[i] || (quote_ == '"' && raw_[at_] == '\\'));
  }

  // Past the raw character; returns the index of the last byte of the value that it gave.
  size_t step(const std::string& value, size_t i) {
    if (quote_ == '"' && raw_[at_] == '\\') {
      const char kind = at_ + 1 < raw_.size() ? raw_[at_ + 1] : ' ';
      at_ += kind == 'x' ? 4U : kind == 'u' ? 6U : kind == 'U' ? 10U : 2U;
      while (i + 1 < value.size() && (static_cast<unsigned char>(value[i + 1]) & 0xC0U) == 0x80U)
        ++i;
      return i;
    }
    if (raw_[at_] == value[i]) at_ += quote_ == '\'' && value[i] == '\'' ? 2U : 1U;
    return i;
  }

  const Ruler& ruler_;
  std::string_view raw_;
  size_t at_;
  char quote_ = 0;
};

}  // namespace

Ruler::Ruler(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {
  starts_.push_back(0);
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') starts_.push_back(i + 1);
}

Place Ruler::at(size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto line = std::upper_bound(starts_.begin(), starts_.end(), offset) - 1;
  int column = 1;
  for (size_t i = *line; i < offset; ++i)
    if ((static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80U) ++column;
  return {file_, static_cast<int>(line - starts_.begin()) + 1, column};
}

Text place_scalar(const Ruler& ruler, size_t begin, std::string value) {
  return Aligner(ruler, begin).run(std::move(value));
}

}  // namespace agentmesh::config
