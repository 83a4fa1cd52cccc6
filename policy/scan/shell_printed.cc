#include "policy/scan/shell_printed.h"

#include <algorithm>

#include "policy/scan/byte_classes.h"
#include "policy/scan/shell_quotes.h"

namespace agentmesh::policy::scan {
namespace {

bool is_option_of_echo(std::string_view word) {
  return word.size() > 1 && word[0] == '-' &&
         word.find_first_not_of("neE", 1) == std::string_view::npos;
}

// Escapes are read whether or not this shell's echo does: dash's reads them always.
std::string echoed(std::span<const std::string> words) {
  while (!words.empty() && is_option_of_echo(words.front())) words = words.subspan(1);
  std::string out;
  for (const std::string& word : words) {
    if (out.size() > kLongestPrinted) break;
    if (&word != &words.front()) out.push_back(' ');
    append_unescaped(word, out);
  }
  return out;
}

// printf(1): the format again for as long as there are words. `cut`: there were more.
std::string formatted(std::span<const std::string> words, bool& cut) {
  if (!words.empty() && words.front() == "--") words = words.subspan(1);
  if (words.empty() || words.front() == "-v") return {};
  const std::string& format = words.front();
  words = words.subspan(1);
  std::string out;
  constexpr size_t kMostRead = size_t{1} << 20;
  size_t read = 0;  // of the format, again and again
  for (bool more = true; more && out.size() < kLongestPrinted && read < kMostRead;) {
    const size_t before = words.size();
    read += format.size();
    for (size_t at = 0; at < format.size() && out.size() < kLongestPrinted;) {
      const size_t sign = std::min(format.find('%', at), format.size());
      append_unescaped(std::string_view(format).substr(at, sign - at), out);
      const size_t letter =
          std::min(format.find_first_not_of("-+ #0123456789.*", sign + 1), format.size());
      at = letter + 1;
      if (letter >= format.size()) break;
      if (format[letter] == '%') {
        out.push_back('%');
      } else if (!words.empty()) {
        out += words.front();
        words = words.subspan(1);
      }
    }
    more = !words.empty() && words.size() < before;
    cut = more;
  }
  return out;
}

}  // namespace

Printed printed_by(std::string_view name, std::span<const std::string> arguments,
                   const std::string& here) {
  Printed out;
  if (name == "echo") out.text = echoed(arguments);
  if (name == "printf") out.text = formatted(arguments, out.cut);
  const auto is_option = [](const std::string& word) { return word.starts_with('-'); };
  if (name == "cat" && std::all_of(arguments.begin(), arguments.end(), is_option)) out.text = here;
  out.cut = out.cut || out.text.size() >= kLongestPrinted;
  if (out.cut) out.text.resize(std::min(out.text.size(), kLongestPrinted));
  return out;
}

}  // namespace agentmesh::policy::scan
