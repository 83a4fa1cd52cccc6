#include "config/settings.h"

#include <limits>

#include <fmt/format.h>

#include "base/files.h"
#include "config/paths.h"
#include "config/schema.h"

namespace agentmesh::config {

namespace {

constexpr int64_t kMaxU32 = std::numeric_limits<uint32_t>::max();
constexpr int64_t kMaxSize = int64_t{1} << 32;  // what base/json reads at once

template <class T>
void put(T& into, std::optional<int64_t> value) {
  if (value) into = static_cast<T>(*value);
}

class Reader {
 public:
  Reader(const Node& root, const std::string& file, LoadedSettings& loaded, Findings& out)
      : root_(root), file_(file), settings_(loaded.settings), out_(out) {}

  void run() {
    if (!expect_map(root_, "agentmesh.yaml", out_)) return;
    Schema keys(root_, "", out_);
    proxy::Options& proxy = settings_.proxy;
    if (const auto policy = keys.text("policy")) {
      settings_.policy = beside_this(policy->value);
      settings_.policy_place = policy->place;
    }
    if (const auto mode = keys.word("mode", {"enforce", "shadow"})) {
      settings_.mode = static_cast<policy::Mode>(*mode);
      settings_.mode_place = root_.find("mode")->place;
    }
    if (const auto footer = keys.word("footer", {"both", "text", "meta", "off"}))
      proxy.footer = static_cast<proxy::Footer>(*footer);
    if (const auto deny_as = keys.word("deny_as", {"result", "error"}))
      proxy.deny_as = static_cast<proxy::DenyAs>(*deny_as);
    if (auto agent = keys.string("agent")) proxy.agent = std::move(*agent);
    put(proxy.max_message_bytes, keys.integer("max_message_bytes", 1024, kMaxSize - 1));
    put(proxy.max_inspected_bytes, keys.integer("max_inspected_bytes", 1024, kMaxSize - 1));
    put(proxy.max_sessions, keys.integer("max_sessions", 0, 65'536));
    put(proxy.max_outstanding, keys.integer("max_outstanding", 1, 16'777'216));
    put(proxy.call_timeout_ms, keys.integer("call_timeout_ms", 0, kMaxU32));
    if (const Node* node = keys.take("shutdown_ms")) shutdown(*node);
    if (const Node* node = keys.take("audit")) audit(*node);
    if (const Node* node = keys.take("trust")) trust(*node);
    if (const Node* node = keys.take("groups")) groups(*node);
    if (const Node* node = keys.take("identity")) identity(*node);
    keys.finish();
  }

 private:
  // A policy's file is named relative to this one.
  std::string beside_this(const std::string& policy) const {
    const bool is_file = policy.find('/') != std::string::npos || policy.ends_with(".yaml") ||
                         policy.ends_with(".yml");
    if (!is_file || policy.starts_with('/')) return policy;
    if (policy.starts_with("~/")) return home_of_this() + policy.substr(1);
    const size_t slash = file_.rfind('/');
    return slash == std::string::npos ? policy : file_.substr(0, slash + 1) + policy;
  }

  // Of the file in its usual place: the home that this place is in. HOME may be one that a client's entry sets for its server.
  std::string home_of_this() const {
    if (file_.size() > kUsualConfig.size() && file_.ends_with(kUsualConfig))
      return file_.substr(0, file_.size() - kUsualConfig.size());
    return home_directory();
  }

  void shutdown(const Node& node) {
    if (!expect_map(node, "shutdown_ms", out_)) return;
    Schema keys(node, "shutdown_ms.", out_);
    put(settings_.proxy.shutdown.eof_ms, keys.integer("eof", 0, 86'400'000));
    put(settings_.proxy.shutdown.busy_ms, keys.integer("busy", 0, 86'400'000));
    put(settings_.proxy.shutdown.term_ms, keys.integer("term", 0, 86'400'000));
    keys.finish();
  }

  void audit(const Node& node) {
    if (!expect_map(node, "audit", out_)) return;
    Schema keys(node, "audit.", out_);
    audit::Options& audit = settings_.proxy.audit;
    if (auto log = keys.text("log")) {
      const bool fits = !log->value.empty() && log->value.size() <= 32 &&
                        log->value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
                            std::string::npos;
      if (fits)
        audit.log = std::move(log->value);
      else
        keys.error(log->place, "log", "a log's name is 1 to 32 of a-z, 0-9 and -");
    }
    if (auto origin = keys.text("origin")) {
      if (origin->value.empty() || origin->value.find_first_of(" +\t\n\r") != std::string::npos)
        keys.error(origin->place, "origin", "an origin holds no spaces and no +");
      else
        audit.origin = std::move(origin->value);
    }
    if (const auto word = keys.word("durability", {"queued", "written", "durable"}))
      audit.durability = static_cast<audit::Durability>(*word);
    put(audit.segment_bytes, keys.integer("segment_bytes", 4096, int64_t{1} << 40));
    put(audit.checkpoint_records, keys.integer("checkpoint_records", 1, kMaxU32));
    put(audit.checkpoint_ms, keys.integer("checkpoint_ms", 1, 86'400'000));
    if (const auto word = keys.word("payloads", {"none", "salt", "full"}))
      audit.payloads = static_cast<audit::Payloads>(*word);
    if (const auto word = keys.word("on_error", {"deny", "allow"}))
      audit.on_error = static_cast<audit::OnError>(*word);
    if (const auto word = keys.word("on_damage", {"deny", "seal"})) {
      audit.on_damage = static_cast<audit::OnDamage>(*word);
      settings_.on_damage_given = true;
    }
    put(audit.timeout_ms, keys.integer("timeout_ms", 1, 600'000));
    put(audit.keep_days, keys.integer("keep_days", 0, 36'500));
    put(audit.max_bytes_per_hour, keys.integer("max_bytes_per_hour", 0, int64_t{1} << 50));
    keys.finish();
  }

  std::optional<int64_t> span_us(Schema& keys, std::string_view key) {
    auto text = keys.text(key);
    if (!text) return std::nullopt;
    auto span = policy::parse_span(text->value);
    if (span) return *span;
    keys.error(text->place, key, span.error().what);
    return std::nullopt;
  }

  void span_ms(Schema& keys, std::string_view key, uint32_t& into) {
    if (const auto us = span_us(keys, key)) {
      if (*us / 1000 > kMaxU32)
        keys.error(keys.node().find(key)->place, key, "this is longer than 49 days");
      else
        into = static_cast<uint32_t>(*us / 1000);
    }
  }

  void trust(const Node& node) {
    if (!expect_map(node, "trust", out_)) return;
    Schema keys(node, "trust.", out_);
    trust::Options& trust = settings_.proxy.trust;
    if (const auto prior = keys.real("prior", 0, 1)) trust.prior = *prior;
    if (const auto strength = keys.real("strength", 1, 1'000'000)) trust.strength = *strength;
    if (const auto half_life = span_us(keys, "half_life")) trust.half_life_us = *half_life;
    if (const Node* breaker = keys.take("breaker");
        breaker != nullptr && expect_map(*breaker, "trust.breaker", out_)) {
      Schema inner(*breaker, "trust.breaker.", out_);
      proxy::BreakerOptions options = settings_.proxy.breaker;
      put(options.failures, inner.integer("failures", 0, 1'000'000));
      span_ms(inner, "wait", options.wait_ms);
      span_ms(inner, "max", options.max_wait_ms);
      span_ms(inner, "deadline", options.deadline_ms);
      if (options.max_wait_ms < options.wait_ms) {
        out_.error(breaker->place, "trust.breaker: `max` is shorter than `wait`");
        options.wait_ms = settings_.proxy.breaker.wait_ms;
        options.max_wait_ms = settings_.proxy.breaker.max_wait_ms;
      }
      settings_.proxy.breaker = options;
      inner.finish();
    }
    keys.finish();
  }

  void groups(const Node& node) {
    if (!expect_map(node, "groups", out_)) return;
    for (const Entry& entry : node.entries) {
      const std::string path = "groups." + entry.key.value;
      std::vector<uint32_t> uids;
      bool sound = true;
      const auto one = [&](const Node& item) {
        const bool number =
            item.is_scalar() && type_of(item) == Type::kInteger && item.text.value.size() <= 10;
        const uint64_t uid = number ? std::strtoull(item.text.value.c_str(), nullptr, 10) : 0;
        if (number && !item.text.value.starts_with('-') && uid <= kMaxU32) {
          uids.push_back(static_cast<uint32_t>(uid));
          return;
        }
        sound = false;
        out_.error(item.place, fmt::format("{}: expected a user id (a number), found {}", path,
                                           describe(item)));
      };
      if (entry.value.is_list())
        for (const Node& item : entry.value.items) one(item);
      else
        one(entry.value);
      if (sound) settings_.groups[entry.key.value] = std::move(uids);
    }
  }

  void identity(const Node& node) {
    if (!expect_map(node, "identity", out_)) return;
    Schema keys(node, "identity.", out_);
    settings_.proxy.sponsor = keys.string("sponsor").value_or("");
    keys.finish();
  }

  const Node& root_;
  const std::string& file_;
  Settings& settings_;
  Findings& out_;
};

}  // namespace

LoadedSettings read_settings(std::string_view text, const std::string& file) {
  LoadedSettings loaded;
  Findings out;
  if (auto tree = read_yaml(text, file, out, Empty::kNothing))
    Reader(*tree, file, loaded, out).run();
  loaded.failed = out.failed();
  loaded.diagnostics = std::move(out.all());
  return loaded;
}

LoadedSettings load_settings(const std::string& path, bool required) {
  // /dev/null says that there are none, and is no file.
  if (path.empty() || path == "/dev/null" || (!required && !file_exists(path))) return {};
  const auto text = read_regular(path, 4U << 20);
  if (text) return read_settings(*text, path);
  LoadedSettings loaded;
  loaded.failed = true;
  loaded.diagnostics.push_back({policy::Diagnostic::Level::kError, policy::Place{path, 0, 0},
                                why_unread(text.error(), path)});
  return loaded;
}

}  // namespace agentmesh::config
