// Look: the parts of look(), one per kind of judged value. Not for use outside facts.cc.

#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "policy/called_tool.h"
#include "policy/facts.h"
#include "policy/scan/paths.h"
#include "policy/walk.h"

namespace agentmesh::policy {

// A call and all arguments that stand in texts of it, in each other: what was looked at so far.
struct Nesting {
  CalledTool* tool = nullptr;  // of the call; null where nothing is called
  int depth = 0;               // how many texts the present arguments stand inside
  size_t texts = 0;            // looked at
  size_t bytes = 0;            // of these
  size_t lines = 0;            // commands that were read
  size_t listed = 0;           // of these, with words of a list behind them
  scan::PathBudget paths;      // of what is read as a path
  scan::PathBudget hidden;     // and of what only some server makes one of
};

// What one text after the other goes through: the byte budget, and turning hits into findings and spans.
class Inspection {
 public:
  // Findings of one id and severity that are kept: a flood must not push out another, nor hold up a message.
  static constexpr uint32_t kMaxAlike = 16;

  Inspection(const Input& input, Seen& seen);
  // Of arguments that stand inside a text of a call: what they are all together. What was looked at of those is not looked at again.
  Inspection(const Input& input, Seen& seen, Nesting& nesting);

  // The part of a text that may be inspected; notes where the budget ends. Each text costs a little, however short.
  std::string_view take(const Walk& walk);
  // Where the walked value begins in the judged one.
  void walks_at(size_t base) { base_ = base; }
  // Where in the judged value the string that `walk` shows begins, its quote.
  size_t place_of(const Walk& walk) const { return base_ + walk.offset(); }
  // Empties hits() into findings about the text that `walk` shows, and into spans for secrets and personal data.
  void settle(const Walk& walk);
  std::vector<scan::Hit>& hits() { return hits_; }

  // `where`: gives the text of the place; asked only if the finding is kept.
  template <class Where>
  void add(std::string_view id, Severity severity, Where where) {
    if (has_room(id, severity)) keep(id, severity, where());
  }
  // What stands instead of a part of the text that `walk` shows.
  struct Cut {
    Span::What what;
    size_t begin, end;  // in the text
    std::string text;
  };
  // Linear in the length of the text, however many there are.
  void add_spans(const Walk& walk, const std::vector<Cut>& cuts);
  // In places, the names of keys in which something was found that must not be told.
  const std::vector<std::string>& hidden_names() const { return hidden_names_; }

  const Input& input() const { return input_; }
  Seen& seen() { return seen_; }
  Nesting& nesting() { return nesting_; }

 private:
  struct Count {
    std::string_view id;
    Severity severity = Severity::kLow;
    uint32_t count = 0;
  };
  bool has_room(std::string_view id, Severity severity);
  void keep(std::string_view id, Severity severity, std::string where);
  void add_untold(const Walk& walk);

  const Input& input_;
  Seen& seen_;
  Nesting own_;
  Nesting& nesting_;
  size_t left_;
  bool noted_ = false;
  size_t base_ = 0;
  size_t keys_marked_ = 0;  // keys of objects that a marker stands in
  std::vector<scan::Hit> hits_;
  std::vector<Cut> cuts_;
  std::vector<size_t> ends_, raw_ends_;  // for add_spans
  std::vector<std::string> hidden_names_;
  std::vector<Count> counts_;
};

// Paths, URLs, SQL, shell, data and injections in the arguments of a call or the parameters of a request.
void look_at_arguments(const RuleSet& set, Inspection& inspection);
// Commands in them, which are read, and raise the kind of a call whose name does not say that it runs any. Where the strings begin
// that were read so.
std::unordered_set<const char*> look_at_commands(Inspection& inspection);
// A text in the arguments that may be arguments itself, and where it stands: look_inside.cc. So many are looked at, of a call in all,
// so deep; behind these data.uninspected (low) says that there was more, and where that leads counts as not to be told. So it does of what
// surely is arguments and may be read in several ways.
struct InnerText {
  std::string text;
  std::string where;
  bool surely = false;  // its key says that it is no less
  // In the judged value, between its quotes.
  size_t begin = 0;
  size_t end = 0;
};
inline constexpr size_t kMostInside = 1024;
inline constexpr int kDeepestInside = 3;
bool may_be_arguments(std::string_view key, std::string_view text);
// Of one that may be: `listed`, among others in a list.
bool is_surely_arguments(std::string_view key, bool listed);
void look_inside(const RuleSet& set, Inspection& inspection, const std::vector<InnerText>& texts);
// look() at arguments that stand inside a text.
void look_within(const RuleSet& set, const Input& input, Seen& out, Nesting& nesting);
// Of what was found in them: self-protection, roots and hosts.
void judge_places(const RuleSet& set, Inspection& inspection);
// Paths in several places of a call, look_joined.cc. Those of which one argument names the directory, links followed, are added to
// the hidden ones.
void follow_joined(Inspection& inspection);
// True if a word of a command leads to what governs the call from one of the directories `entered`, or that an argument names.
// Sets `lost` if it cannot be told.
bool words_touch_behind(const Input& input, const Seen& seen, std::vector<std::string> entered,
                        bool& lost);
// True if what stands in several places, of which `begins` are the directories that commands name, leads to what governs the call.
bool joined_touch(const Input& input, const Seen& seen, std::vector<std::string> begins,
                  bool taking, bool& lost);
// Orders to the model, hidden text, forged marks, secrets in a result or in what a server asks of the client.
void look_at_result(const RuleSet& set, Inspection& inspection);
void look_at_server_request(Inspection& inspection);
// What such a request wants besides its words: request.secret, request.context, request.tools, and url.* of a page to open.
void look_at_what_is_asked(Inspection& inspection);
// The same in a tool's definition.
void look_at_definition(Inspection& inspection);

}  // namespace agentmesh::policy
