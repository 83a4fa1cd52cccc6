// The names of commands: what makes a word after a separator a command rather than prose.

#include <algorithm>
#include <iterator>
#include <string_view>

#include "policy/scan/decode.h"
#include "policy/scan/shell.h"
#include "policy/scan/shell_names.h"

namespace agentmesh::policy::scan {
namespace {

// No English words; sorted.
constexpr std::string_view kPlain[] = {
    "7z",         "adduser",   "ansible",    "apt",
    "apt-get",    "aria2c",    "arp",        "ash",
    "awk",        "aws",       "base32",     "base64",
    "bash",       "bcdedit",   "bitsadmin",  "blkid",
    "bunzip2",    "busybox",   "bzcat",      "bzip2",
    "cacls",      "capsh",     "certutil",   "chattr",
    "chgrp",      "chmod",     "chown",      "chpasswd",
    "chroot",     "cksum",     "cmd",        "cpio",
    "cron",       "crontab",   "cscript",    "csh",
    "curl",       "dash",      "dd",         "df",
    "diff",       "dig",       "dir",        "diskpart",
    "dmesg",      "dnf",       "docker",     "dos2unix",
    "dpkg",       "dsquery",   "du",         "echo",
    "egrep",      "env",       "eval",       "exec",
    "fdisk",      "fgrep",     "findstr",    "finger",
    "fping",      "fsck",      "fsutil",     "ftp",
    "g++",        "gawk",      "gcc",        "gdb",
    "getent",     "getfacl",   "git",        "go",
    "gpg",        "grep",      "groupadd",   "gunzip",
    "gzip",       "hexdump",   "hostname",   "hping3",
    "htop",       "icacls",    "iconv",      "id",
    "ifconfig",   "insmod",    "iostat",     "ip",
    "ipconfig",   "ipcs",      "iptables",   "jobs",
    "journalctl", "jq",        "kill",       "killall",
    "ksh",        "kubectl",   "ldd",        "ln",
    "losetup",    "ls",        "lsattr",     "lsb_release",
    "lsblk",      "lscpu",     "lsmod",      "lsof",
    "lua",        "lynx",      "lzma",       "mawk",
    "md5sum",     "mkdir",     "mkfifo",     "mkfs",
    "mklink",     "mknod",     "modprobe",   "mshta",
    "msiexec",    "mv",        "mysql",      "mysqldump",
    "nano",       "nc",        "nc.openbsd", "nc.traditional",
    "ncat",       "ncftp",     "net",        "net1",
    "netcat",     "netsh",     "netstat",    "nmap",
    "nohup",      "nologin",   "npm",        "npx",
    "nslookup",   "ntsd",      "od",         "openssl",
    "passwd",     "perl",      "pgrep",      "php",
    "ping",       "ping6",     "pip",        "pip3",
    "pkexec",     "pkg",       "pkill",      "pnputil",
    "powershell", "printenv",  "printf",     "ps",
    "pskill",     "psql",      "pwd",        "pwsh",
    "python",     "python2",   "python3",    "qwinsta",
    "rar",        "rcp",       "rd",         "readlink",
    "reg",        "regedit",   "regsvr32",   "renice",
    "rev",        "rlogin",    "rm",         "rmdir",
    "route",      "rpm",       "rsh",        "rsync",
    "ruby",       "rundll32",  "rvim",       "sc",
    "schtasks",   "scp",       "sed",        "setfacl",
    "setsid",     "sftp",      "sh",         "sha1sum",
    "sha256sum",  "shred",     "shutdown",   "sleep",
    "smbclient",  "smbmap",    "socat",      "sqlite3",
    "ss",         "ssh",       "ssh-keygen", "stat",
    "strace",     "stty",      "su",         "sudo",
    "sysctl",     "systemctl", "systeminfo", "tac",
    "tar",        "taskkill",  "tasklist",   "tcpdump",
    "tcsh",       "telnet",    "tftp",       "tmux",
    "traceroute", "tracert",   "tsh",        "typeset",
    "uname",      "unlink",    "unset",      "unxz",
    "unzip",      "uptime",    "useradd",    "userdel",
    "usermod",    "vi",        "vim",        "vssadmin",
    "wc",         "wevtutil",  "wget",       "whoami",
    "whois",      "winrm",     "wmic",       "wscript",
    "xargs",      "xxd",       "xz",         "yum",
    "zcat",       "zip",       "zsh",
};

// Also ordinary words, so they need arguments that look like a command's.
constexpr std::string_view kWords[] = {
    "at",      "batch",  "break", "call",    "cat",    "cd",     "clear",   "copy",    "cp",
    "cut",     "date",   "del",   "erase",   "expand", "export", "false",   "file",    "find",
    "fold",    "format", "free",  "ftp",     "groups", "halt",   "head",    "history", "host",
    "install", "join",   "last",  "less",    "locate", "look",   "mail",    "make",    "man",
    "more",    "mount",  "move",  "node",    "open",   "paste",  "path",    "pause",   "pico",
    "pr",      "print",  "query", "read",    "reboot", "ren",    "rename",  "screen",  "script",
    "service", "set",    "sort",  "source",  "split",  "start",  "strings", "sync",    "tail",
    "tee",     "test",   "time",  "timeout", "top",    "touch",  "tr",      "tree",    "true",
    "type",    "ver",    "vol",   "w",       "wait",   "watch",  "where",   "which",   "who",
    "write",   "yes",
};

template <size_t N>
constexpr bool is_sorted(const std::string_view (&names)[N]) {
  for (size_t i = 1; i < N; ++i)
    if (names[i] <= names[i - 1]) return false;
  return true;
}
static_assert(is_sorted(kPlain) && is_sorted(kWords));

template <size_t N>
bool contains(const std::string_view (&names)[N], std::string_view word) {
  return std::binary_search(std::begin(names), std::end(names), word);
}

}  // namespace

std::string command_name(std::string_view word) {
  const size_t slash = word.find_last_of("/\\");
  if (slash != std::string_view::npos) word.remove_prefix(slash + 1);
  std::string name = ascii_lower(word);
  for (const std::string_view extension : {".exe", ".com", ".bat", ".cmd"})
    if (name.size() > extension.size() && name.ends_with(extension))
      name.resize(name.size() - extension.size());
  return name;
}

bool is_plain_command(std::string_view word) { return contains(kPlain, word); }
bool is_word_command(std::string_view word) { return contains(kWords, word); }
bool is_command_name(std::string_view word) {
  return is_plain_command(word) || is_word_command(word);
}

}  // namespace agentmesh::policy::scan
