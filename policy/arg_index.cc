#include "policy/arg_index.h"

#include "policy/facts.h"

namespace agentmesh::policy {

namespace {

void append(const std::vector<uint32_t>& from, std::vector<uint32_t>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

void ArgIndex::add(const ArgGuard& guard, uint32_t owner) {
  const auto [at, fresh] = names_.try_emplace(guard.name, entries_.size());
  if (fresh) entries_.emplace_back();
  Entry& entry = entries_[at->second];
  entry.all.push_back(owner);
  if (guard.missing) entry.missing.push_back(owner);
  if (guard.any_text)
    entry.present.push_back(owner);
  else
    for (const Pattern& pattern : guard.texts) entry.texts.add(pattern, owner);
}

void ArgIndex::seal() {
  for (Entry& entry : entries_) entry.texts.seal();
}

void ArgIndex::find(const Input& input, const Seen& seen, std::vector<bool>& there,
                    std::vector<uint32_t>& owners) const {
  if (entries_.empty()) return;
  if (seen.unknown.args) {
    for (const Entry& entry : entries_) append(entry.all, owners);
    return;
  }
  there.assign(entries_.size(), false);
  std::string key_scratch;
  std::string scratch;
  for (const json::View::Member& member : input.args.members()) {
    const auto found = names_.find(member.key.string(key_scratch));
    if (found == names_.end()) continue;
    const Entry& entry = entries_[found->second];
    there[found->second] = true;
    if (!member.value.is_string()) {
      append(entry.all, owners);
      continue;
    }
    append(entry.present, owners);
    entry.texts.find(member.value.string(scratch), owners);
    // What was read as a path is matched as one, too (args.h).
    const auto offset = static_cast<size_t>(member.value.raw().data() - input.args.raw().data());
    for (const Seen::PathText& text : seen.path_texts)
      if (text.offset == offset) entry.texts.find(seen.paths[text.path], owners);
  }
  for (size_t i = 0; i < entries_.size(); ++i)
    if (!there[i]) append(entries_[i].missing, owners);
}

}  // namespace agentmesh::policy
