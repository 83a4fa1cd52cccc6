#include "policy/scan/decode.h"
#include "policy/scan/sql_calls.h"
#include "policy/scan/sql_functions.h"

namespace agentmesh::policy::scan {
namespace {

constexpr size_t kMostPlaces = 64;  // of a text
constexpr size_t kLongestPlace = 4096;

bool looks_like_file(std::string_view text) {
  return !text.empty() && text[0] != '@' && text.find_first_of("/\\.~") != std::string_view::npos;
}
// Another machine, or a bucket there.
bool is_far(std::string_view text) {
  if (text.substr(0, 2) == "\\\\" || text.substr(0, 2) == "//") return true;
  const size_t scheme = text.find("://");
  return scheme != std::string_view::npos && ascii_lower(text.substr(0, scheme)) != "file";
}

class Places {
 public:
  Places(SqlTokens tokens, SqlReading& reading) : tokens_(tokens), reading_(reading) {
    size_t first = 0;
    while (token_at(tokens_, first).sign('(')) ++first;
    verb_ = token_at(tokens_, first);
  }

  void read() {
    SqlCalls calls(tokens_);
    for (size_t i = 0; i < tokens_.size(); ++i) {
      calls.go(i);
      const SqlToken& token = tokens_[i];
      if (token.kind == SqlTokenKind::kString) {
        literal(i, calls.name());
      } else if (token.kind == SqlTokenKind::kQuotedName) {
        if (is_table(i, calls.name()) && token.text.find('/') != std::string_view::npos)
          put(token.text);
      } else if (token.is("file") && token_at(tokens_, i + 1).sign(':') &&
                 one_of(verb_, {"put", "get"})) {
        put(unquoted(i));
      }
    }
  }

 private:
  void put(std::string_view place) {
    if (place.empty() || place.size() > kLongestPlace) return;
    // The server signs in at another machine to get there.
    if (place.substr(0, 2) == "\\\\") reading_.side_effect();
    std::vector<std::string>& places = reading_.places;
    if (places.size() < kMostPlaces &&
        std::find(places.begin(), places.end(), place) == places.end())
      places.emplace_back(place);
  }

  bool before(size_t i, std::initializer_list<std::string_view> words) const {
    return i > 0 && one_of(tokens_[i - 1], words);
  }
  bool is_copy() const {
    return one_of(verb_, {"copy", "bulk", "backup", "restore", "load", "unload", "export", "import",
                          "attach", "vacuum", "install"});
  }
  bool is_table(size_t i, const SqlToken* function) const {
    // TRIM('x' FROM 'y')
    if (function != nullptr &&
        one_of(*function, {"trim", "substring", "extract", "overlay", "position"}))
      return false;
    return before(i, {"from", "join"}) || (is_copy() && before(i, {"to", "into", "from"}));
  }

  void literal(size_t i, const SqlToken* function) {
    const std::string_view text = tokens_[i].text;
    if (function != nullptr && reads_files(ascii_lower(function->text.substr(0, 32)))) {
      if (looks_like_file(text)) put(text);
      if (is_written(function) && is_far(text)) reading_.hit("sql.side-effect", Severity::kMedium);
      return;
    }
    const bool defines = one_of(verb_, {"create", "alter"});
    // OPTIONS (program 'id') of a foreign table
    if (defines && before(i, {"program"})) return reading_.program(Severity::kCritical);
    if (one_of(verb_, {"exec", "execute"}) && text.substr(0, 2) == "\\\\") return put(text);
    const bool named =
        token_at(tokens_, i - 1).sign('=') && i >= 2 &&
        one_of(tokens_[i - 2], {"disk", "url", "uri", "tape", "directory", "location",
                                "temp_store_directory", "filename", "path"});
    const bool file = before(i, {"infile", "outfile", "dumpfile", "inpath", "directory", "bulk"}) ||
                      (is_table(i, function) && (is_copy() || looks_like_file(text))) ||
                      (is_copy() && before(i, {"database", "attach", "load"})) ||
                      (named && !one_of(verb_, {"select", "with", "insert", "update", "delete"})) ||
                      (defines && before(i, {"location", "filename"}));
    if (!file) return;
    put(text);
    const bool out = one_of(verb_, {"unload", "export", "backup"}) ||
                     (verb_.is("insert") && before(i, {"directory"}));
    if (out && is_far(text)) reading_.side_effect();
  }

  // INSERT INTO FUNCTION url('http://…')
  bool is_written(const SqlToken* function) const {
    const auto at = static_cast<size_t>(function - tokens_.data());
    return verb_.is("insert") && before(at, {"function", "into"});
  }

  // file:///etc/passwd without quotes: up to where something stands between the tokens.
  std::string_view unquoted(size_t i) const {
    const char* const begin = tokens_[i].text.data();
    const char* end = begin + tokens_[i].text.size();
    for (++i; i < tokens_.size() && tokens_[i].text.data() == end; ++i)
      end += tokens_[i].text.size();
    return {begin, static_cast<size_t>(end - begin)};
  }

  SqlTokens tokens_;
  SqlReading& reading_;
  SqlToken verb_;
};

}  // namespace

void read_places(SqlTokens tokens, SqlReading& reading) { Places(tokens, reading).read(); }

}  // namespace agentmesh::policy::scan
