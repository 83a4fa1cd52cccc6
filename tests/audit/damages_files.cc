// What is done to the files around the lines: taken away, exchanged, cut back; checkpoints and payloads.

#include <sys/stat.h>

#include <filesystem>

#include "tests/audit/damages.h"
#include "tests/audit/forge.h"

namespace agentmesh::audit::tests {

namespace {

namespace fs = std::filesystem;

// The log as it was at one of its checkpoints.
void roll_back(Case& c, size_t checkpoint) {
  std::vector<std::string> notes = c.notes();
  notes.resize(checkpoint + 1);
  c.put_notes(notes);
  c.log("checkpoint") = notes.back();
  Intruder intruder = c.lines();
  intruder.lines().resize(c.shape.sizes[checkpoint] - c.shape.first_seq);
  for (const auto& [name, bytes] : intruder.segments()) {
    if (bytes.empty()) {
      c.files.erase(kLog + name);
    } else {
      c.files[kLog + name] = bytes;
    }
  }
}

}  // namespace

std::vector<Damage> damages_of_files() {
  return {
      // ---- files
      {"a segment of another log",
       [](Case& c) -> Answer {
         const std::string file = c.any(c.segments());
         const auto& other = c.any(shapes());
         const Case from(other, c.random);
         const std::string bytes = other.files.at(from.segments()[c.below(from.segments().size())]);
         if (c.files[file] == bytes) return std::nullopt;
         const uint64_t first = record_at(c, file, 0);
         c.files[file] = bytes;
         return first < c.shape.signed_size ? Expect::kNoticed : Expect::kLimit;
       }},
      {"a file taken away",
       [](Case& c) -> Answer {
         const auto all = c.named("");
         const std::string file = c.any(all);
         c.files.erase(file);
         if (file.find("/seg/") != std::string::npos)
           return record_at(c, file, 0) < c.shape.signed_size ? Expect::kNoticed : Expect::kLimit;
         if (file.find("/checkpoint") != std::string::npos || file.ends_with(".vkeys"))
           return Expect::kNoticed;
         if (file.find("/tile/") != std::string::npos)
           return of_tile(c, file, 0) == Expect::kNoticed ? Expect::kNoticed : Expect::kLimit;
         if (c.shape.sealed && file.find("blob/") != std::string::npos) return Expect::kNoticed;
         return Expect::kLimit;
       }},
      {"an empty file",
       [](Case& c) -> Answer {
         const std::string file = c.any(c.segments());
         c.files[file].clear();
         return record_at(c, file, 0) < c.shape.signed_size || file == c.segments().back()
                    ? Expect::kNoticed
                    : Expect::kLimit;
       }},
      {"two segments' names swapped",
       [](Case& c) -> Answer {
         const auto all = c.segments();
         const std::string& a = c.any(all);
         const std::string& b = c.any(all);
         if (a == b) return std::nullopt;
         std::swap(c.files[a], c.files[b]);
         return Expect::kNoticed;
       }},
      {"a segment renamed",
       [](Case& c) -> Answer {
         const std::string file = c.any(c.segments());
         const uint64_t first = record_at(c, file, 0);
         const std::string to = c.any(
             std::vector<std::string>{segment_file(first + 1), segment_file(first + 100'000),
                                      segment_file(first) + "~", "seg/1.jsonl", "seg/x", "old"});
         if (c.files.contains(kLog + to)) return std::nullopt;
         c.files[kLog + to] = c.files[file];
         c.files.erase(file);
         const bool counts = segment_first_seq(to.substr(4 < to.size() ? 4 : 0)).has_value();
         return counts || first < c.shape.signed_size ? Expect::kNoticed : Expect::kLimit;
       }},
      {"a segment that does not belong there",
       [](Case& c) -> Answer {
         const std::string name = segment_file(c.below(2'000));
         if (c.files.contains(kLog + name)) return std::nullopt;
         c.files[kLog + name] = c.below(2) == 0 ? std::string() : c.files[c.any(c.segments())];
         return Expect::kNoticed;
       }},
      {"a file that is unknown",
       [](Case& c) -> Answer {
         c.files[kLog + c.any(std::vector<std::string>{"x", "seg/x", "tile/x", "tile/0/x",
                                                       "blob/x"})] = "x";
         return Expect::kLimit;
       }},
      {"a directory, a pipe or a dead link where a file was",
       [](Case& c) -> Answer {
         const std::string file =
             c.below(2) == 0 ? c.any(c.segments())
                             : kLog + c.any(std::vector<std::string>{"checkpoint", "checkpoints"});
         const bool tail = file.find("/seg/") != std::string::npos &&
                           record_at(c, file, 0) >= c.shape.signed_size;
         c.files.erase(file);
         const size_t kind = c.below(3);
         c.after = [file, kind](const std::string& state) {
           const std::string path = state + "/" + file;
           fs::create_directories(fs::path(path).parent_path());
           if (kind == 0) fs::create_directory(path);
           if (kind == 1) REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
           if (kind == 2) fs::create_symlink("/nonexistent/file", path);
         };
         return tail ? Expect::kLimit : Expect::kNoticed;
       }},
      {"carriage returns",
       [](Case& c) -> Answer {
         const std::string file =
             c.below(2) == 0 ? c.any(c.segments())
                             : kLog + c.any(std::vector<std::string>{"checkpoint", "checkpoints"});
         std::string& bytes = c.files[file];
         for (size_t at = bytes.find('\n'); at != std::string::npos; at = bytes.find('\n', at + 2))
           bytes.insert(at, 1, '\r');
         return Expect::kNoticed;
       }},
      {"something behind the end",
       [](Case& c) -> Answer {
         const std::string tail =
             c.any(std::vector<std::string>{"x", "\n", "garbage\n", std::string(1, '\0'),
                                            std::string(4096, '\0'), "{\"a\":1}\n", " "});
         const size_t which = c.below(3);
         const std::string file = which == 0   ? c.any(c.segments())
                                  : which == 1 ? std::string(kLog) + "checkpoint"
                                               : std::string(kLog) + "checkpoints";
         c.files[file] += tail;
         return Expect::kNoticed;
       }},

      // ---- checkpoints
      {"a checkpoint taken out of the history",
       [](Case& c) -> Answer {
         auto notes = c.notes();
         const size_t index = c.below(notes.size());
         const bool newest = index + 1 == notes.size();
         notes.erase(notes.begin() + static_cast<ptrdiff_t>(index));
         c.put_notes(notes);
         if (notes.empty() || newest) return Expect::kNoticed;
         return Expect::kLimit;  // but for that of a change of keys
       }},
      {"two checkpoints swapped, or one twice",
       [](Case& c) -> Answer {
         auto notes = c.notes();
         const size_t a = c.below(notes.size());
         const size_t b = c.below(notes.size());
         if (a == b) {
           notes.insert(notes.begin() + static_cast<ptrdiff_t>(a), notes[a]);
         } else {
           std::swap(notes[a], notes[b]);
         }
         c.put_notes(notes);
         return Expect::kNoticed;
       }},
      {"an older checkpoint in the place of the newest",
       [](Case& c) -> Answer {
         const auto notes = c.notes();
         if (notes.size() < 2) return std::nullopt;
         c.log("checkpoint") = notes[c.below(notes.size() - 1)];
         return Expect::kStrict;
       }},
      {"a checkpoint of another log",
       [](Case& c) -> Answer {
         const auto& other = c.any(shapes());
         if (other.name == c.shape.name) return std::nullopt;
         const std::string& note = other.files.at(std::string(kLog) + "checkpoint");
         if (c.below(2) == 0) {
           c.log("checkpoint") = note;
         } else {
           c.log("checkpoints") += note;
         }
         return Expect::kNoticed;
       }},
      {"checkpoints without, or with others', signatures",
       [](Case& c) -> Answer {
         auto notes = c.notes();
         const size_t index = c.below(notes.size());
         const size_t other = c.below(notes.size());
         if (index == other) return std::nullopt;
         const auto text = [](const std::string& note) {
           return note.substr(0, note.find("\n\n") + 2);
         };
         const auto rest = [](const std::string& note) {
           return note.substr(note.find("\n\n") + 2);
         };
         notes[index] = text(notes[index]) + (c.below(2) == 0 ? "" : rest(notes[other]));
         c.put_notes(notes);
         return c.shape.sizes[index] <= c.shape.first_seq ? Expect::kLimit : Expect::kNoticed;
       }},
      {"a witness's signature beside ours",
       [](Case& c) -> Answer {
         auto notes = c.notes();
         const Signer& witness = stranger("witness.example/w");
         const std::string text = notes.back().substr(0, notes.back().find("\n\n") + 1);
         const std::string signed_by_him = sign_note(text, {&witness});
         notes.back() += signed_by_him.substr(text.size() + 1);
         c.put_notes(notes);
         c.log("checkpoint") = notes.back();
         return Expect::kLimit;
       }},

      // ---- cut back
      {"cut back to an older state, checkpoints and all",
       [](Case& c) -> Answer {
         if (c.shape.sizes.size() < 2) return std::nullopt;
         const size_t checkpoint = c.below(c.shape.sizes.size() - 1);
         if (c.shape.sizes[checkpoint] <= c.shape.first_seq) return std::nullopt;
         roll_back(c, checkpoint);
         return Expect::kLimit;
       }},
      {"lines cut back, checkpoints left",
       [](Case& c) -> Answer {
         Intruder intruder = c.lines();
         const size_t left = c.below(intruder.lines().size());
         intruder.lines().resize(left);
         for (const auto& [name, bytes] : intruder.segments()) {
           if (bytes.empty()) {
             c.files.erase(kLog + name);
           } else {
             c.files[kLog + name] = bytes;
           }
         }
         return c.of_record(left);
       }},
      {"checkpoints cut back, lines left",
       [](Case& c) -> Answer {
         auto notes = c.notes();
         if (notes.size() < 2) return std::nullopt;
         notes.resize(1 + c.below(notes.size() - 1));
         c.put_notes(notes);
         c.log("checkpoint") = notes.back();
         return Expect::kLimit;
       }},
      {"the first segments pruned by hand",
       [](Case& c) -> Answer {
         const auto all = c.segments();
         if (all.size() < 2) return std::nullopt;
         const size_t gone = 1 + c.below(all.size() - 1);
         for (size_t i = 0; i < gone; ++i) c.files.erase(all[i]);
         if (c.below(2) == 0) {
           Intruder intruder = c.lines();
           intruder.append(
               "{\"by\":\"uid:0\",\"first\":" + std::to_string(intruder.first_seq()) +
               ",\"mono\":1,\"prev\":\"\",\"seq\":,\"ts\":1,\"type\":\"prune\",\"v\":1,\"w\":"
               "\"ffeeddccbbaa9988\",\"wseq\":0}");
           c.put(intruder);
         }
         return Expect::kNoticed;
       }},

      // ---- payloads
      {"payloads swapped",
       [](Case& c) -> Answer {
         if (!c.shape.sealed) return std::nullopt;
         const auto blobs = c.named(std::string(kLog) + "blob/");
         if (blobs.size() < 2) return std::nullopt;
         std::swap(c.files[blobs[0]], c.files[blobs[1]]);
         return Expect::kNoticed;
       }},
      {"a payload cut short",
       [](Case& c) -> Answer {
         if (!c.shape.sealed) return std::nullopt;
         std::string& bytes = c.files[c.any(c.named(std::string(kLog) + "blob/"))];
         bytes.resize(c.below(bytes.size()));
         return Expect::kNoticed;
       }},
      {"an erasure that nobody signed, and the payloads gone",
       [](Case& c) -> Answer {
         if (!c.shape.sealed) return std::nullopt;
         const std::string blob = c.named(std::string(kLog) + "blob/").front();
         const std::string day = blob.substr(blob.find("blob/") + 5, 10);
         Intruder intruder = c.lines();
         intruder.append(
             "{\"by\":\"uid:0\",\"days\":[\"" + day +
             "\"],\"mono\":1,\"prev\":\"\",\"seq\":,\"ts\":1,\"type\":\"erase\",\"v\":1,\"w\":"
             "\"ffeeddccbbaa9988\",\"wseq\":0}");
         c.put(intruder);
         for (const std::string& each : c.named(std::string(kLog) + "blob/")) c.files.erase(each);
         return Expect::kNoticed;
       }},
  };
}

}  // namespace agentmesh::audit::tests
