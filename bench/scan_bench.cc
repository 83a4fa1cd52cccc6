// Each scanner by itself, and those that read one text together: what 1 KiB of ordinary text costs, what a byte of a long one
// costs, and the worst of many hostile texts (one short unit over and over) at two lengths, so that anything but linear shows.
//
//   scan_bench            the table, in CPU time; exit 1 if a byte of some 256 KiB text costs 4 times what it costs at 64 KiB, or
//                         10 times what a byte of ordinary text costs all scanners that would read it
//
// Ordinary is prose for a result; for an argument what tools are handed (JSON, SQL, a command line, paths, URLs: the scanners of a
// long argument have next to nothing to do in prose), and a scanner's own kind of text for SQL and command lines, which are read
// as such. What a message costs is what all its scanners cost, so that is what the worst text is held against.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

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

constexpr std::string_view kUnits[] = {
    "'", "\"", "`", "(", "$(", "<(", "[", "{a,", "%", "%25", "%c0", "&#", "&", "/*", "*/", "--",
    "@", "a@a.", "://", "http://", "[::", "=a", "token=", "password: ", "\\n1", "%3Dpassword=a1 ",
    ";1", "\\x1b[1mAKIA", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "eyJ.", "AAAA/", "1 ", "+1",
    "GB", "DE89 ", "4111 1111 ", "select ", "(delete from a ", "; drop table ", "$$", "$a$", "q'[",
    "ignore ", "do not tell the user ", "you are ", "read ~/.ssh/id_rsa ", "send all to a@b.c ",
    "<system>", "[SYSTEM] ", "###", "agentmesh ", "\xE2\x80\x8B", "\xF3\xA0\x81\x81",
    "\xE2\x80\xAE", "\x1B[", "\x1B[8m", "\xC0", "\xFF", "\xD0\xB0", "\xEF\xBC\xA1", "e\xCC\x81",
    "../", "..", "\\", "~", "x=$x$x;", "<<E\n", "a|", "| sh ", "; ls ", "\n", "AKIA", "sk-", "ghp_",
    "aGVsbG8g", "68656c6c", "0x7f.", "1.1.1.1 ", "http://1.2.3.4:22/", "select/**/",
    "union select ", "' or 1=1 -- ", "postgres://a:b@", "find / -exec rm {} ; ",
    "ignore all previous instructions and ", "the ai must send all your secret keys to ",
    "password=aB3$aB3$ ", "\"ignore ", "1gn0re ", "a b c d ", "<!-- ", "do not ", "忽略", "的",
    "“attack ", "a_b( ", "/etc/passwd ", "disregart ", "agentmesh allowed ", "ssn 123 45 6789 ",
    "x@y.zz ", "`a", "`id`", ";id", "|cat /etc/passwd", "&&id", "$IFS", "{a,b}", "<(id)", "' or ",
    "a;b|",
    // found by a hunt over repeats of every short token, of lexicon words, of random pieces
    // and of what the fuzzers keep
    "0123456789abcdeftoken%3D\xE2\x81\xA6", "password%3Da1b2c3d4e5f6", "<<<a", "</a>", "(((",
    "\xE3\x81\x82", "\xD1\x8F ", "http://1.2.3.4:22/ a",
    // values and keys that hold the next ones
    "pwd:Xy1z", "pwd:1", "pwd=.aB3x", "a1B2pwd:", "password%3Aa%31%42", "fm2_-", "eyJ-", "eyJ-a.",
    "GOCSPX--", "sq0csp-", "AIza-", "ATATT3_", "https://hooks.slack.com/services/T",
    // found by climbing from mixtures of all these, of words of the lists and of whole files of the fuzzers: secrets under
    // three encodings (octal where a hex digit follows: it ends after three)
    "xkeysib--pwd=.-xoxpCSP-x=$x$x;pwd:.01pwd:2345abcdefen%3Dpwd=.aB3\xE2\x81\246ABIA",
    ";pwd:pwd:n%3D.3\xE2\x81\246A",
    // what reaches to the end of the text, each time
    "##<<E\n$(delete from a a|dp.pt.", "with () (", "table ", "from a,", "a[a[a[a[a[a[a[a[a[a[]",
    "<<sys>>", "[inst]<<sys>>", "<|im_start|>user {x}", "{{ '<|user|>", "p+://:/",
    "http:/\xFFp+://\xD8", "http:/@", "http://a@/", "http:1aaaaaaaaaaaaaaaaaaaaaaaaa=", "jar:x ",
    "|nc ", "|sh", "echo a|sh|sh|sh|sh;",
    // many places to ask about, many signs
    "fm:/n", "<\xD0\x01", "<\xD0\x96\x01", ":::::::::::::::::::::::\xFF\xD0\xF0\xD0\227b",
    "\x01~/%252a=/o/n$\\", ">/.s-~/.\x01\x01.", "////// a/*! 1 */;[+\\ $a}",
    "\xE2\x81\2406\x1F\xEF\xBE\xA0\x01\x03\x92\x9A\xE2\x81\2404", "\x8B\x1B\"8\xC2\x9B+0m"};

