// Measures the scanners on a directory of labelled records (JSONL: id, set, label, text …) and prints one line per set: how
// many of n, in percent, with the 95 % interval of Wilson. Not part of the test run: the records are not in the repository.
//
//   scan_measure DIRECTORY            the table
//   scan_measure DIRECTORY ROW        the records of that row that went the wrong way

#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/skeleton.h"
#include "policy/scan/paths.h"
#include "policy/scan/pii.h"
#include "policy/scan/secrets.h"
#include "policy/scan/shell.h"
#include "policy/scan/sql.h"
#include "policy/scan/text.h"
#include "policy/scan/unicode.h"
#include "policy/scan/urls.h"

namespace agentmesh::policy::scan {
namespace {

struct Record {
  std::string line;
  std::string set;
  std::string label;
  std::string text;
};

std::vector<Record> load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<Record> out;
  json::Reader reader;
  for (std::string line; std::getline(in, line);) {
    if (reader.read(line).fault != json::Fault::kNone) continue;
    Record record;
    record.set = reader.root().find("set").string();
    record.label = reader.root().find("label").string();
    record.text = reader.root().find("text").string();
    record.line = std::move(line);
    out.push_back(std::move(record));
  }
  if (out.empty()) std::fprintf(stderr, "scan_measure: no records in %s\n", path.c_str());
  return out;
}

struct Rate {
  size_t n = 0;
  size_t hits = 0;
};

void print(const std::string& row, const Rate& rate) {
  const auto n = static_cast<double>(rate.n);
  const double p = static_cast<double>(rate.hits) / n;
  constexpr double kZ = 1.96;
  const double middle = (p + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
  const double half = kZ * std::sqrt(p * (1 - p) / n + kZ * kZ / (4 * n * n)) / (1 + kZ * kZ / n);
  std::printf("%-64s %5zu of %5zu  %5.1f %%  [%5.1f, %5.1f]\n", row.c_str(), rate.hits, rate.n,
              100 * p, 100 * (middle - half), 100 * (middle + half));
}

class Table {
 public:
  Table(std::string root, std::string wanted)
      : root_(std::move(root)), wanted_(std::move(wanted)) {}

  // One row per set of the file; `judge` says whether the record is caught. `attack`: those not caught went wrong.
  void rows(const std::string& file, const std::string& what, bool attack,
            const std::function<bool(const Record&)>& judge) {
    std::map<std::string, Rate> rates;
    const auto began = std::chrono::steady_clock::now();
    size_t bytes = 0;
    for (const Record& record : cached(file)) {
      const bool caught = judge(record);
      bytes += record.text.size();
      const std::string row = what + " · " + record.set;
      Rate& rate = rates[row];
      ++rate.n;
      if (caught) ++rate.hits;
      if (caught != attack && row == wanted_) std::printf("%s\n", record.line.c_str());
    }
    if (!wanted_.empty()) return;
    for (const auto& [row, rate] : rates) print(row, rate);
    const auto took =
        std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - began).count();
    std::printf("%-64s %.1f ns a byte\n", "", took / static_cast<double>(bytes + 1));
  }

  const std::vector<Record>& cached(const std::string& file) {
    auto& records = files_[file];
    if (records.empty()) records = load(root_ + "/" + file + ".jsonl");
    return records;
  }

 private:
  std::string root_;
  std::string wanted_;
  std::map<std::string, std::vector<Record>> files_;
};

bool at_least(const std::vector<Hit>& hits, Severity severity) {
  for (const Hit& hit : hits)
    if (hit.severity >= severity) return true;
  return false;
}

template <class Look>
auto strings_of(Look look) {
  return [look](json::View value) {
    bool any = false;
    const std::function<void(std::string_view, json::View)> walk = [&](std::string_view key,
                                                                       json::View at) {
      if (at.is_string()) {
        any = look(key, at.string()) || any;
      } else if (at.is_object()) {
        for (const auto& member : at.members()) walk(member.key.string(), member.value);
      } else if (at.is_array()) {
        for (const json::View element : at.elements()) walk(key, element);
      }
    };
    walk("", value);
    return any;
  };
}

std::vector<Hit> result_hits(const std::string& text) {
  std::vector<Hit> hits;
  find_instructions(text, TextKind::kResult, hits);
  find_hidden(text, false, hits);
  find_forged_mark(text, hits);
  return hits;
}

std::vector<Hit> tool_hits(const std::string& text) {
  std::vector<Hit> hits;
  find_instructions(text, TextKind::kDescription, hits);
  find_hidden(text, true, hits);
  return hits;
}

int measure(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: scan_measure DIRECTORY [ROW]\n");
    return 2;
  }
  Table table(argv[1], argc > 2 ? argv[2] : "");

