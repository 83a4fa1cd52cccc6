#include "policy/cel/regex.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace agentmesh::policy::cel {

Regex::Regex(std::unique_ptr<re2::RE2> re) : re_(std::move(re)) {}
Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

Result<Regex> Regex::compile(std::string_view pattern, size_t max_memory) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(static_cast<int64_t>(max_memory));
  auto re = std::make_unique<RE2>(std::string(pattern), options);
  if (!re->ok()) return fail(re->error());
  return Regex(std::move(re));
}

bool Regex::search(std::string_view text) const {
  return re_->Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

Result<const Regex*> RegexCache::find(std::string_view pattern) {
  for (const Entry& entry : entries_) {
    if (entry.regex && entry.pattern == pattern) return entry.regex.get();
  }
  if (pattern.size() > kMaxPattern) {
    return fail(fmt::format("a computed pattern is longer than {} bytes", kMaxPattern));
  }
  auto regex = Regex::compile(pattern, size_t{256} << 10);
  // RE2's own words quote the pattern, which may be of the call (context.h).
  if (!regex) return fail("RE2 does not read it, or it needs too much memory");
  Entry& entry = entries_[next_++ % entries_.size()];
  entry.pattern = pattern;
  entry.regex = std::make_unique<const Regex>(std::move(*regex));
  return entry.regex.get();
}

}  // namespace agentmesh::policy::cel