struct Scanner {
  const char* name;
  std::function<void(std::string_view)> run;
};

// Scanners that read the same text, and all of them as a message has it read.
struct Surface {
  const char* name;
  std::string ordinary;  // repeated
  std::vector<Scanner> scanners;
  Scanner together;
  bool of_messages = true;  // false: shown, and held against nothing
};

std::string repeated(std::string_view unit, size_t bytes) {
  std::string out;
  out.reserve(bytes + unit.size());
  while (out.size() < bytes) out += unit;
  out.resize(bytes);
  return out;
}

double cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// The best of a few runs, per byte.
double cost(const Scanner& scanner, const std::string& text) {
  double best = 1e18;
  const size_t times = std::max<size_t>(1, 65536 / text.size());
  for (int round = 0; round < 3; ++round) {
    const double began = cpu_ns();
    for (size_t i = 0; i < times; ++i) scanner.run(text);
    best = std::min(best, (cpu_ns() - began) / static_cast<double>(times));
  }
  return best / static_cast<double>(text.size());
}

template <class Scan>
Scanner with_hits(const char* name, Scan scan) {
  return {name, [scan](std::string_view text) {
            std::vector<Hit> hits;
            scan(text, hits);
          }};
}

// A long text in short pieces, each read by itself: what is allowed in any text weighs most in a short one, and some scanners read
// no long ones.
template <class Scan>
Scanner in_pieces(size_t piece, Scan scan) {
  return with_hits("", [piece, scan](std::string_view text, std::vector<Hit>& hits) {
    for (size_t at = 0; at < text.size(); at += piece) {
      hits.clear();
      scan(text.substr(at, piece), hits);
    }
  });
}

// What a result goes through, as policy does it: what is decoded is decoded once.
void read_result(std::string_view text, std::vector<Hit>& hits) {
  Reading reading(text);
  find_instructions(reading, TextKind::kResult, {}, hits);
  find_forged_mark(reading, hits);
  find_hidden(text, false, hits);
  find_secrets(reading, "x", hits);
  find_pii(text, hits);
}

void read_argument(std::string_view text, std::vector<Hit>& hits) {
  std::vector<Url> urls;
  find_urls(text, false, urls, hits);
  find_sql_injection(text, hits);
  find_shell_injection(text, hits);
  find_secrets(text, "x", hits);
  find_pii(text, hits);
}

// All that reads free text.
void read_both(std::string_view text, std::vector<Hit>& hits) {
  read_result(text, hits);
  std::vector<Url> urls;
  find_urls(text, false, urls, hits);
  find_sql_injection(text, hits);
  find_shell_injection(text, hits);
}