  for (const char* side : {"attack", "benign"}) {
    const bool attack = std::string(side) == "attack";
    const std::string file = std::string("tool_descriptions/") + side;
    table.rows(file, std::string("description flagged, ") + side, attack,
               [](const Record& r) { return !tool_hits(r.text).empty(); });
    table.rows(file, std::string("description withheld, ") + side, attack,
               [](const Record& r) { return at_least(tool_hits(r.text), Severity::kHigh); });
    table.rows(std::string("tool_results/") + side, std::string("result medium, ") + side, attack,
               [](const Record& r) { return at_least(result_hits(r.text), Severity::kMedium); });
  }

  const auto path_refused = [](const Record& r) {
    Surroundings here;
    here.working_directory = "/root/proj";
    here.home = "/root";
    std::vector<Hit> hits;
    PathReader(&here).read(r.text, hits, Use::kRead);
    return at_least(hits, Severity::kMedium);
  };
  table.rows("paths/traversal", "path refused", true, path_refused);
  table.rows("paths/benign", "path refused, benign", false, path_refused);
  table.rows("paths/hard_negative", "path refused, hard negative", false, path_refused);

  const auto class_of = [](const Record& r) {
    std::vector<Hit> hits;
    return std::string(to_string(read_sql(r.text, hits).sql_class));
  };
  table.rows("sql/statements", "sql class right", true, [&](const Record& r) {
    return class_of(r) == (r.label == "other" || r.label == "procedure" ? class_of(r) : r.label);
  });
  table.rows("sql/statements", "sql refused (destructive, privilege)", true, [&](const Record& r) {
    const std::string c = class_of(r);
    return c == "destructive" || c == "privilege";
  });
  table.rows("sql/statements", "sql high finding", true, [&](const Record& r) {
    std::vector<Hit> hits;
    read_sql(r.text, hits);
    return at_least(hits, Severity::kHigh);
  });
  table.rows("sql/statements", "sql unparsed", false,
             [&](const Record& r) { return class_of(r) == "unparsed"; });

  const auto sqli = [](const std::string& text, Severity severity) {
    std::vector<Hit> hits;
    find_sql_injection(text, hits);
    return at_least(hits, severity);
  };
  table.rows("sqli/attack", "sqli flagged", true,
             [&](const Record& r) { return sqli(r.text, Severity::kMedium); });
  table.rows("sqli/attack", "sqli high", true,
             [&](const Record& r) { return sqli(r.text, Severity::kHigh); });
  table.rows("sqli/hard_negative", "sqli flagged, hard negative", false,
             [&](const Record& r) { return sqli(r.text, Severity::kMedium); });

  const auto shelli = [](const std::string& text, Severity severity) {
    std::vector<Hit> hits;
    find_shell_injection(text, hits);
    return at_least(hits, severity);
  };
  table.rows("shell/injection", "shell injection flagged", true,
             [&](const Record& r) { return shelli(r.text, Severity::kMedium); });
  table.rows("shell/injection", "shell injection high", true,
             [&](const Record& r) { return shelli(r.text, Severity::kHigh); });
  table.rows("shell/hard_negative", "shell injection flagged, hard negative", false,
             [&](const Record& r) { return shelli(r.text, Severity::kMedium); });
  for (const auto& [name, severity] :
       {std::pair{"high", Severity::kHigh}, std::pair{"medium", Severity::kMedium}}) {
    table.rows("shell/benign", std::string("shell command ") + name, false,
               [s = severity](const Record& r) {
                 std::vector<Hit> hits;
                 read_shell(r.text, hits);
                 return at_least(hits, s);
               });
  }

  for (const auto& [name, severity] :
       {std::pair{"flagged", Severity::kMedium}, std::pair{"high", Severity::kHigh}}) {
    for (const char* side : {"attack", "benign"}) {
      table.rows(std::string("ssrf/") + side, std::string("url ") + name + ", " + side,
                 std::string(side) == "attack", [s = severity](const Record& r) {
                   std::vector<Hit> hits;
                   std::vector<Url> urls;
                   find_urls(r.text, true, urls, hits);
                   return at_least(hits, s);
                 });
    }
  }

