#include "policy/argument_words.h"

#include "policy/scan/url_hosts.h"

namespace agentmesh::policy {

std::string_view socket_path(std::string_view text) {
  for (const std::string_view scheme : {"unix://", "http+unix://", "unix:"})
    if (text.starts_with(scheme)) return text.substr(scheme.size());
  return {};
}

std::string_view path_in_word(std::string_view text) {
  std::string_view path;
  if (const size_t at = text.find('@'); at == 0 || (at < text.size() && text[at - 1] == '='))
    path = text.substr(at + 1);
  else if (const size_t sign = text.find('='); text.starts_with('-') && sign < text.size())
    path = text.substr(sign + 1);
  else if (text.size() > 2 && text[0] == '-' && text[1] != '-')
    path = text.substr(2);
  for (const std::string_view begin : {"/", "~/", "../"})
    if (path.starts_with(begin)) return path;
  return {};
}

std::string_view option_in_word(std::string_view text) {
  if (!text.starts_with('-')) return {};
  if (text.starts_with("-o/") || text.starts_with("-o=") || text.starts_with("-o~"))
    return "output";
  const size_t sign = text.find('=');
  const size_t begin = text.find_first_not_of('-');
  return begin < sign && sign < text.size() ? text.substr(begin, sign - begin) : std::string_view();
}

bool names_metadata(std::string_view text) {
  if (text.find_first_of(" \n") < text.size()) return false;
  if (const size_t scheme = text.find("://"); scheme < text.size()) text.remove_prefix(scheme + 3);
  std::string_view host = text.substr(0, text.find('/'));
  host.remove_prefix(host.rfind('@') + 1);
  const bool bracketed = host.starts_with('[') && host.find(']') < host.size();
  host = host.substr(0, bracketed ? host.find(']') + 1 : host.find(':'));
  const bool address = bracketed || host.find('.') < host.size();
  return address && scan::judge_host(host, bracketed, false).reach == scan::Reach::kMetadata;
}

}  // namespace agentmesh::policy
