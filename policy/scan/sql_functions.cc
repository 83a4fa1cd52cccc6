#include "policy/scan/sql_functions.h"

#include <algorithm>
#include <array>

namespace agentmesh::policy::scan {
namespace {

constexpr std::array<SqlFunction, 56> kFunctions = {{
    {"nextval", SqlClass::kWrite, false},
    {"setval", SqlClass::kWrite, false},
    {"set_config", SqlClass::kWrite, false},
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
}};

}  // namespace

const SqlFunction* sql_function(std::string_view name) {
  const auto* const found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                         [&](const SqlFunction& f) { return f.name == name; });
  return found == kFunctions.end() ? nullptr : found;
}

}  // namespace agentmesh::policy::scan
