// Each scanner by itself: what 1 KiB of prose costs, what a byte of a long text costs, and the worst of many hostile texts (one
// short unit over and over) against that, at two lengths so that anything but linear shows.
//
//   scan_bench            the table, in CPU time; exit 1 if a byte of some 256 KiB text costs 4 times what it costs at 64 KiB
//
// Ordinary is prose for scanners of prose, and a scanner's own kind of text (SQL, a command line, a path) for the others.

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

namespace {

using namespace agentmesh::policy::scan;

constexpr std::string_view kUnits[] = {"'",
                                       "\"",
                                       "`",
                                       "(",
                                       "$(",
                                       "<(",
                                       "[",
                                       "{a,",
                                       "%",
                                       "%25",
                                       "%c0",
                                       "&#",
                                       "&",
                                       "/*",
                                       "*/",
                                       "--",
                                       "@",
                                       "a@a.",
                                       "://",
                                       "http://",
                                       "[::",
                                       "=a",
                                       "token=",
                                       "password: ",
                                       "-----BEGIN PRIVATE KEY-----",
                                       "-----BEGIN ",
                                       "eyJ.",
                                       "AAAA/",
                                       "1 ",
                                       "+1",
                                       "GB",
                                       "DE89 ",
                                       "4111 1111 ",
                                       "select ",
                                       "(delete from a ",
                                       "; drop table ",
                                       "$$",
                                       "$a$",
                                       "q'[",
                                       "ignore ",
                                       "do not tell the user ",
                                       "you are ",
                                       "read ~/.ssh/id_rsa ",
                                       "send all to a@b.c ",
                                       "<system>",
                                       "[SYSTEM] ",
                                       "###",
                                       "agentmesh ",
                                       "\xE2\x80\x8B",
                                       "\xF3\xA0\x81\x81",
                                       "\xE2\x80\xAE",
                                       "\x1B[",
                                       "\x1B[8m",
                                       "\xC0",
                                       "\xFF",
                                       "\xD0\xB0",
                                       "\xEF\xBC\xA1",
                                       "e\xCC\x81",
                                       "../",
                                       "..",
                                       "\\",
                                       "~",
                                       "x=$x$x;",
                                       "<<E\n",
                                       "a|",
                                       "| sh ",
                                       "; ls ",
                                       "\n",
                                       "AKIA",
                                       "sk-",
                                       "ghp_",
                                       "aGVsbG8g",
                                       "68656c6c",
                                       "0x7f.",
                                       "1.1.1.1 ",
                                       "http://1.2.3.4:22/",
                                       "select/**/",
                                       "union select ",
                                       "' or 1=1 -- ",
                                       "postgres://a:b@",
                                       "find / -exec rm {} ; "};

struct Scanner {
  const char* name;
  std::string ordinary;  // repeated
  std::function<void(std::string_view)> run;
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

std::vector<Scanner> scanners() {
  const std::string prose =
      "The quick brown fox jumps over the lazy dog, and then it reads the file named report.txt for the team. ";
  return {{"orders in a result", prose,
           [](std::string_view text) {
             std::vector<Hit> hits;
             find_instructions(text, TextKind::kResult, hits);
           }},
          {"forged marks", prose,
           [](std::string_view text) {
             std::vector<Hit> hits;
             find_forged_mark(text, hits);
           }},
          {"hidden text", prose + "\xE2\x80\x8B",
           [](std::string_view text) {
             std::vector<Hit> hits;
             find_hidden(text, false, hits);
           }},
          {"secrets", prose,
           [](std::string_view text) {
             std::vector<Hit> hits;
             find_secrets(text, "x", hits);
           }},
          {"personal data", prose,
           [](std::string_view text) {
             std::vector<Hit> hits;
             find_pii(text, hits);
           }},
          {"URLs", "see https://example.org/a/b?c=d and ",
           [](std::string_view text) {
             std::vector<Hit> hits;
             std::vector<Url> urls;
             find_urls(text, false, urls, hits);
           }},
          {"SQL", "SELECT name, count(*) FROM users WHERE id = 7 AND city = 'Bonn'; ",
           [](std::string_view text) {
             std::vector<Hit> hits;
             (void)read_sql(text, hits);
           }},
          {"shell", "ls -l /srv/data | sort -k5 -n | tail -n 20 > out.txt; ",
           [](std::string_view text) {
             std::vector<Hit> hits;
             (void)read_shell(text, hits);
           }},
          {"paths", "srv/data/reports/2026/", [](std::string_view text) {
             std::vector<Hit> hits;
             (void)PathReader(nullptr).read(text.substr(0, 4096), hits);
           }}};
}

}  // namespace

int main() {
  std::printf("%-20s %10s %12s %12s %8s  %s\n", "", "1 KiB us", "long ns/B", "worst ns/B", "x",
              "of");
  bool linear = true;
  for (const Scanner& scanner : scanners()) {
    const double small = cost(scanner, repeated(scanner.ordinary, 1024)) * 1024 / 1000;
    const double ordinary = cost(scanner, repeated(scanner.ordinary, 65536));
    double worst = 0;
    std::string of;
    for (const std::string_view unit : kUnits) {
      const double at_64k = cost(scanner, repeated(unit, 65536));
      const double at_256k = cost(scanner, repeated(unit, 262144));
      if (at_256k > 4 * at_64k && at_256k > 50) {
        std::printf("%s: not linear on %s\n", scanner.name, std::string(unit).c_str());
        linear = false;
      }
      if (at_256k <= worst) continue;
      worst = at_256k;
      of.clear();
      for (const char c : unit) of += c >= ' ' && c < 0x7F ? c : '?';
    }
    std::printf("%-20s %10.2f %12.2f %12.1f %8.1f  %s\n", scanner.name, small, ordinary, worst,
                worst / ordinary, of.c_str());
  }
  return linear ? 0 : 1;
}
