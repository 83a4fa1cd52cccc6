#include "policy/scan/url_ports.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "policy/scan/word_lists.h"

namespace agentmesh::policy::scan {
namespace {

// Ports to which no browser connects, since what listens there is no web server and could be made to act by a line of an
// HTTP request (Fetch standard, "port blocking").
constexpr std::array<uint16_t, 82> kBlockedPorts = {
    1,    7,    9,    11,   13,   15,   17,   19,   20,   21,   22,   23,   25,   37,
    42,   43,   53,   69,   77,   79,   87,   95,   101,  102,  103,  104,  109,  110,
    111,  113,  115,  117,  119,  123,  135,  137,  139,  143,  161,  179,  389,  427,
    465,  512,  513,  514,  515,  526,  530,  531,  532,  540,  548,  554,  556,  563,
    587,  601,  636,  989,  990,  993,  995,  1719, 1720, 1723, 2049, 3659, 4045, 4190,
    5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080};
// Databases, and the doors of containers and clusters, that answer whoever is on the inside: a web request to one of them on a
// private address is no everyday work.
// (6443: what governs a cluster; 9222: a browser that hands out its sessions.)
constexpr std::array<uint16_t, 16> kInnerPorts = {1433,  1521,  2375,  2376, 2379, 2380,
                                                  3306,  5432,  6379,  6443, 9222, 10250,
                                                  10255, 11211, 27017, 50070};

template <size_t N>
bool among(const std::array<uint16_t, N>& ports, int port) {
  return port > 0 && std::find(ports.begin(), ports.end(), port) != ports.end();
}

}  // namespace

int default_port(std::string_view scheme) {
  struct Port {
    std::string_view scheme;
    int port;
  };
  constexpr std::array<Port, 22> kPorts = {
      {{"http", 80},     {"https", 443},     {"ftp", 21},          {"ftps", 990},   {"ws", 80},
       {"wss", 443},     {"ssh", 22},        {"sftp", 22},         {"gopher", 70},  {"ldap", 389},
       {"ldaps", 636},   {"postgres", 5432}, {"postgresql", 5432}, {"mysql", 3306}, {"redis", 6379},
       {"rediss", 6379}, {"mongodb", 27017}, {"amqp", 5672},       {"smtp", 25},    {"git", 9418},
       {"telnet", 23},   {"tftp", 69}}};
  for (const Port& known : kPorts)
    if (known.scheme == scheme) return known.port;
  return 0;
}

bool opens_connection(std::string_view scheme) {
  static constexpr SizedWords kProtocols(
      {"afp",        "amqps",       "amqp",      "bolt",       "cassandra", "cifs",
       "clickhouse", "cockroachdb", "couchbase", "couchbases", "couchdb",   "db2",
       "dict",       "etcd",        "finger",    "ftp",        "ftps",      "git",
       "gopher",     "grpc",        "grpcs",     "hdfs",       "imap",      "imaps",
       "influxdb",   "ipp",         "ipps",      "irc",        "ircs",      "iscsi",
       "kafka",      "ldap",        "ldaps",     "mariadb",    "memcache",  "memcached",
       "mms",        "mongodb",     "mqtt",      "mqtts",      "mssql",     "mysql",
       "mysqlx",     "nats",        "neo4j",     "nfs",        "nntp",      "opensearch",
       "oracle",     "pop",         "pop3",      "pop3s",      "postgres",  "postgresql",
       "pulsar",     "rdp",         "redis",     "rediss",     "rlogin",    "rsync",
       "rtmp",       "rtmps",       "rtsp",      "rtsps",      "rtspu",     "scp",
       "sftp",       "sip",         "sips",      "smb",        "smtp",      "smtps",
       "snmp",       "socks",       "socks4",    "socks4a",    "socks5",    "socks5h",
       "sqlserver",  "srt",         "ssh",       "ssl",        "stomp",     "stun",
       "svn",        "tcp",         "telnet",    "telnets",    "tftp",      "tls",
       "turn",       "turns",       "udp",       "valkey",     "vnc",       "webdav",
       "webdavs",    "xmpp",        "zookeeper"});
  // redis+tls, git+ssh, postgresql+asyncpg, ws+unix
  for (size_t begin = 0; begin <= scheme.size();) {
    const size_t end = std::min(scheme.find_first_of("+.-", begin), scheme.size());
    const std::string_view part = scheme.substr(begin, end - begin);
    if (default_port(part) != 0 || kProtocols.hold(part)) return true;
    begin = end + 1;
  }
  return false;
}

bool is_blocked_port(int port) { return among(kBlockedPorts, port); }
bool is_inner_port(int port) { return among(kInnerPorts, port); }

}  // namespace agentmesh::policy::scan
