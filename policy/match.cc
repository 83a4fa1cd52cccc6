#include "policy/match.h"

#include <re2/re2.h>
#include <re2/set.h>

namespace agentmesh::policy {

namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

RE2::Options regex_options() {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(8 << 20);
  return options;
}

std::string glob_as_regex(std::string_view glob) {
  std::string out = "(?s)\\A";
  for (size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '*') {
      out += ".*";
    } else if (glob[i] == '?') {
      out += '.';
    } else {
      size_t end = i + 1;
      while (end < glob.size() && glob[end] != '*' && glob[end] != '?') ++end;
      out += RE2::QuoteMeta(std::string(glob.substr(i, end - i)));
      i = end - 1;
    }
  }
  return out + "\\z";
}

}  // namespace

bool glob_match(std::string_view glob, std::string_view name) {
  size_t g = 0;
  size_t n = 0;
  size_t star =
      std::string_view::npos;  // where in the glob to go on after giving `*` one more byte
  size_t retry = 0;
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = ++g;
      retry = n;
    } else if (g < glob.size() && glob[g] == '?') {
      ++g;
      ++n;
      while (n < name.size() && continues(name[n])) ++n;
    } else if (g < glob.size() && glob[g] == name[n]) {
      ++g;
      ++n;
    } else if (star != std::string_view::npos) {
      g = star;
      n = ++retry;
      while (n < name.size() && continues(name[n])) n = ++retry;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

Result<Pattern> Pattern::compile(std::string_view text) {
  Pattern out;
  if (text.size() >= 2 && text.front() == '/' && text.back() == '/') {
    out.form_ = Form::kRegex;
    out.text_ = text.substr(1, text.size() - 2);
    if (out.text_.empty()) return fail("an empty regex matches everything; write '*'");
    auto regex = std::make_shared<RE2>(out.text_, regex_options());
    if (!regex->ok())
      return fail("'" + out.text_ + "' is not a regex that RE2 takes: " + regex->error());
    out.regex_ = std::move(regex);
    return out;
  }
  out.text_ = text;
  out.form_ = text.find_first_of("*?") == std::string_view::npos ? Form::kExact : Form::kGlob;
  return out;
}

Pattern Pattern::exact(std::string name) {
  Pattern out;
  out.text_ = std::move(name);
  return out;
}

bool Pattern::matches(std::string_view name) const {
  switch (form_) {
    case Form::kExact: return text_ == name;
    case Form::kGlob: return glob_match(text_, name);
    case Form::kRegex: return RE2::PartialMatch({name.data(), name.size()}, *regex_);
  }
  return false;
}

size_t Pattern::literal_characters() const {
  size_t out = 0;
  for (const char c : text_)
    if (form_ == Form::kRegex ? std::isalnum(static_cast<unsigned char>(c)) != 0
                              : c != '*' && c != '?')
      ++out;
  return out;
}

bool any_matches(const std::vector<Pattern>& patterns, std::string_view name) {
  for (const Pattern& pattern : patterns)
    if (pattern.matches(name)) return true;
  return false;
}

// All patterns with a wildcard; `set` only when they are many.
struct PatternIndex::Wild {
  std::vector<Pattern> patterns;
  std::vector<uint32_t> owners;
  std::unique_ptr<RE2::Set> set;
};

PatternIndex::PatternIndex() : wild_(std::make_unique<Wild>()) {}
PatternIndex::~PatternIndex() = default;
PatternIndex::PatternIndex(PatternIndex&&) noexcept = default;
PatternIndex& PatternIndex::operator=(PatternIndex&&) noexcept = default;

void PatternIndex::add(Pattern pattern, uint32_t owner) {
  if (pattern.form() == Pattern::Form::kExact) {
    exact_[pattern.text()].push_back(owner);
    return;
  }
  wild_->patterns.push_back(std::move(pattern));
  wild_->owners.push_back(owner);
}

void PatternIndex::seal() {
  if (wild_->patterns.size() <= kLinear) return;
  auto set = std::make_unique<RE2::Set>(regex_options(), RE2::UNANCHORED);
  for (const Pattern& pattern : wild_->patterns) {
    const std::string regex =
        pattern.form() == Pattern::Form::kGlob ? glob_as_regex(pattern.text()) : pattern.text();
    if (set->Add(regex, nullptr) < 0)
      return;  // too large for a set: one by one, slower and as true
  }
  if (set->Compile()) wild_->set = std::move(set);
}

void PatternIndex::find(std::string_view name, std::vector<uint32_t>& owners) const {
  if (const auto it = exact_.find(name); it != exact_.end())
    owners.insert(owners.end(), it->second.begin(), it->second.end());
  if (wild_->set) {
    RE2::Set::ErrorInfo error{};
    // Most texts fit none: asked first without wanting to know which, which takes no memory.
    if (!wild_->set->Match({name.data(), name.size()}, nullptr, &error) &&
        error.kind == RE2::Set::kNoError)
      return;
    std::vector<int> hits;
    if (wild_->set->Match({name.data(), name.size()}, &hits, &error) ||
        error.kind == RE2::Set::kNoError) {
      for (const int hit : hits) owners.push_back(wild_->owners[static_cast<size_t>(hit)]);
      return;
    }
  }
  // Few patterns, or the set ran out of memory: each pattern by itself cannot.
  for (size_t i = 0; i < wild_->patterns.size(); ++i)
    if (wild_->patterns[i].matches(name)) owners.push_back(wild_->owners[i]);
}

}  // namespace agentmesh::policy
