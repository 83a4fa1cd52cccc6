#include "policy/scan/sql_functions.h"

#include <algorithm>
#include <array>

#include "policy/scan/byte_classes.h"
#include "policy/scan/decode.h"

namespace agentmesh::policy::scan {
namespace {

constexpr std::array<SqlFunction, 87> kFunctions = {{
    {"nextval", SqlClass::kWrite, false},
    {"setval", SqlClass::kWrite, false},
    {"pg_advisory_lock", SqlClass::kWrite, false},
    {"pg_notify", SqlClass::kWrite, false},
    {"get_lock", SqlClass::kWrite, false},
    {"lo_create", SqlClass::kWrite, false},
    {"lo_put", SqlClass::kWrite, false},
    {"lo_unlink", SqlClass::kWrite, false},
    {"lo_from_bytea", SqlClass::kWrite, false},
    {"pg_terminate_backend", SqlClass::kPrivilege, false},
    {"pg_cancel_backend", SqlClass::kPrivilege, false},
    {"pg_reload_conf", SqlClass::kPrivilege, false},
    {"pg_rotate_logfile", SqlClass::kPrivilege, false},
    {"pg_switch_wal", SqlClass::kPrivilege, false},
    {"pg_promote", SqlClass::kPrivilege, false},
    {"query_to_xml", SqlClass::kUnparsed, false},
    {"database_to_xml", SqlClass::kUnparsed, false},
    {"pg_read_file", SqlClass::kPrivilege, true},
    {"pg_read_binary_file", SqlClass::kPrivilege, true},
    {"pg_ls_dir", SqlClass::kPrivilege, true},
    {"pg_stat_file", SqlClass::kPrivilege, true},
    {"pg_file_write", SqlClass::kPrivilege, true},
    {"lo_import", SqlClass::kPrivilege, true},
    {"lo_export", SqlClass::kPrivilege, true},
    {"dblink", SqlClass::kPrivilege, true},
    {"dblink_exec", SqlClass::kPrivilege, true},
    {"dblink_connect", SqlClass::kPrivilege, true},
    {"dblink_send_query", SqlClass::kPrivilege, true},
    {"load_file", SqlClass::kPrivilege, true},
    {"sys_exec", SqlClass::kPrivilege, true},
    {"sys_eval", SqlClass::kPrivilege, true},
    {"load_extension", SqlClass::kPrivilege, true},
    {"writefile", SqlClass::kPrivilege, true},
    {"readfile", SqlClass::kPrivilege, true},
    {"fts3_tokenizer", SqlClass::kPrivilege, true},
    {"xp_cmdshell", SqlClass::kPrivilege, true},
    {"xp_dirtree", SqlClass::kPrivilege, true},
    {"xp_fileexist", SqlClass::kPrivilege, true},
    {"xp_regread", SqlClass::kPrivilege, true},
    {"xp_regwrite", SqlClass::kPrivilege, true},
    {"xp_servicecontrol", SqlClass::kPrivilege, true},
    {"sp_oacreate", SqlClass::kPrivilege, true},
    {"sp_oamethod", SqlClass::kPrivilege, true},
    {"sp_configure", SqlClass::kPrivilege, false},
    {"sp_addsrvrolemember", SqlClass::kPrivilege, false},
    {"sp_addlogin", SqlClass::kPrivilege, false},
    {"openrowset", SqlClass::kPrivilege, true},
    {"opendatasource", SqlClass::kPrivilege, true},
    {"openquery", SqlClass::kPrivilege, true},
    {"utl_http", SqlClass::kPrivilege, true},
    {"utl_file", SqlClass::kPrivilege, true},
    {"utl_inaddr", SqlClass::kPrivilege, true},
    {"dbms_scheduler", SqlClass::kPrivilege, true},
    {"dbms_xslprocessor", SqlClass::kPrivilege, true},
    {"httpuritype", SqlClass::kPrivilege, true},
    {"lo_creat", SqlClass::kWrite, false},
    {"edit", SqlClass::kPrivilege, true},
    {"xp_subdirs", SqlClass::kPrivilege, true},
    {"sp_addrolemember", SqlClass::kPrivilege, false},
    {"sp_password", SqlClass::kPrivilege, false},
    {"sp_grantlogin", SqlClass::kPrivilege, false},
    {"sp_droplogin", SqlClass::kPrivilege, false},
    {"sp_detach_db", SqlClass::kPrivilege, false},
    {"http_get", SqlClass::kPrivilege, true},
    {"pg_logical_slot_get_changes", SqlClass::kWrite, false},
    {"pg_create_restore_point", SqlClass::kPrivilege, false},
    {"pg_backup_start", SqlClass::kPrivilege, false},
    {"pg_backup_stop", SqlClass::kPrivilege, false},
    {"pg_execute_server_program", SqlClass::kPrivilege, true},
    {"pg_background_launch", SqlClass::kPrivilege, true},
    {"executable", SqlClass::kPrivilege, true},
    {"dbms_ldap", SqlClass::kPrivilege, true},
    {"dbms_job", SqlClass::kPrivilege, true},
    {"dbms_pipe", SqlClass::kPrivilege, true},
    {"dbms_java", SqlClass::kPrivilege, true},
    {"utl_smtp", SqlClass::kPrivilege, true},
    {"utl_mail", SqlClass::kPrivilege, true},
    {"utl_tcp", SqlClass::kPrivilege, true},
    {"http_post", SqlClass::kPrivilege, true},
    {"http_put", SqlClass::kPrivilege, true},
    {"http_delete", SqlClass::kPrivilege, true},
    {"sp_execute_external_script", SqlClass::kPrivilege, true},
    {"sp_start_job", SqlClass::kPrivilege, true},
    {"sp_add_jobstep", SqlClass::kPrivilege, true},
    {"sp_send_dbmail", SqlClass::kPrivilege, true},
    {"sp_makewebtask", SqlClass::kPrivilege, true},
    {"sp_addextendedproc", SqlClass::kPrivilege, true},
}};

// Schemas and packages whose functions leave the database.
constexpr std::array<std::string_view, 8> kOutside = {"aws_s3", "aws_lambda", "net",   "http",
                                                      "pg_net", "sys_exec",   "shell", "plsh"};
// Functions of these run or change what is not in the text.
constexpr std::array<std::string_view, 5> kElsewhere = {"cron", "pgmq", "pgagent", "dbms_sql",
                                                        "apoc"};
// Packages of Oracle's that only compute or tell.
constexpr std::array<std::string_view, 17> kHarmlessPackages = {
    "dbms_random", "dbms_lob",    "dbms_output", "dbms_metadata", "dbms_xplan",
    "dbms_crypto", "dbms_assert", "utl_raw",     "utl_i18n",      "utl_encode",
    "utl_url",     "utl_match",   "dbms_xmlgen", "utl_lms",       "dbms_obfuscation_toolkit",
    "dbms_rowid",  "dbms_utility"};

// What a function does by its name.
constexpr std::array<std::string_view, 22> kActs = {
    "drop",    "delete",   "truncate",   "purge",   "unlink",   "terminate", "kill",  "exec",
    "execute", "schedule", "unschedule", "post",    "export",   "put",       "reset", "wipe",
    "erase",   "cancel",   "remove",     "destroy", "shutdown", "restart"};
// Of what is computed: array_remove, MAP_DELETE, EXPORT_SET.
constexpr std::array<std::string_view, 22> kValues = {
    "array", "list",     "map",   "json",      "jsonb", "object", "string", "str",
    "date",  "datetime", "time",  "timestamp", "hll",   "set",    "bit",    "number",
    "num",   "st",       "count", "is",        "has",   "xml"};

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

// Calls take(word in lower case) for each word of a name: drop_chunks, DropGeometryTable, SYSTEM$CANCEL_ALL_QUERIES.
template <class Take>
void words_of(std::string_view name, Take take) {
  std::string word;
  for (size_t i = 0; i <= name.size(); ++i) {
    const char c = i < name.size() ? name[i] : '_';
    const bool letter = is_alpha(c);
    const bool begins = letter && is_capital(c) && i > 0 && !is_capital(name[i - 1]);
    if ((!letter || begins) && !word.empty()) {
      take(std::string_view(word));
      word.clear();
    }
    if (letter) word += lower(c);
  }
}

template <class Words>
bool among(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

const SqlFunction* sql_function(std::string_view name) {
  const auto* const found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                         [&](const SqlFunction& f) { return f.name == name; });
  return found == kFunctions.end() ? nullptr : found;
}

SqlEffect sql_effect(std::string_view schema, std::string_view name) {
  const std::string in = ascii_lower(schema);
  if (ascii_lower(name.substr(0, 3)) == "dm_") return SqlEffect::kNone;  // SQL Server's views
  if (among(kOutside, in)) return SqlEffect::kOutside;
  if (among(kElsewhere, in)) return SqlEffect::kActs;
  const bool package = in.substr(0, 5) == "dbms_" || in.substr(0, 4) == "utl_";
  if (package && !among(kHarmlessPackages, in)) return SqlEffect::kActs;
  bool acts = false;
  bool computes = false;
  size_t words = 0;
  words_of(name, [&](std::string_view word) {
    computes = computes || among(kValues, word);
    acts = acts || among(kActs, word);
    ++words;
  });
  // DELETE(h, 'k') and TRUNCATE(x, 2) compute; EXEC('…') does not.
  if (words == 1) acts = ascii_lower(name).substr(0, 4) == "exec";
  return acts && !computes ? SqlEffect::kActs : SqlEffect::kNone;
}

bool only_computes(std::string_view name) {
  static constexpr std::array<std::string_view, 92> kComputing = {"lower",
                                                                  "upper",
                                                                  "lcase",
                                                                  "ucase",
                                                                  "concat",
                                                                  "concat_ws",
                                                                  "replace",
                                                                  "translate",
                                                                  "regexp_replace",
                                                                  "regexp_matches",
                                                                  "regexp_match",
                                                                  "regexp_like",
                                                                  "regexp_substr",
                                                                  "regexp_instr",
                                                                  "regexp_count",
                                                                  "regexp_extract",
                                                                  "regexp_extract_all",
                                                                  "regexp_split_to_array",
                                                                  "regexp_split_to_table",
                                                                  "rlike",
                                                                  "position",
                                                                  "strpos",
                                                                  "instr",
                                                                  "locate",
                                                                  "charindex",
                                                                  "patindex",
                                                                  "length",
                                                                  "len",
                                                                  "char_length",
                                                                  "octet_length",
                                                                  "bit_length",
                                                                  "md5",
                                                                  "sha1",
                                                                  "sha2",
                                                                  "sha256",
                                                                  "hashbytes",
                                                                  "trim",
                                                                  "ltrim",
                                                                  "rtrim",
                                                                  "btrim",
                                                                  "substring",
                                                                  "substr",
                                                                  "left",
                                                                  "right",
                                                                  "mid",
                                                                  "reverse",
                                                                  "coalesce",
                                                                  "ifnull",
                                                                  "nvl",
                                                                  "isnull",
                                                                  "nullif",
                                                                  "cast",
                                                                  "convert",
                                                                  "try_cast",
                                                                  "format",
                                                                  "quote_literal",
                                                                  "quote_ident",
                                                                  "quote",
                                                                  "to_tsquery",
                                                                  "plainto_tsquery",
                                                                  "phraseto_tsquery",
                                                                  "websearch_to_tsquery",
                                                                  "to_tsvector",
                                                                  "contains",
                                                                  "containstable",
                                                                  "freetext",
                                                                  "starts_with",
                                                                  "startswith",
                                                                  "endswith",
                                                                  "split_part",
                                                                  "split",
                                                                  "string_split",
                                                                  "string_agg",
                                                                  "similarity",
                                                                  "word_similarity",
                                                                  "levenshtein",
                                                                  "soundex",
                                                                  "json_build_object",
                                                                  "jsonb_build_object",
                                                                  "json_object",
                                                                  "json_array",
                                                                  "to_json",
                                                                  "to_jsonb",
                                                                  "encode",
                                                                  "decode",
                                                                  "complete",
                                                                  "summarize",
                                                                  "sentiment",
                                                                  "embed",
                                                                  "embed_text",
                                                                  "classify_text",
                                                                  "extract_answer"};
  return name.substr(0, 3) == "ai_" || among(kComputing, name);
}

bool reads_files(std::string_view name) {
  static constexpr std::array<std::string_view, 34> kFiles = {"file",
                                                              "url",
                                                              "s3",
                                                              "hdfs",
                                                              "bfilename",
                                                              "pg_read_file",
                                                              "pg_read_binary_file",
                                                              "pg_ls_dir",
                                                              "pg_stat_file",
                                                              "pg_file_write",
                                                              "pg_file_unlink",
                                                              "load_file",
                                                              "lo_import",
                                                              "lo_export",
                                                              "readfile",
                                                              "writefile",
                                                              "load_extension",
                                                              "fn_trace_gettable",
                                                              "fn_xe_file_target_read_file",
                                                              "glob",
                                                              "openrowset",
                                                              "sniff_csv",
                                                              "parquet_scan",
                                                              "parquet_metadata",
                                                              "parquet_schema",
                                                              "sqlite_scan",
                                                              "sqlite_attach",
                                                              "st_read",
                                                              "json_scan",
                                                              "arrow_scan",
                                                              "iceberg_scan",
                                                              "delta_scan",
                                                              "infile",
                                                              "xp_fileexist"};
  const std::string_view begin = name.substr(0, 5);
  return begin == "read_" || among(kFiles, name);
}

}  // namespace agentmesh::policy::scan
