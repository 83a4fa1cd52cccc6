// What is done to the bytes of a log and to its lines: to their order, to what they say with every hash made to fit, and to
// how they say it.

#include "tests/audit/damages.h"
#include "tests/audit/forge.h"

namespace agentmesh::audit::tests {

namespace {

bool replace_first(std::string& text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == std::string::npos) return false;
  text.replace(at, from.size(), to);
  return true;
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

}  // namespace

std::vector<Damage> damages_of_lines() {
  return {
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
         const bool newest = c.below(2) == 0;
         std::string& bytes = c.log(newest ? "checkpoint" : "checkpoints");
         const size_t at = c.below(bytes.size());
         // Of what was pruned nobody knows all keys: a signature that is of none of them now is a note.
         size_t end = 0;
         size_t note = 0;
         for (const std::string& each : c.notes())
           if ((end += each.size()) <= at) ++note;
         flip(bytes, at, static_cast<int>(c.below(8)));
         return !newest && c.shape.sizes[note] <= c.shape.first_seq ? Expect::kLimit
                                                                    : Expect::kNoticed;
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
  };
}

}  // namespace agentmesh::audit::tests
