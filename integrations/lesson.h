// Lesson: what a change of a client's file has to teach the state directories (memory.h), and what undo asks of them.
//
// Before the file changes, learned is told; forgotten only once it has: what is remembered too long does no harm, what is not
// remembered hides a wrapped file, or leaves an args key behind that was ours.
// Thread: one. Cost: disk; each file in which another client may have servers is parsed once for each of them.
// Failure: lines for a person (told()); a state directory that takes no lesson stops nothing but its own knowledge.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "integrations/client.h"
#include "integrations/memory.h"
#include "integrations/wrap.h"

namespace agentmesh::integrations {

// Whether an entry's args key was added by us: what the state directory of the run remembers of it, else the newest backup in which it is
// not wrapped, else what other directories remember (theirs may be old); of a file that took a link's place the same of what the link led
// to; else what any of them remembers of an entry that is called so. Of several of one name the occurrence tells which is meant: where
// their number is another than in that backup, nobody knows any more, and the key is taken for the person's own.
class Origins {
 public:
  // `document`: the file, as it is; `name`: as it was named; `file`: the real one; `others`: only those whose memory counts.
  Origins(const Document& document, std::string name, std::string file, std::string state_dir,
          std::vector<std::string> others)
      : document_(document),
        name_(std::move(name)),
        file_(std::move(file)),
        state_dir_(std::move(state_dir)),
        others_(std::move(others)) {}

  bool args_added(const Entry& entry);

 private:
  // An entry as the newest backup has it in which it is not wrapped.
  struct Before {
    bool has_args = false;
    size_t called_so = 1;
  };

  void ask();
  // Of an entry in that very file; nothing: nobody knows.
  std::optional<bool> known_of(const std::string& file, const EntryId& entry);
  const std::map<EntryId, Before>& backups(const std::string& file);

  const Document& document_;
  std::string name_;
  std::string file_;
  std::string state_dir_;
  std::vector<std::string> others_;
  bool asked_ = false;
  std::map<EntryId, size_t> called_so_;  // by the id of the first: so many are called so now
  std::set<AddedArgs> own_memory_;
  std::set<AddedArgs> memory_of_others_;
  std::set<std::string> former_;  // where the name led when it was wrapped
  std::map<std::string, std::map<EntryId, Before>> backups_;
};

// A file as it is going to be: which clients would find an entry of ours in it.
class After {
 public:
  // `named`: as the file was named, or is known; `real`: links followed.
  After(std::string text, std::string named, std::string real)
      : text_(std::move(text)), named_(std::move(named)), real_(std::move(real)) {}

  const std::string& text() const { return text_; }
  const std::string& named() const { return named_; }
  const std::string& real() const { return real_; }

  bool is(const WrappedFile& wrapped) const;
  // Only on a sure no may it be forgotten that there are such. `file`: its name decides which keys count.
  bool surely_none(const Client& client, const std::string& file);
  // The same of all that the row may be: of the other file as it is on disk.
  bool surely_none(const Client& client, const WrappedFile& wrapped);

 private:
  std::string text_;
  std::string named_;
  std::string real_;
  std::map<std::pair<const Client*, std::string>, bool> none_;
};

// A change that is about to be made, or was found to be made already.
struct Change {
  const Client& client;
  bool undo = false;
  const Document& document;  // before
  const Plan& plan;
  After& after;
  Origins& origins;
};

struct Lesson {
  Memory learned;
  Memory outdated;   // wrapped with an args key of their own: an older memory would be wrong
  Memory forgotten;  // restored
};

// What one state directory has to learn and to forget.
Lesson lesson_of(const Change& change, const std::string& state_dir);

// The same for others, all of it at once. `is_usual`: who looks for the client's files finds this one without being told.
std::string tell_others(const Change& change, const std::vector<std::string>& state_dirs,
                        bool is_usual);

// What came of telling a state directory about a file: what it does not take (`learned`) hides the file there, if it was not known, and no
// more.
std::string told(const Result<std::string>& kept, const std::string& state_dir,
                 const Memory& learned, const std::string& file);

}  // namespace agentmesh::integrations
