// However a path is spelled: what any of several kinds of server would open is among what the reader says it may be.

#include <algorithm>
#include <random>
#include <sstream>

#include "base/bytes.h"
#include "policy/scan/path_readings.h"
#include "policy/scan/paths.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {

namespace {

const std::string kState = "/home/ada/.state";
const std::string kKey = kState + "/keys/state.key";

Surroundings guarded_home() {
  Surroundings here;
  here.working_directory = "/home/ada/shop";
  here.home = "/home/ada";
  here.unreadable_paths = {kState};
  here.protected_paths = {"/home/ada/shop/.mcp.json", "/home/ada/p.yaml"};
  return here;
}

// True if the reader says that the text may be in the state directory, or that it cannot tell.
bool is_seen(std::string_view text, const Surroundings& here, std::string_view place = kState,
             const std::vector<std::string>& roots = {}) {
  std::vector<Hit> hits;
  PathReader reader(&here, roots);
  const std::string path = reader.read(text, hits);
  return !reader.certain() || under(path, place) ||
         std::any_of(reader.others().begin(), reader.others().end(),
                     [&](const std::string& other) { return under(other, place); });
}

// Servers, written from what their languages say they do; nothing of ours in them.

std::string resolve(const std::string& text) {  // node: path.resolve, Go: filepath.Clean
  std::vector<std::string> names;
  std::istringstream in((text.rfind('/', 0) == 0 ? "" : "/home/ada/shop/") + text);
  for (std::string name; std::getline(in, name, '/');) {
    if (name.empty() || name == ".") continue;
    if (name != "..")
      names.push_back(name);
    else if (!names.empty())
      names.pop_back();
  }
  std::string out;
  for (const std::string& name : names) out += "/" + name;
  return out;
}

std::string stripped(const std::string& text, const std::string& what) {
  const size_t begin = text.find_first_not_of(what);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(what) + 1 - begin);
}

std::string unquoted(const std::string& text) {
  std::string out = stripped(text, " \t\r\n");
  if (!out.empty() && (out[0] == '"' || out[0] == '\'')) out.erase(0, 1);
  if (!out.empty() && (out.back() == '"' || out.back() == '\'')) out.pop_back();
  return out.rfind("~/", 0) == 0 ? "/home/ada" + out.substr(1) : out;
}

