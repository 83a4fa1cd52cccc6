#include "tests/audit/damages.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "audit/tiles.h"
#include "tests/audit/forge.h"

namespace agentmesh::audit::tests {

namespace {

namespace fs = std::filesystem;

void flip(std::string& bytes, size_t at, int bit) {
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
}

bool replace_first(std::string& text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) return false;
  text.replace(at, from.size(), to);
  return true;
}

// Which record of the whole log has this byte of a segment.
uint64_t record_at(const Case& c, const std::string& file, size_t offset) {
  const uint64_t first = *segment_first_seq(file.substr(file.rfind('/') + 1));
  const std::string& bytes = c.shape.files.at(file);
  return first + static_cast<uint64_t>(std::count(
                     bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(offset), '\n'));
}

// A tile is evidence where it stands for lines that were pruned.
Expect of_tile(const Case& c, const std::string& file, size_t offset) {
  if (file.find("tile/0/") == std::string::npos)
    return Expect::kLimit;  // the upper ones: by compare
  const uint64_t tile = std::stoull(file.substr(file.rfind('/') + 1));
  return tile * 256 + offset / 32 < c.shape.first_seq ? Expect::kNoticed : Expect::kStrict;
}

Answer rewrite_record(Case& c, const std::function<bool(std::string&)>& rewrite, bool chained) {
  Intruder intruder = c.lines();
  const size_t index = c.below(intruder.lines().size());
  if (!rewrite(intruder.lines()[index].text)) return std::nullopt;
  if (chained) intruder.rechain();
  c.put(intruder);
  return c.of_record(index);
}

// The same value in other words: never of the form of section 2.
Answer reword(Case& c, const std::function<bool(std::string&)>& rewrite) {
  const Answer answer = rewrite_record(c, rewrite, c.below(2) == 0);
  return answer ? Answer(Expect::kNoticed) : answer;
}

const Signer& stranger(const std::string& origin) {
  static std::map<std::string, Signer> kept;
  return kept.try_emplace(origin, key_number(99, origin)).first->second;
}

// Every checkpoint signed again, with the roots that the lines have now.
void sign_again(Case& c, const Signer& key) {
  Frontier tree;
  std::vector<Hash> roots = {tree.root()};
  Intruder intruder = c.lines();
  for (const Intruder::Line& line : intruder.lines()) {
    tree.add(hash_leaf(line.text));
    roots.push_back(tree.root());
  }
  std::vector<std::string> notes;
  for (const uint64_t size : c.shape.sizes)
    if (size < roots.size())
      notes.push_back(sign_note(TreeHead{key.verifier.name, size, roots[size]}.text(), {&key}));
  c.put_notes(notes);
  c.log("checkpoint") = notes.back();
}

std::string origin_of(Case& c) {
  const std::string& note = c.log("checkpoint");
  return note.substr(0, note.find('\n'));
}

// The log as it was at one of its checkpoints.
uint64_t roll_back(Case& c, size_t checkpoint) {
  std::vector<std::string> notes = c.notes();
  notes.resize(checkpoint + 1);
  c.put_notes(notes);
  c.log("checkpoint") = notes.back();
  const uint64_t size = c.shape.sizes[checkpoint];
  Intruder intruder = c.lines();
  intruder.lines().resize(size - c.shape.first_seq);
  for (const auto& [name, bytes] : intruder.segments()) {
    if (bytes.empty()) {
      c.files.erase(kLog + name);
    } else {
      c.files[kLog + name] = bytes;
    }
  }
  return size;
}

}  // namespace

