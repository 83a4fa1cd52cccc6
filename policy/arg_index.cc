#include "policy/arg_index.h"

#include "policy/facts.h"

namespace agentmesh::policy {

namespace {

void append(const std::vector<uint32_t>& from, std::vector<uint32_t>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

void ArgIndex::add(const ArgGuard& guard, uint32_t owner) {
  if (!guard.anywhere) {
    const auto [at, fresh] = names_.try_emplace(guard.name, entries_.size());
    if (fresh) entries_.emplace_back();
  }
  Entry& entry = guard.anywhere ? anywhere_ : entries_[names_.find(guard.name)->second];
  entry.all.push_back(owner);
  if (guard.missing) entry.missing.push_back(owner);
  if (guard.any_text)
    entry.present.push_back(owner);
  else
    for (const Pattern& pattern : guard.texts) entry.texts.add(pattern, owner);
}

void ArgIndex::seal() {
  for (Entry& entry : entries_) entry.texts.seal();
  anywhere_.texts.seal();
}

// The texts of one call's arguments, each asked for the owners of an entry whose patterns it fits.
class ArgIndex::Texts {
 public:
  Texts(const Input& input, const Seen& seen, std::vector<uint32_t>& owners)
      : input_(input), seen_(seen), owners_(owners), before_(owners.size()) {}

  void ask(const Entry& entry, json::View text) {
    entry.texts.find(text.string(scratch_), owners_);
    // What was read as a path is matched as one, too (args.h).
    const auto offset = static_cast<size_t>(text.raw().data() - input_.args.raw().data());
    for (const Seen::PathText& read : seen_.paths_at(offset))
      entry.texts.find(seen_.paths[read.path], owners_);
  }

  // Every text at any depth. False if it gave up, as more fit than there are owners.
  bool ask_all(const Entry& entry, json::View value) {
    switch (value.kind()) {
      case json::Kind::kString: ask(entry, value); break;
      case json::Kind::kArray:
        for (const json::View element : value.elements())
          if (!ask_all(entry, element)) return false;
        break;
      case json::Kind::kObject:
        for (const json::View::Member& member : value.members())
          if (!ask_all(entry, member.value)) return false;
        break;
      default: break;
    }
    return owners_.size() - before_ <= entry.all.size();
  }

 private:
  const Input& input_;
  const Seen& seen_;
  std::vector<uint32_t>& owners_;
  size_t before_;
  std::string scratch_;
};

void ArgIndex::find(const Input& input, const Seen& seen, std::vector<bool>& there,
                    std::vector<uint32_t>& owners) const {
  if (seen.unknown.args) {
    for (const Entry& entry : entries_) append(entry.all, owners);
    append(anywhere_.all, owners);
    return;
  }
  Texts texts(input, seen, owners);
  if (!anywhere_.all.empty()) {
    append(anywhere_.present, owners);
    if (!texts.ask_all(anywhere_, input.args)) append(anywhere_.all, owners);
  }
  if (entries_.empty()) return;
  there.assign(entries_.size(), false);
  std::string key_scratch;
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
    texts.ask(entry, member.value);
  }
  for (size_t i = 0; i < entries_.size(); ++i)
    if (!there[i]) append(entries_[i].missing, owners);
}

}  // namespace agentmesh::policy