std::string decoded(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' && i + 2 < text.size() ? from_hex(text.substr(i + 1, 2))
                                                            : decltype(from_hex("")){};
    if (text[i] == '%' && i + 2 < text.size() && byte && byte->size() == 1) {
      out += static_cast<char>(byte->front());
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string path_of_url(const std::string& text) {  // urllib: unquote(urlparse(text).path)
  if (text.rfind("file://", 0) != 0) return text;
  const std::string rest = text.substr(7);
  const size_t slash = rest.find('/');
  if (slash == std::string::npos) return "";
  return decoded(rest.substr(slash, rest.find_first_of("?#", slash) - slash));
}

std::string with_slashes(std::string text) {
  std::replace(text.begin(), text.end(), '\\', '/');
  return text;
}

bool some_server_opens_the_key(const std::string& text) {
  for (const std::string& opened :
       {resolve(text), resolve(stripped(text, " \t\r\n")), resolve(unquoted(text)),
        resolve(decoded(text)), resolve(decoded(decoded(text))), resolve(path_of_url(text)),
        resolve(path_of_url(unquoted(text))), resolve(with_slashes(text)),
        resolve(text.substr(0, text.find('\0')))})
    if (opened == kKey) return true;
  return false;
}

class Spelling {
 public:
  explicit Spelling(unsigned seed) : random_(seed) {}

  std::string next() {
    static const char* const kStarts[] = {"/home/ada/.state/keys/state.key",
                                          "../.state/keys/state.key", "~/.state/keys/state.key"};
    std::string text = kStarts[upto(3)];
    for (size_t i = upto(5); i > 0; --i) insert(text);
    if (upto(3) == 0) wrap(text);
    return text;
  }

 private:
  size_t upto(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

  std::string junk() {
    static const std::vector<std::string> kJunk = {"x",
                                                   "x\n",
                                                   "\n",
                                                   "a b",
                                                   "\"",
                                                   "'q'",
                                                   "a\\b",
                                                   "a%2fb",
                                                   "%2e%2e",
                                                   "...",
                                                   "....",
                                                   "..;",
                                                   ".. ",
                                                   " ..",
                                                   "~",
                                                   "c:",
                                                   "http:",
                                                   "file:",
                                                   "x:y",
                                                   "a;b",
                                                   "caf\xC3\xA9",
                                                   "a\xEF\xBC\217b",
                                                   "\xE2\x80\xA5",
                                                   "\t",
                                                   "\x01",
                                                   "$HOME",
                                                   "%",
                                                   "%25%32%65",
                                                   "\xC2\xA0",
                                                   "\xFF",
                                                   "\r\n",
                                                   std::string(300, 'n'),
                                                   "-",
                                                   ",",
                                                   "a,b"};
    return kJunk[upto(kJunk.size())];
  }

  void insert(std::string& text) {
    std::vector<size_t> slashes;
    for (size_t i = 0; i < text.size(); ++i)
      if (text[i] == '/') slashes.push_back(i);
    if (slashes.empty()) return;
    const size_t at = slashes[upto(slashes.size())] + 1;
    std::string what;
    switch (upto(6)) {
      case 0: what = repeated("/", upto(20000)); break;
      case 1: what = repeated("./", upto(10000)); break;
      case 2: what = repeated("x/../", upto(4000)); break;
      case 3: what = repeated(junk() + "/../", upto(4) + 1); break;
      case 4: what = junk() + "/" + junk() + "/../../"; break;
      default: what = "./";
    }
    text.insert(at, what);
  }

  void wrap(std::string& text) {
    switch (upto(8)) {
      case 0: text = " " + text + "\n"; break;
      case 1: text = "\"" + text + "\""; break;
      case 2: text = "'" + text; break;
      case 3: text = "file://" + text; break;
      case 4: text = "file://host" + text + "?x#y"; break;
      case 5:
        for (size_t i = 0; i < text.size() && text.size() < 20000; ++i)
          if (upto(4) == 0) {
            const auto byte = static_cast<uint8_t>(text[i]);
            text.replace(i, 1,
                         {'%', "0123456789abcdef"[byte >> 4U], "0123456789abcdef"[byte & 15U]});
            i += 2;
          }
        break;
      case 6: std::replace(text.begin(), text.end(), '/', '\\'); break;
      default: text += std::string(1, '\0') + "/../..";
    }
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("a text that some server would open as a protected path is seen as one") {
  const Surroundings here = guarded_home();
  Spelling spelling(20261129);
  int opened = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = spelling.next();
    if (!some_server_opens_the_key(text)) continue;
    ++opened;
    CAPTURE(i, text.size(), text.substr(0, 300));
    CHECK(is_path("path", text));
    CHECK(is_seen(text, here));
  }
  CHECK(opened > 1200);  // else this says nothing
}

TEST_CASE("each step that a server may take is a reading") {
  const Surroundings here = guarded_home();
  for (const std::string& text :
       std::vector<std::string>{std::string(5000, '/') + kKey.substr(1),
                                "/" + repeated("./", 5000) + kKey.substr(1),
                                "/x\n/../" + kKey,
                                "/x\n/y/../../" + kKey,
                                "x\n/" + repeated("../", 20) + kKey,
                                "http://" + repeated("../", 20) + kKey,
                                "/x\\y/../" + kKey,
                                "/x%2fy/../" + kKey,
                                "/home/ada/x/..../../../.state/keys",
                                "\"" + kKey + "\"",
                                "'" + kKey,
                                "\xC2\xA0" + kKey,
                                kKey + "?a",
                                "file://elsewhere" + kKey,
                                "file://" + kState + "?/../..",
                                "$HOME/.state/keys",
                                "${HOME}/.state",
                                kKey + std::string(1, '\0') + "/../../../../x",
                                "a.txt," + kKey,
                                "a.txt\n" + kKey,
                                "~/../ada/.state/x",
                                "..\\.state\\keys",
                                "\xEF\xBC\x8Fhome\xEF\xBC\217ada/.state/keys",
                                "/" + std::string(300, 'n') + "/../" + kKey}) {
    CAPTURE(text.substr(0, 200), text.size());
    CHECK(is_seen(text, here));
  }
  CHECK(is_seen("\"p.yaml\"", here, "/home/ada/p.yaml", {"/home/ada"}));
}

TEST_CASE("a relative path is read from every directory that a server may begin at") {
  Surroundings here = guarded_home();
  CHECK_FALSE(is_seen(".state/keys", here));
  here.derived_roots = {"/home/ada/shop", "/home/ada"};
  CHECK(is_seen(".state/keys", here));
  CHECK(is_seen(".state", here));
}

TEST_CASE("a path goes up as the kernel does, and as text does") {
  Surroundings here = guarded_home();
  here.resolve = [](std::string_view path) -> Result<std::string> {
    // /home/ada/shop/link leads to /home/ada/.state/keys
    const std::string link = "/home/ada/shop/link";
    if (path.substr(0, link.size()) != link) return std::string(path);
    return resolve("/home/ada/.state/keys" + std::string(path.substr(link.size())));
  };
  CHECK(is_seen("link", here));
  CHECK(is_seen("link/../log", here));
  CHECK(is_seen("/home/ada/shop/link/../log", here));
  CHECK_FALSE(is_seen("other/../log", here));
}

TEST_CASE("everyday names have one reading, and lead nowhere else") {
  Surroundings here = guarded_home();
  here.derived_roots = {"/home/ada/shop", "/srv/data"};
  for (const char* text : {"a.txt",
                           "/srv/data/a.txt",
                           "./src/main.cc",
                           "a/b/../c",
                           "~/notes.md",
                           "C:\\Users\\me\\x.txt",
                           "src\\main.cc",
                           "100%.txt",
                           "/srv/data/100%25/x",
                           "~$draft.docx",
                           "~backup",
                           "https://example.org/a/b?c=d",
                           "data:image/png;base64,AAAA",
                           "Bob\xE2\x80\x99s list.txt",
                           "/srv/data/\xC3\234bung.md",
                           "file:///srv/data/a.txt",
                           "a,b.txt",
                           "Foo (1)/bar.txt",
                           "two\nlines",
                           "what's new.md",
                           "$x",
                           "a:b",
                           "weird...name.txt"}) {
    CAPTURE(text);
    std::vector<Hit> hits;
    PathReader reader(&here, here.derived_roots);
    (void)reader.read(text, hits);
    CHECK(reader.others().empty());
    CHECK(reader.certain());
  }
}

TEST_CASE("what nothing could open is no reason to hold a call back, what might be is") {
  const Surroundings here = guarded_home();
  const auto certain = [&](const std::string& text) {
    std::vector<Hit> hits;
    PathReader reader(&here);
    (void)reader.read(text, hits);
    return reader.certain();
  };
  CHECK(certain(std::string(100'000, 'A')));  // a file's content, encoded
  CHECK(certain(std::string(5'000, 'A')));
  CHECK_FALSE(certain(repeated("abc/", 8'000)));
  CHECK_FALSE(certain(repeated("abc/", 100'000)));
  CHECK_FALSE(certain(std::string(100'000, '/') + "etc"));
}

TEST_CASE("a call with very many paths is read within a bound, and the rest is not certain") {
  Surroundings here = guarded_home();
  size_t asked = 0;
  here.resolve = [&](std::string_view path) -> Result<std::string> {
    ++asked;
    return std::string(path);
  };
  PathReader reader(&here);
  std::vector<Hit> hits;
  size_t read = 0;
  for (; read < 100'000; ++read) {
    reader.read("f" + std::to_string(read), hits);
    if (!reader.certain()) break;
  }
  CHECK(read == kMaxSteps / 4);  // /home/ada/shop/f0 is four names
  CHECK(asked == read);
  CHECK(severity_of(hits, "path.too-many") == "2");
}

}  // namespace agentmesh::policy::scan