const std::vector<Damage>& damages() {
  static const std::vector<Damage> kAll = {
      // ---- bytes
      {"a bit of a segment",
       [](Case& c) -> Answer {
         const std::string file = c.any(c.segments());
         std::string& bytes = c.files[file];
         const size_t at = c.below(bytes.size());
         const uint64_t record = record_at(c, file, at);
         flip(bytes, at, static_cast<int>(c.below(8)));
         return c.of_record(record - c.shape.first_seq);
       }},
      {"a bit of a checkpoint",
       [](Case& c) -> Answer {
         std::string& bytes = c.log(c.below(2) == 0 ? "checkpoint" : "checkpoints");
         flip(bytes, c.below(bytes.size()), static_cast<int>(c.below(8)));
         return Expect::kNoticed;
       }},
      {"a bit of a tile",
       [](Case& c) -> Answer {
         const auto tiles = c.named(std::string(kLog) + "tile/");
         if (tiles.empty()) return std::nullopt;
         const std::string file = c.any(tiles);
         const size_t at = c.below(c.files[file].size());
         flip(c.files[file], at, static_cast<int>(c.below(8)));
         const Expect expect = of_tile(c, file, at);
         return expect == Expect::kLimit ? Expect::kStrict : expect;
       }},
      {"a bit of a sealed payload or its key",
       [](Case& c) -> Answer {
         if (!c.shape.sealed) return std::nullopt;
         const bool key = c.below(2) == 0;
         std::string& bytes =
             c.files[c.any(c.named(key ? "keys/blob/main/" : std::string(kLog) + "blob/"))];
         // (One bit of a hex digit makes a capital of it, and the same key.)
         flip(bytes, c.below(bytes.size()), static_cast<int>(c.below(key ? 3 : 8)));
         return Expect::kNoticed;
       }},
      {"a bit of what proves nothing",
       [](Case& c) -> Answer {
         const std::string name =
             c.below(2) == 0 ? std::string(kLog) + "state" : "keys/audit/main.mac";
         std::string& bytes = c.files[name];
         flip(bytes, c.below(bytes.size()), static_cast<int>(c.below(8)));
         return Expect::kLimit;
       }},
      {"a bit of the public keys",
       [](Case& c) -> Answer {
         std::string& bytes = c.files["keys/audit/main.vkeys"];
         const size_t at = c.below(bytes.size() - 1);
         flip(bytes, at, static_cast<int>(c.below(8)));
         return c.shape.one_key ? Expect::kNoticed
                                : Expect::kLimit;  // any one of several is enough
       }},
      {"bytes in the middle of a file",
       [](Case& c) -> Answer {
         const std::string file = c.any(c.segments());
         std::string& bytes = c.files[file];
         const size_t at = c.below(bytes.size());
         const uint64_t record = record_at(c, file, at);
         bytes.insert(
             at, c.any(std::vector<std::string>{"x", " ", "\n", "\r", std::string(1, '\0'), "\xff",
                                                "}\n{", std::string(70'000, 'x')}));
         return c.of_record(record - c.shape.first_seq);
       }},
      {"bytes taken out of a file",
       [](Case& c) -> Answer {
         const std::string file = c.any(c.segments());
         std::string& bytes = c.files[file];
         const size_t at = c.below(bytes.size());
         const uint64_t record = record_at(c, file, at);
         bytes.erase(at, 1 + c.below(600));
         return c.of_record(record - c.shape.first_seq);
       }},

      // ---- lines
      {"a line taken out",
       [](Case& c) -> Answer {
         Intruder intruder = c.lines();
         const size_t index = c.below(intruder.lines().size());
         intruder.lines().erase(intruder.lines().begin() + static_cast<ptrdiff_t>(index));
         c.put(intruder);
         return c.of_record(index);
       }},
      {"a line twice",
       [](Case& c) -> Answer {
         Intruder intruder = c.lines();
         const size_t from = c.below(intruder.lines().size());
         const size_t to = c.below(intruder.lines().size());
         intruder.lines().insert(
             intruder.lines().begin() + static_cast<ptrdiff_t>(to),
             Intruder::Line{intruder.lines()[to].segment, intruder.lines()[from].text});
         c.put(intruder);
         return Expect::kNoticed;
       }},
      {"two lines swapped",
       [](Case& c) -> Answer {
         Intruder intruder = c.lines();
         const size_t a = c.below(intruder.lines().size());
         const size_t b = c.below(intruder.lines().size());
         if (a == b) return std::nullopt;
         std::swap(intruder.lines()[a].text, intruder.lines()[b].text);
         c.put(intruder);
         return Expect::kNoticed;
       }},
      {"a strange line put in",
       [](Case& c) -> Answer {
         const std::string line =
             c.any(std::vector<std::string>{"", " ", "{}", "hello", "null", "[]",
                                            c.any(shapes()).lines[3], std::string(65'536, 'x')});
         Intruder intruder = c.lines();
         const size_t index = c.below(intruder.lines().size() + 1);
         const std::string segment =
             intruder.lines()[std::min(index, intruder.lines().size() - 1)].segment;
         intruder.lines().insert(intruder.lines().begin() + static_cast<ptrdiff_t>(index),
                                 Intruder::Line{segment, line});
         c.put(intruder);
         return Expect::kNoticed;
       }},
      {"lines of one segment moved to the next",
       [](Case& c) -> Answer {
         Intruder intruder = c.lines();
         const size_t index = c.below(intruder.lines().size() - 1);
         if (intruder.lines()[index].segment == intruder.lines()[index + 1].segment)
           return std::nullopt;
         intruder.lines()[index].segment = intruder.lines()[index + 1].segment;
         c.put(intruder);
         return Expect::kNoticed;
       }},
      {"the end of a segment cut off",
       [](Case& c) -> Answer {
         const auto segments = c.segments();
         const std::string file = c.below(2) == 0 ? segments.back() : c.any(segments);
         std::string& bytes = c.files[file];
         size_t cut = c.below(bytes.size());
         if (c.below(2) == 0) cut = bytes.rfind('\n', cut) + 1;  // npos + 1 is 0
         if (c.below(4) == 0 && cut > 0) --cut;
         const uint64_t record = record_at(c, file, cut);
         const bool whole = cut > 0 && bytes[cut - 1] == '\n';
         bytes.resize(cut);
         if (file != segments.back()) return Expect::kNoticed;
         const Expect expect = c.of_record(record - c.shape.first_seq);
         return expect == Expect::kLimit && cut > 0 && !whole ? Expect::kNoticed : expect;
       }},

      // ---- changed, and every hash made to fit
      {"a value changed and chained",
       [](Case& c) -> Answer {
         return rewrite_record(
             c,
             [&](std::string& line) {
               static const std::vector<std::pair<std::string, std::string>> kValues = {
                   {"\"verdict\":\"allow\"", "\"verdict\":\"deny\""},
                   {"\"tool\":\"write_file\"", "\"tool\":\"read_file\""},
                   {"\"server\":\"fs\"", "\"server\":\"gs\""},
                   {"\"status\":\"ok\"", "\"status\":\"lost\""},
                   {"\"us\":100", "\"us\":99"},
                   {"\"ts\":1", "\"ts\":9"},
                   {"\"ts\":1", "\"ts\":-1"},
                   {"\"mono\":", "\"mono\":1"}};
               const auto& [from, to] = c.any(kValues);
               return replace_first(line, from, to);
             },
             true);
       }},
      {"a line taken out and the rest chained",
       [](Case& c) -> Answer {
         Intruder intruder = c.lines();
         const size_t index = c.below(intruder.lines().size());
         intruder.lines().erase(intruder.lines().begin() + static_cast<ptrdiff_t>(index));
         intruder.rechain();
         c.put(intruder);
         return c.of_record(index);
       }},
      {"a line put in and the rest chained",
       [](Case& c) -> Answer {
         Intruder intruder = c.lines();
         const size_t index = c.below(intruder.lines().size());
         intruder.lines().insert(intruder.lines().begin() + static_cast<ptrdiff_t>(index),
                                 intruder.lines()[c.below(intruder.lines().size())]);
         intruder.lines()[index].segment = intruder.lines()[index + 1].segment;
         intruder.rechain();
         c.put(intruder);
         return c.of_record(index);
       }},
      {"cut, chained and signed by a stranger",
       [](Case& c) -> Answer {
         Intruder intruder = c.lines();
         intruder.edit(c.shape.first_seq + 2, "\"ts\":1", "\"ts\":2");
         intruder.rechain();
         c.put(intruder);
         sign_again(c, stranger(origin_of(c)));
         return Expect::kNoticed;
       }},
      {"all of it written anew by a stranger who names himself in record 0",
       [](Case& c) -> Answer {
         if (c.shape.first_seq > 0 || !c.shape.one_key) return std::nullopt;
         const Signer& key = stranger(origin_of(c));
         Intruder intruder = c.lines();
         std::string& genesis = intruder.lines()[0].text;
         const size_t at = genesis.find("\"vkey\":\"") + 8;
         genesis.replace(at, genesis.find('"', at) - at, key.verifier.text());
         intruder.rechain();
         c.put(intruder);
         sign_again(c, key);
         return Expect::kNoticed;
       }},
      {"a change of keys to a stranger's, and his checkpoints",
       [](Case& c) -> Answer {
         const Signer& key = stranger(origin_of(c));
         Intruder intruder = c.lines();
         intruder.append(
             "{\"mono\":1,\"old\":\"x\",\"prev\":\"\",\"seq\":,\"ts\":1,\"type\":\"key.rotate\",\"v\":1,\"vkey\":\"" +
             key.verifier.text() + "\",\"w\":\"ffeeddccbbaa9988\",\"wseq\":0}");
         c.put(intruder);
         Frontier tree;
         if (c.shape.first_seq > 0) return std::nullopt;
         for (const Intruder::Line& line : intruder.lines()) tree.add(hash_leaf(line.text));
         const std::string note =
             sign_note(TreeHead{key.verifier.name, tree.size(), tree.root()}.text(), {&key});
         c.log("checkpoints") += note;
         c.log("checkpoint") = note;
         return Expect::kNoticed;
       }},
      {"written anew by the holder of the key",
       [](Case& c) -> Answer {
         if (!c.shape.one_key || c.shape.first_seq > 0) return std::nullopt;
         std::string key = c.files.at("keys/audit/main.key");
         key.pop_back();
         Intruder intruder = c.lines();
         intruder.edit(c.below(c.shape.signed_size), "\"ts\":1", "\"ts\":2");
         intruder.rechain();
         c.put(intruder);
         sign_again(c, *Signer::parse(key));
         c.by_key_holder = true;
         return Expect::kLimit;
       }},

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
         (void)roll_back(c, checkpoint);
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

      // ---- the same value in other words
      {"a number in other words",
       [](Case& c) -> Answer {
         return reword(c, [&](std::string& line) {
           const size_t at = line.find(
               c.any(std::vector<std::string>{"\"ts\":", "\"mono\":", "\"v\":", "\"seq\":"}));
           const size_t digits = line.find(':', at) + 1;
           const size_t end = line.find_first_not_of("0123456789", digits);
           const std::string number = line.substr(digits, end - digits);
           line.replace(digits, end - digits,
                        c.any(std::vector<std::string>{number + ".0", number + "e0", "0" + number,
                                                       "+" + number, "\"" + number + "\"",
                                                       number + " ", "-0"}));
           return true;
         });
       }},
      {"a text in other words",
       [](Case& c) -> Answer {
         return reword(c, [&](std::string& line) {
           static const std::vector<std::pair<std::string, std::string>> kWords = {
               {"\"type\":\"d", "\"type\":\"\\u0064"},
               {"\"type\":\"s", "\"type\":\"\\u0073"},
               {"\"type\"", "\"\\u0074ype\""},
               {"tools/call", "tools\\/call"},
               {"\":", "\" :"},
               {",\"", ", \""},
               {"{\"", "{ \""},
               {"\"v\":1", "\"v\":1,\"v\":1"},
               {"\"v\":1,", "\"v\":1,\"v\":2,"},
               {"\"v\":1", "\"v\":null"},
               {"\"v\":1", "\"v\":1,\"a\":1"},
               {"\"w\":\"", "\"w\":\"A"},
               {"}", "}}"},
               {"\"seq\"", "\"sEq\""}};
           const auto& [from, to] = c.any(kWords);
           return replace_first(line, from, to);
         });
       }},
      {"hex digits in capitals",
       [](Case& c) -> Answer {
         return reword(c, [&](std::string& line) {
           const size_t at = line.find(c.below(2) == 0 ? "\"prev\":\"" : "\"w\":\"");
           const size_t letter = line.find_first_of("abcdef", line.find(':', at) + 2);
           const size_t end = line.find('"', line.find(':', at) + 2);
           if (letter >= end) return false;
           line[letter] = static_cast<char>(line[letter] - 'a' + 'A');
           return true;
         });
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
  return kAll;
}

void harm_anything(Case& c) {
  const std::string name = c.any(c.named(""));
  std::string& bytes = c.files[name];
  switch (c.below(4)) {
    case 0: flip(bytes, c.below(bytes.size()), static_cast<int>(c.below(8))); break;
    case 1: bytes.resize(c.below(bytes.size())); break;
    case 2: bytes += "x\n"; break;
    default: c.files.erase(name);
  }
}

}  // namespace agentmesh::audit::tests