  const auto secret = [](const Record& r) {
    std::vector<Hit> hits;
    find_secrets(r.text, "body", hits);
    return !hits.empty();
  };
  table.rows("secrets/positive", "secret found", true, secret);
  table.rows("secrets/positive", "secret found, plain", true, [&](const Record& r) {
    return r.line.find("\"encoding\": \"none\"") == std::string::npos &&
                   r.line.find("\"encoding\":\"none\"") == std::string::npos
               ? true
               : secret(r);
  });
  table.rows("secrets/negative", "secret found, negative", false, secret);

  table.rows("unicode/hidden", "hidden text in a result", true, [](const Record& r) {
    return at_least(result_hits(r.text), Severity::kMedium) && !neutralise(r.text).empty();
  });
  table.rows("unicode/terminal", "terminal escape in a result", true,
             [](const Record& r) { return !neutralise(r.text).empty(); });
  table.rows("unicode/benign", "unicode changed or flagged, benign", false, [](const Record& r) {
    return !neutralise(r.text).empty() || !result_hits(r.text).empty() ||
           !tool_hits(r.text).empty();
  });
  table.rows("unicode/confusables", "confusable as key", true, [](const Record& r) {
    json::Reader reader;
    reader.read(r.line);
    const std::string target = reader.root().find("target").string();
    return could_be_read_as("para" + r.text + "s", "para" + target + "s");
  });
  table.rows("unicode/confusables", "confusable as tool name", true, [](const Record& r) {
    json::Reader reader;
    reader.read(r.line);
    const std::string target = reader.root().find("target").string();
    return agentmesh::skeleton("re" + r.text + "ad") == agentmesh::skeleton("re" + target + "ad");
  });

  // Benign calls: what each scanner would say of any argument.
  const auto calls = [&](const std::string& row, auto look) {
    const auto any = strings_of(look);
    table.rows("calls/benign", row, false, [any](const Record& r) {
      json::Reader reader;
      reader.read(r.line);
      return any(reader.root().find("arguments"));
    });
  };
  using std::string_view;
  calls("call: path medium", [](string_view key, const std::string& text) {
    if (!is_path(key, text)) return false;
    Surroundings here;
    here.working_directory = "/root";
    here.home = "/root";
    std::vector<Hit> hits;
    PathReader(&here).read(text, hits);
    return at_least(hits, Severity::kMedium);
  });
  calls("call: sql injection",
        [&](string_view, const std::string& text) { return sqli(text, Severity::kMedium); });
  calls("call: shell injection", [&](string_view key, const std::string& text) {
    return key != "command" && shelli(text, Severity::kMedium);
  });
  calls("call: shell injection, commands too, high",
        [&](string_view, const std::string& text) { return shelli(text, Severity::kHigh); });
  calls("call: secret", [](string_view key, const std::string& text) {
    std::vector<Hit> hits;
    find_secrets(text, key, hits);
    return !hits.empty();
  });
  calls("call: url medium", [](string_view key, const std::string& text) {
    std::vector<Hit> hits;
    std::vector<Url> urls;
    find_urls(text, is_url_key(key), urls, hits);
    return at_least(hits, Severity::kMedium);
  });
  calls("call: pii medium", [](string_view, const std::string& text) {
    std::vector<Hit> hits;
    find_pii(text, hits);
    return at_least(hits, Severity::kMedium);
  });
  calls("call: query read as sql", [](string_view key, const std::string& text) {
    return (key == "query" || key == "statement") && looks_like_sql(text);
  });
  calls("call: hidden text", [](string_view, const std::string& text) {
    std::vector<Hit> hits;
    find_hidden(text, false, hits);
    return !hits.empty();
  });

  // Scanners on results they were not made for.
  table.rows("tool_results/benign", "benign result: secret", false, secret);
  table.rows("tool_results/benign", "benign result: pii medium", false, [](const Record& r) {
    std::vector<Hit> hits;
    find_pii(r.text, hits);
    return at_least(hits, Severity::kMedium);
  });
  return 0;
}

}  // namespace
}  // namespace agentmesh::policy::scan

int main(int argc, char** argv) { return agentmesh::policy::scan::measure(argc, argv); }