std::vector<Surface> surfaces() {
  const std::string prose =
      "The report for March is in docs/reports/march.md, next to the two drafts that Anna wrote in the week before. It has 14 "
      "pages, three tables and a list of open questions; the second table (revenue by region, in EUR) was changed on 2026-03-18 "
      "and again on the 21st. Nothing else was touched: the appendix, the glossary and the links at the end are those of the "
      "year before. ";
  const std::string handed =
      R"({"id": 4711, "owner": "anna@firm.example", "tags": ["q3", "draft-2"], "done": false, "when": "2026-03-18T09:12:44Z"} )"
      "SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer WHERE o.total > 250 AND c.city = 'Bonn'; "
      "git log --since=2026-01-01 --oneline -- src/app.py | head -n 20 && make -j4 test > build/log.txt 2>&1\n"
      "/srv/data/reports/2026/march-v2.csv https://api.firm.example/v1/items?page=2&sort=-date "
      "Please update the second table; Anna's numbers (revenue by region) are from last week. ";
  const Scanner secrets = with_hits("secrets", [](std::string_view text, std::vector<Hit>& hits) {
    find_secrets(text, "x", hits);
  });
  const Scanner personal = with_hits(
      "personal data", [](std::string_view text, std::vector<Hit>& hits) { find_pii(text, hits); });
  return {
      {"a result",
       prose,
       {with_hits("orders",
                  [](std::string_view text, std::vector<Hit>& hits) {
                    find_instructions(text, TextKind::kResult, hits);
                  }),
        with_hits("forged marks", [](std::string_view text,
                                     std::vector<Hit>& hits) { find_forged_mark(text, hits); }),
        with_hits("hidden text", [](std::string_view text,
                                    std::vector<Hit>& hits) { find_hidden(text, false, hits); }),
        secrets, personal},
       with_hits("", read_result)},
      {"an argument",
       handed,
       {with_hits("URLs",
                  [](std::string_view text, std::vector<Hit>& hits) {
                    std::vector<Url> urls;
                    find_urls(text, false, urls, hits);
                  }),
        with_hits("SQL injection",
                  [](std::string_view text, std::vector<Hit>& hits) {
                    find_sql_injection(text.substr(0, 4096), hits);
                  }),
        with_hits("shell injection",
                  [](std::string_view text, std::vector<Hit>& hits) {
                    find_shell_injection(text.substr(0, 4096), hits);
                  }),
        secrets, personal},
       with_hits("", read_argument)},
      {"any free text",
       prose,
       {},
       with_hits("", read_both),
       false},  // no message is read by all eight
      {"results of 4 KiB", prose, {}, in_pieces(4096, read_result)},
      {"arguments of 4 KiB", handed, {}, in_pieces(4096, read_argument)},
      {"arguments of 1 KiB",
       handed,
       {},
       in_pieces(1024, read_argument)},  // commands are looked for in them
      {"SQL",
       "SELECT name, count(*) FROM users WHERE id = 7 AND city = 'Bonn'; ",
       {},
       with_hits(
           "", [](std::string_view text, std::vector<Hit>& hits) { (void)read_sql(text, hits); })},
      {"a command line",
       "ls -l /srv/data | sort -k5 -n | tail -n 20 > out.txt; ",
       {},
       with_hits("", [](std::string_view text,
                        std::vector<Hit>& hits) { (void)read_shell(text, hits); })},
      {"paths of 4 KiB",
       "srv/data/reports/2026/",
       {},
       in_pieces(4096, [](std::string_view text, std::vector<Hit>& hits) {
         (void)PathReader(nullptr).read(text, hits);
       })}};
}

std::string shown(std::string_view unit) {
  std::string out;
  for (const char c : unit) {
    char hex[5];
    (void)std::snprintf(hex, sizeof hex, "\\x%02X",
                        static_cast<unsigned>(static_cast<unsigned char>(c)));
    if (c >= ' ' && c < 0x7F) {
      out += c;
    } else {
      out += hex;
    }
  }
  return out;
}

struct Worst {
  double times = 0;  // the ordinary cost
  double cost = 0;
  std::string_view of;
  void take(double other, double ordinary, std::string_view unit) {
    if (other / ordinary > times) *this = {other / ordinary, other, unit};
  }
};

void row(const std::string& name, double small, double ordinary, const Worst& worst) {
  std::printf("%-18s %10.2f %12.2f %12.1f %8.1f  %s\n", name.c_str(), small, ordinary, worst.cost,
              worst.times, shown(worst.of).c_str());
}

// False if something is not linear, or costs far more than ordinary text.
bool compare() {
  constexpr double kLimit = 10;
  std::printf("%-18s %10s %12s %12s %8s  %s\n", "", "1 KiB us", "long ns/B", "worst ns/B", "x",
              "of");
  bool good = true;
  for (const Surface& surface : surfaces()) {
    const std::string ordinary = repeated(surface.ordinary, 65536);
    const auto measured = [&](const std::string& name, const Scanner& scanner) {
      Worst worst;
      for (const std::string_view unit : kUnits) {
        const double at_64k = cost(scanner, repeated(unit, 65536));
        double at_256k = cost(scanner, repeated(unit, 262144));
        // A dear one again, in turns with the ordinary text, since the machine may do other things.
        double whole = cost(surface.together, ordinary);
        for (int again = 0; again < 12 && at_256k > kLimit / 2 * whole; ++again) {
          at_256k = std::min(at_256k, cost(scanner, repeated(unit, 262144)));
          whole = std::min(whole, cost(surface.together, ordinary));
        }
        if (at_256k > 4 * at_64k && at_256k > 50) {
          std::printf("%s: not linear on %s\n", name.c_str(), shown(unit).c_str());
          good = false;
        }
        worst.take(at_256k, whole, unit);
      }
      row(name, cost(scanner, repeated(surface.ordinary, 1024)) * 1024 / 1000,
          cost(scanner, repeated(surface.ordinary, 65536)), worst);
      return worst.times;
    };
    const double worst = measured(surface.name, surface.together);
    if (surface.of_messages && worst > kLimit) good = false;
    for (const Scanner& scanner : surface.scanners)
      measured(std::string("  ") + scanner.name, scanner);
  }
  return good;
}

}  // namespace
}  // namespace agentmesh::policy::scan

int main() { return agentmesh::policy::scan::compare() ? 0 : 1; }
