#include "policy/scan/paths.h"

#include <map>

#include "tests/catch.h"
#include "tests/policy/scan/path_looks.h"

namespace agentmesh::policy::scan {

TEST_CASE("under compares whole components") {
  CHECK(under("/ok", "/ok"));
  CHECK(under("/ok/a/b", "/ok"));
  CHECK(under("/ok/a", "/ok/"));
  CHECK(under("/anything", "/"));
  CHECK_FALSE(under("/ok_evil", "/ok"));
  CHECK_FALSE(under("/o", "/ok"));
  CHECK_FALSE(under("c:/x", "/"));
  CHECK_FALSE(under("/ok", ""));
}

TEST_CASE("a path is read as the machine would open it") {
  struct Case {
    std::string text;
    const char* path;
  };
  const Case cases[] = {
      {"notes.txt", "/home/ada/shop/notes.txt"},
      {"./a/./b//c/", "/home/ada/shop/a/b/c"},
      {"a/b/../c", "/home/ada/shop/a/c"},
      {"~/mail", "/home/ada/mail"},
      {"~root/x", "/root/x"},
      {"~bob/x", "/home/bob/x"},
      {"~$draft.docx", "/home/ada/shop/~$draft.docx"},
      {"/srv/data/../x", "/srv/x"},
      {"/", "/"},
      {"file:///srv/a%20b", "/srv/a b"},
      {"file://localhost/srv/a", "/srv/a"},
      {"file:/srv/a", "/srv/a"},
      {"a\\b\\c.txt", "/home/ada/shop/a/b/c.txt"},
      {"C:\\Users\\ada\\x.txt", "c:/Users/ada/x.txt"},
      {"c:/a/../b", "c:/b"},
      {"%73rc/main.cc", "/home/ada/shop/src/main.cc"},
      {std::string("report.pdf\0.png", 15), "/home/ada/shop/report.pdf"},
      {"", "/home/ada/shop"},
      {"100%", "/home/ada/shop/100%"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(look(c.text, at_home()).path == c.path);
  }
}

TEST_CASE("leaving the working directory by .. is traversal, however it is spelled") {
  for (const char* text : {"../x",
                           "a/../../x",
                           "..",
                           "..\\x",
                           "%2e%2e/x",
                           "%252e%252e%252fx",
                           "..%2fx",
                           "%c0%ae%c0%ae/x",
                           "%e0%80%ae./x",
                           "..%c0%afx",
                           "%uff0e%uff0e/x",
                           "\xEF\xBC\x8E\xEF\xBC\x8E/x",
                           "\xE2\x80\xA5/x",
                           "..\xE2\x88\x95x",
                           "....//x",
                           ".../x",
                           "..;/x",
                           ".. /x",
                           "a/..%00/../../x",
                           "/../x",
                           "/srv/../../x",
                           "file:///../x",
                           "..0x2fx",
                           "0x2e0x2e/x",
                           "src/%2e%2e/x",
                           "C:\\..\\x"}) {
    CAPTURE(text);
    CHECK(severity_of(look(text, at_home()).hits, "path.traversal") == "2");
  }
}

TEST_CASE("names with dots, spaces and percent signs are no traversal") {
  for (const char* text : {"a/b/../c.txt", "..foo/bar", "v1..v2.diff", "...", "./...", "foo..",
                           "a...b/c", "50% off.txt", "My File (1).txt", "/srv/a/../b", "~/x",
                           ".hidden", "a/.b/c", "\xC3\274ber.txt"}) {
    CAPTURE(text);
    CHECK_FALSE(has(look(text, at_home()).hits, "path.traversal"));
  }
}

TEST_CASE("with roots, a relative path may move among them and not out") {
  const Surroundings here = at_home();
  const std::vector<std::string> roots = {"/home/ada/shop", "/home/ada/docs"};
  CHECK_FALSE(has(look("../docs/a", here, roots).hits, "path.traversal"));
  CHECK(has(look("../mail/a", here, roots).hits, "path.traversal"));
  CHECK(has(look("/home/ada/shop/../mail", here, roots).hits, "path.traversal"));
  // A root that does not hold the working directory is where relative paths begin.
  CHECK(look("a.txt", here, {"/srv/data"}).path == "/srv/data/a.txt");
}

TEST_CASE("symlinks are followed by the resolver, and what they lead to is judged") {
  Surroundings here = at_home();
  const std::map<std::string, std::string> links = {
      {"/home/ada/shop/key", "/home/ada/.ssh/id_ed25519"}};
  here.resolve = [&](std::string_view path) -> Result<std::string> {
    if (path == "/home/ada/shop/loop") return fail("loop");
    const auto found = links.find(std::string(path));
    return found == links.end() ? std::string(path) : found->second;
  };
  const Look key = look("key", here);
  CHECK(key.path == "/home/ada/.ssh/id_ed25519");
  CHECK(has(key.hits, "path.sensitive"));
  CHECK(has(look("loop", here).hits, "path.unresolved"));
  CHECK(look("plain", here).hits.empty());
}

TEST_CASE("a mount is two paths, of which this machine's is judged") {
  CHECK(when(Use::kChange, "/var/lib/pg:/data") == "1");
  CHECK(when(Use::kChange, "/etc/localtime:/etc/localtime:ro") == "-");
  CHECK(when(Use::kChange, "/etc/localtime:/etc/localtime") == "1");
  CHECK(when(Use::kChange, "/home/ada/.ssh:/root/.ssh:ro") == "2");
  CHECK(look("/srv/a:/data", at_home()).path == "/srv/a");
  CHECK(look("./a:/data:ro,z", at_home()).path == "/home/ada/shop/a");
  CHECK(look("/srv/a:/../../etc/shadow", at_home()).path == "/etc/shadow");
}

TEST_CASE("a path argument that holds more than a path is searched for places") {
  CHECK(has(look("cat /root/.ssh/id_rsa", at_home()).hits, "path.sensitive"));
  CHECK(has(look("filename=\"../x.php\"", at_home()).hits, "path.traversal"));
  CHECK(look("Q3 report, final (2).pdf", at_home()).hits.empty());
}

TEST_CASE("a whole string looks like a path, prose and other URLs do not") {
  for (const char* text :
       {"/etc/hosts", "~/x", "./x", "../x", "..", "file:///x", "C:\\x", "c:/x", "\\\\host\\share",
        "a/../b", "%2e%2e%2fx", "/home/me/My Documents/x.txt", "/", "/x\n/../etc/hosts",
        "x\n/y/../../../etc/hosts", "/x\n/%2e%2e/etc/hosts", "http://a/../../../etc/hosts",
        "//a b/../etc/hosts"}) {
    CAPTURE(text);
    CHECK(looks_like_path(text));
  }
  CHECK(looks_like_path(std::string(5000, '/') + "etc/hosts"));
  CHECK(looks_like_path("." + repeated("/./", 50000) + "../x"));
  CHECK(looks_like_path(repeated("../", 5000) + "etc/hosts"));
  CHECK(looks_like_path("\"/etc/hosts\""));
  CHECK(looks_like_path("%2fetc%2fhosts"));
  CHECK(looks_like_path("\xC2\xA0/etc/hosts"));
  CHECK_FALSE(looks_like_path("\"/etc/hosts\" and \"/etc/x\""));
  for (const char* text :
       {"", "hello", "see /etc/hosts", "https://a.example/b", "and/or", "2024/05/01", "1/2",
        "/gif cat", "// a comment", "a\n/b", "3.14", "...", "s3://bucket/key",
        "// one\nimport a from '../../b'", "import a from '../../../b'", "a\n/b\n/c",
        "/* see ../x */\nint main() {}\n", "https://a.example/b/../c"}) {
    CAPTURE(text);
    CHECK_FALSE(looks_like_path(text));
  }
  CHECK_FALSE(looks_like_path("/9j/" + std::string(9000, 'A')));  // a picture
  CHECK_FALSE(looks_like_path("/summarize " + repeated("this and/or that ", 9000)));
}

TEST_CASE("strings under path-like keys are paths") {
  for (const char* key : {"path", "file", "file_path", "sourceFilePath", "content_path",
                          "target-dir", "PATH", "cwd", "folders", "PDFFile", "file2"}) {
    CAPTURE(key);
    CHECK(is_path_key(key));
  }
  for (const char* key : {"content", "file_content", "fileType", "path_count", "name", "profile",
                          "direction", "pathology", ""}) {
    CAPTURE(key);
    CHECK_FALSE(is_path_key(key));
  }
  CHECK(is_path("file", "report.pdf"));
  CHECK(is_path("source", "a/b.txt"));
  CHECK_FALSE(is_path("source", "Paris"));
  // Under such a key everything is one: how a server reads it is not known. A URL comes to nothing by any reading.
  CHECK(is_path("file", "https://a.example/x"));
  CHECK(look("https://a.example/x", at_home()).path.empty());
  CHECK(is_path("file", "two\nlines"));
  CHECK_FALSE(is_path("source", "https://a.example/x"));
  CHECK_FALSE(is_path("source", "two\nlines"));
}

TEST_CASE("no bytes make the path reader run wild") {
  const Surroundings here = at_home();
  for (const std::string& unit : hostile_units()) {
    CAPTURE(unit);
    CHECK(look(repeated(unit, 60), here).path.empty() == (unit == "http://"));
    (void)look(repeated(unit, 20000), here);
    (void)looks_like_path(repeated(unit, 20000));
  }
}

}  // namespace agentmesh::policy::scan
