#include "policy/relaxed_json.h"

#include <random>
#include <string>

#include "tests/catch.h"

namespace agentmesh::policy {
namespace {

std::string read(const std::string& text) {
  json::Reader reader;
  return relaxed_json(reader, text, 128).json.value_or("none");
}

}  // namespace

TEST_CASE("JSON stays as it is, but for blanks around it") {
  for (const char* text :
       {R"({"a":1})", R"([1e400,"\u0061\ud800", {"a" : [ ] }])", R"({"a":{},"a":null})"})
    CHECK(read(text) == text);
  CHECK(read("\n {\"a\":1}\t") == R"({"a":1})");
}

TEST_CASE("what patient readers take is read as they read it") {
  CHECK(read("{'a': 'it\\'s \"b\"', b_2: [1, -2.5, 1e3,], c: None, d: True, e: true, f: NaN,}") ==
        R"({"a":"it's \"b\"","b_2":[1,-2.5,1e3],"c":null,"d":true,"e":true,"f":null})");
  CHECK(read("\xEF\xBB\xBF{\"a\": 1} # why") == R"({"a":1})");
  CHECK(read("{/* a */ \"a\": // b\n 1}") == R"({"a":1})");
  CHECK(read("{\"a\": \"two\nlines\"}") == R"({"a":"two\u000alines"})");
  CHECK(read(R"("{\"a\":\"b\"}")") == R"({"a":"b"})");
  CHECK(read(R"('{"a":"b"}')") == R"({"a":"b"})");
  CHECK(read(R"("\"{\\\"a\\\":1}\"")") == R"({"a":1})");
  for (const char* text : {"", "{", "{'a'", "[ ] do it", "{a b}", "{\"a\" 1}", "\"", "{}", "[]",
                           "{{ name }}", "}", "]{", "{]", "{\"a\":}", "{\"a\":"})
    CHECK(read(text) == "none");
  CHECK(read(std::string(200, '[') + "1" + std::string(200, ']')) == "none");
  json::Reader reader;
  CHECK(relaxed_json(reader, std::string(200, '[') + "1" + std::string(200, ']'), 128).too_deep);
  CHECK_FALSE(relaxed_json(reader, "[1", 128).too_deep);
}

TEST_CASE("escapes of JavaScript and Python are those of JSON") {
  CHECK(read(R"({a:'\x2fetc\x2Fshadow'})") == R"({"a":"\u002fetc\u002fshadow"})");
  CHECK(read(R"({a:'\57etc\057x\0'})") == R"({"a":"\u002fetc\u002fx\u0000"})");
  CHECK(read(R"({a:'\U0000002f\U0001F600\v'})") == R"({"a":"\u002f\ud83d\ude00\u000b"})");
  CHECK(read("{a:'/etc\\\n/sha\\\r\ndow'}") == R"({"a":"/etc/shadow"})");
  CHECK(read(R"({a:'\q\u12'})") == R"({"a":"qu12"})");
  CHECK(read(R"({'a': u'x', 'b': rb"y", 'c': it's})") == R"({"a":"x","b":"y","c":"it's"})");
  CHECK(read(R"({c\u006fmmand: 1})") == R"({"c\u006fmmand":1})");
}

TEST_CASE("keys and values without quotes are texts, as YAML has them in braces") {
  CHECK(read("{path: /etc/shadow, n: 007, url: https://a.example/b#c, h: 0x1F, m: -1}") ==
        R"({"path":"/etc/shadow","n":"007","url":"https://a.example/b#c","h":"0x1F","m":-1})");
  CHECK(read("{command/**/: rm -rf ~/x/* , n: 1// how often\n, k # why\n: 2/* c */}") ==
        R"({"command":"rm -rf ~/x/*","n":1,"k":2})");
  CHECK(read("[a b, {c: d}]") == R"(["a b",{"c":"d"}])");
  CHECK(read("{a b: c\n}") == R"({"a b":"c"})");
  CHECK(read("[INFO] started") == R"(["INFO"])");
}

TEST_CASE("what stands behind a value is another one, or nobody's") {
  CHECK(read(R"({"a":1}x)") == R"({"a":1})");
  CHECK(read("{\"a\":1}\n{\"b\":2}\n") == R"([{"a":1},{"b":2}])");
  CHECK(read(R"([1],{"b":2})") == R"([[1],{"b":2}])");
  CHECK(read(R"({"a":1}} {"b":2})") == R"({"a":1})");
  CHECK(read(R"({"a":1} {"b")") == R"({"a":1})");
}

TEST_CASE("tuples, calls, what was cut off and what is fenced are read") {
  CHECK(read("[('a', 1), ('b', 2)]") == R"([["a",1],["b",2]])");
  CHECK(read("{'path': ('/etc/shadow')}") == R"({"path":["/etc/shadow"]})");
  CHECK(read("{ a: new Date(2024, 1, {b: 1}), c: d(1) }") ==
        "{\"a\":\"new Date(2024, 1, {b: 1})\",\"c\":\"d(1)\"}");
  CHECK(read("[.items[] | {name: .metadata.name}]") == R"([".items[] | {name: .metadata.name}"])");
  CHECK(read(R"({"path": "src/a.c")") == R"({"path":"src/a.c"})");
  CHECK(read(R"({"a": [1, {"b": "c)") == R"({"a":[1,{"b":"c"}]})");
  CHECK(read("```json\n{\"a\":1}\n```") == R"({"a":1})");
  CHECK(read("u'{\"a\":1}'") == R"({"a":1})");
  for (const char* inner : {R"("\n{\"a\":1}")", R"("\u0020{\"a\":1}")", R"("\u007b\"a\":1}")",
                            R"("// x\n{\"a\":1}")"}) {
    CAPTURE(inner);
    CHECK(read(inner) == R"({"a":1})");
  }
}

TEST_CASE("a text may be JSON by how it begins") {
  for (const char* text :
       {"{", " [1", "\"{\\\"a\\\"", "\xEF\xBB\xBF{", "\xC2\xA0{", "// x\n{", "/**/[",
        "# a\n # b\n{", "'{", "/*{*/ [", "---\n{", "({", "; [", "!!map {", "- {", "\xE3\x80\x80{",
        "u'{", "\"\\u007b", "```json\n{", "(#\n{'a'", "(1, {'a'", "(-1e3 , 'a'", "(None/**/, {",
        "(True,(", "(u'a', 1)", "(\f'a'", "(\xC2\xA0{", "(/**/{a", "((1, 2), {", "// x\r{",
        "(// x\r{",
        // Numbers of Python, brackets in front, anchors and directives of YAML.
        "(+1, {", "(0x10,", "(1_0,", "(.5,", "(1+2j,", "(1 - 2j ,", "(...,", "((1),", "((),",
        "(5.,", "((1)/**/ , {", "(((1)),", "((None), {", "(), {", "&a {", "--- &a {", "!!map &a {",
        "%YAML 1.1\n---\n{", "%TAG ! x\r{"}) {
    CAPTURE(text);
    CHECK(may_be_json(text));
  }
  CHECK(may_be_json(std::string(5000, ' ') + "{"));
  for (const char* text :
       {"",       "a{",    "note: {",   "/etc/{a}",   "// {",       "/* {",
        "/",      "-x {",  "\xC3\xA4{", "\"a\"",      "ab'{",       "(a: int, b: {",
        "(see {", "(1) {", "(1 of {",   "(a, {",      "(",          "((",
        "(# {",   "(1",    "(None)",    "(1 of 3, {", "(5. see, {", "((1) {",
        "(+",     "(()",   "((",        "&a b{",      "%d {",       "% {\n"})
    CHECK_FALSE(may_be_json(text));
  for (const char* text : {"{\"a\"", "{ 'a'", "[{", "[ {\"a\""}) CHECK(is_meant_as_json(text));
  for (const char* text : {"{}", "{a}", "[INFO]", "[1", "{{ a }}", "", "a"})
    CHECK_FALSE(is_meant_as_json(text));
}

TEST_CASE(
    "what a reader of YAML or Python finds where others see a comment or nothing is not certain") {
  json::Reader reader;
  const auto certain = [&reader](const char* text) {
    return relaxed_json(reader, text, 128).certain;
  };
  for (const char* text :
       {"[a, //root/x\n]", "{paths: [//etc/shadow\n]}", "[//etc/shadow\n, b]", "[//etc/shadow",
        "&a {path: b}", "--- &a {path: b}", "%YAML 1.1\n---\n{path: b}", "!!map &a {path: b}",
        "['/etc/' 'shadow']", "{n: 1 // ; rm -rf x\n}", "{c: true /* $(rm) */}", "{n: a // b\n}"}) {
    CAPTURE(text);
    CHECK_FALSE(certain(text));
  }
  for (const char* text : {"[\"a\", // first\n]", "[\n  // first\n  \"a\"\n]", "[ //\n]",
                           "{a: 1, //first\nb: 2}", "[\"a\", //first\n\"b\"]",
                           "{\"temperature\": 0.7 // warm\n}", "{a: true /* b */}", "[INFO] a"}) {
    CAPTURE(text);
    CHECK(certain(text));
  }
  CHECK(relaxed_json(reader, "[a, {b}]", 128).unread_list);
  for (const char* text : {"[]", "[ ] do it", "[a b]", "{a}", "]"}) {
    CAPTURE(text);
    CHECK_FALSE(relaxed_json(reader, text, 128).unread_list);
  }
}

TEST_CASE("whatever is read is JSON") {
  std::mt19937 random(7);
  const std::string pieces[] = {"{",
                                "}",
                                "[",
                                "]",
                                ":",
                                ",",
                                "\"",
                                "'",
                                "\\",
                                "\\u00",
                                "//",
                                "/*",
                                "*/",
                                "#",
                                "\n",
                                " ",
                                "a",
                                "1",
                                "-",
                                "true",
                                "NaN",
                                "\xC2\xA0",
                                "\xEF\xBB\xBF",
                                "\x80",
                                "\x01",
                                "\\x2f",
                                "\\0",
                                "u'",
                                "{\"b\":1}",
                                "\r\n",
                                "'"};
  json::Reader reader;
  json::Reader strict;
  size_t read = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text = "{\"a\":";
    for (auto left = random() % 12; left > 0; --left) text += pieces[random() % std::size(pieces)];
    text += random() % 2 == 0 ? "}" : "]}";
    const auto json = relaxed_json(reader, text, 128).json;
    if (!json) continue;
    ++read;
    INFO(text);
    REQUIRE(strict.read(*json).fault == json::Fault::kNone);
  }
  CHECK(read > 1000);
}

TEST_CASE("what readers differ about is not certain") {
  json::Reader reader;
  const auto certain = [&reader](const std::string& text) {
    return relaxed_json(reader, text, 128).certain;
  };
  for (const char* text :
       {R"({"a":1})", "{'a': 'b', c: d,}", "{\"a\":1}\n{\"b\":2}", "{a: b c}x", "[INFO] started",
        "[a-z]+ {2}", "{{ name }}", "{app}", "[ ] do it", "{ name }", "[", "'{\"a\":1}'",
        "\xE3\x80\x80{\"a\":1}", R"("{\"a\":1}")",
        // Comments where no value can be.
        "{\n  // warm\n  \"t\": 0.7, // why\n  \"u\": \"x\" // how\n}",
        "{/* a */ \"a\": [1] /* b */}", "[\"a\", // b\n \"c\", // d\n {\"e\": 1}]", "{a: # b\n c}",
        "{a: b # c\n}", "{a: https://b.example/c}", "{'a': r'b', 'c': rb'd', 'e': 'f\\n'}"}) {
    CAPTURE(text);
    CHECK(certain(text));
  }
  for (const char* text : {"{x: y /*, path: /etc/shadow, z: w */}",
                           "{command: //bin/rm -r\n x}",
                           "{command: /*bin/rm -r*/ x}",
                           "{command:// x\n 'y'}",
                           "{sql: SELECT 1 /*! ; DROP TABLE users */ }",
                           "{n: 1 // ; rm -rf\n}",
                           "[//bin/rm -r\n x]",
                           "[x //y\n]",
                           R"({'command': r'\rm -rf /home'})",
                           R"({'command': Rb'\rm -rf /home'})",
                           R"(['a', bR"\rm"])",
                           "{a: 'b\\\xE2\x80\xA8/c'}",
                           "{a: 'b\\\xE2\x80\xA9/c'}",
                           "{// a\xE2\x80\xA8 path: /etc/shadow\n}",
                           "{x: y //, path: z\n}",
                           "{n: 1#, path: z\n}",
                           "[path: /etc/shadow]",
                           "{a: x(, path: /etc/passwd, b: )}",
                           "{? command : rm}",
                           "{path: !!str /etc/shadow}",
                           "{path: &a b, c: *a}",
                           "{path: '/etc/sh' 'adow'}",
                           "{'path': '\'\'/etc/shadow\'\''}",
                           "{path: x, y}",
                           "{path: x, y: }",
                           "{path: x, y: a\n b}",
                           "{path: x, y: 'it''s'}",
                           R"({path: "/etc/sh\
   adow"})",
                           R"({'path': '\N{SOLIDUS}etc'})",
                           "{\"a\":1}\n{\"path\":2}\n{\"",
                           "{\"a\":1}\n---\n{\"b\":2}",
                           "---\n{a: b}",
                           "!!map {a: b}",
                           "- {a: b}",
                           "{\"a\" \"b\": 1",
                           "{\"a\":1} and {\"b\":2}"}) {
    CAPTURE(text);
    CHECK_FALSE(certain(text));
  }
  std::string quoted = "{\"a\":1}";
  for (int i = 0; i < 5; ++i) {
    std::string once;
    json::append_string(once, quoted);
    quoted = once;
    CHECK(certain(quoted) == (i < 3));
  }
}

TEST_CASE("a long text asks for no more room than a few times its own, whatever it repeats") {
  json::Reader reader;
  for (const char* piece : {"/*", "//", "#", "/#", " #", "'", "\\", "a:", "{", "{a:", "[", "}", "]",
                            ",", "1/#", "u'", "\n"})
    for (const char* front : {"{a:", "{a: /", "{", "[", "{'", "{}", "[1]"}) {
      CAPTURE(piece, front);
      std::string text = front;
      while (text.size() < 200'000) text += piece;
      CHECK(relaxed_json(reader, text, 128).json.value_or("").size() <= 6 * text.size());
    }
}

}  // namespace agentmesh::policy
