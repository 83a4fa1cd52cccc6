#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "audit/describe.h"
#include "audit/report.h"
#include "base/clock.h"

namespace agentmesh::audit {

namespace {

constexpr size_t kMostBars = 15;
constexpr size_t kMostDays = 120;

constexpr std::string_view kStyle = R"(
:root{--ink:#1d2430;--soft:#5c6675;--line:#d9dee6;--paper:#fff;--wash:#f4f6f9;--allow:#2f6fb2;--deny:#c8532a;--shadow:#8a8f98;--good:#2c7a4b;--part:#9a6a00;--none:#6b7280}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#a0a9b8;--line:#333b48;--paper:#14181f;--wash:#1c222c;--allow:#6aa7e8;--deny:#f08a5d;--shadow:#8a93a3;--good:#6cc591;--part:#e0b252;--none:#98a2b3}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:2rem 1.25rem 4rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2.5rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}h3{font-size:1rem;margin:1.5rem 0 .25rem}
p{margin:.4rem 0 .8rem;max-width:46rem}.soft{color:var(--soft)}
.verdict{background:var(--wash);border-left:4px solid var(--good);padding:.75rem 1rem;margin:1rem 0}.verdict.bad{border-color:var(--deny)}.verdict.odd{border-color:var(--part)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.75rem;margin:1rem 0}
.card{background:var(--wash);padding:.6rem .8rem}.card b{display:block;font-size:1.5rem;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:600}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;padding-right:1rem}td{overflow-wrap:anywhere}
.evidenced{color:var(--good);font-weight:600}.partly{color:var(--part);font-weight:600}.not{color:var(--none);font-weight:600}
svg{display:block;width:100%;height:auto;font:12px system-ui,sans-serif}svg text{fill:var(--ink)}svg .soft{fill:var(--soft)}svg .grid{stroke:var(--line)}
.allow{fill:var(--allow)}.deny{fill:var(--deny)}.shadow{fill:var(--shadow)}
.key{display:flex;gap:1.25rem;font-size:.85rem;color:var(--soft);margin:.25rem 0}.key i{display:inline-block;width:.8em;height:.8em;margin-right:.4em}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--wash:#f2f2f2;--allow:#2f6fb2;--deny:#c8532a;--shadow:#8a8f98;--good:#1f5c38;--part:#7a5400;--none:#555}body{max-width:none;padding:0;font-size:11pt}h2{break-after:avoid}table,svg{break-inside:auto}tr{break-inside:avoid}}
)";

// Text for a page: nothing in a record can be markup, or hide.
std::string safe(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string shortened(std::string_view text, size_t letters) {
  std::string out;
  size_t count = 0;
  for (size_t i = 0; i < text.size();) {
    if (++count > letters) return out + "…";
    size_t next = i + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xc0) == 0x80) ++next;
    out += text.substr(i, next - i);
    i = next;
  }
  return out;
}

std::string moment(int64_t ts) {
  std::string text = rfc3339(ts).substr(0, 19);
  text[10] = ' ';
  return text;
}

constexpr std::string_view kKey =
    "<div class=\"key\"><span><i style=\"background:var(--allow)\"></i>allowed</span><span><i "
    "style=\"background:var(--deny)\"></i>denied</span><span><i style=\"background:var(--shadow)\"></i>shadow "
    "mode: would have been denied or asked about</span></div>\n";

// The three parts of a bar, left to right or bottom to top.
struct Part {
  const char* name;
  uint64_t count;
};
std::array<Part, 3> parts_of(const Counts& counts) {
  return {{{"allow", counts.allowed}, {"deny", counts.denied}, {"shadow", counts.shadow}}};
}

// 1, 2 or 5 times a power of ten, so that at most five lines fit below `most`.
uint64_t tick_of(uint64_t most) {
  for (uint64_t power = 1;; power *= 10)
    for (const uint64_t digit : {uint64_t{1}, uint64_t{2}, uint64_t{5}})
      if (digit * power * 5 >= most) return digit * power;
}

std::string days_plot(const std::map<std::string, Counts>& days, int64_t last_ts) {
  if (days.empty()) return "";
  // Every day has its place, also one without calls.
  std::vector<std::pair<std::string, Counts>> shown;
  for (int64_t ts = last_ts; shown.size() < kMostDays; ts -= int64_t{86'400'000'000}) {
    const std::string day = utc_day(ts);
    if (day < days.begin()->first) break;
    const auto at = days.find(day);
    shown.emplace_back(day, at == days.end() ? Counts{} : at->second);
  }
  std::reverse(shown.begin(), shown.end());
  uint64_t most = 1;
  for (const auto& [day, counts] : shown) most = std::max(most, counts.all());
  const uint64_t tick = tick_of(most);
  const uint64_t ticks = (most + tick - 1) / tick;
  const auto top = static_cast<double>(ticks * tick);
  constexpr double kLeft = 56;
  constexpr double kWidth = 900;
  constexpr double kHeight = 200;
  constexpr double kTop = 12;
  const double step = (kWidth - kLeft) / static_cast<double>(shown.size());
  const double bar = std::min(step * 0.8, 46.0);
  std::string out =
      fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Calls per day\">\n", kWidth,
                  kHeight + kTop + 24);
  for (uint64_t at = 0; static_cast<double>(at) <= top; at += tick) {
    const double y = kTop + kHeight * (1 - static_cast<double>(at) / top);
    out += fmt::format(
        "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text class=\"soft\" x=\"{}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{}</text>\n",
        kLeft, kWidth, y, y, kLeft - 8, y + 4, at);
  }
  const size_t every = std::max<size_t>(1, (shown.size() + 9) / 10);
  for (size_t i = 0; i < shown.size(); ++i) {
    const auto& [day, counts] = shown[i];
    const double x = kLeft + step * static_cast<double>(i) + (step - bar) / 2;
    double y = kTop + kHeight;
    out += fmt::format("<g><title>{}: {} allowed, {} denied, {} shadow</title>", safe(day),
                       counts.allowed, counts.denied, counts.shadow);
    for (const Part& part : parts_of(counts)) {
      if (part.count == 0) continue;
      const double height = kHeight * static_cast<double>(part.count) / top;
      y -= height;
      out += fmt::format(
          "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>",
          part.name, x, y, bar, height);
    }
    out += "</g>\n";
    if (i % every == 0)
      out += fmt::format(
          "<text class=\"soft\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
          x + bar / 2, kTop + kHeight + 18, safe(day.substr(5)));
  }
  return out + "</svg>\n";
}

// The largest of a list, as bars with their numbers.
std::string bars(const std::map<std::string, Counts>& all, std::string_view label) {
  std::vector<std::pair<std::string, Counts>> shown(all.begin(), all.end());
  std::stable_sort(shown.begin(), shown.end(),
                   [](const auto& a, const auto& b) { return a.second.all() > b.second.all(); });
  const size_t left_out = shown.size() > kMostBars ? shown.size() - kMostBars : 0;
  shown.resize(shown.size() - left_out);
  if (shown.empty()) return "";
  const auto most = static_cast<double>(std::max<uint64_t>(1, shown.front().second.all()));
  constexpr double kRow = 24;
  constexpr double kLeft = 300;
  constexpr double kBar = 500;
  std::string out = fmt::format("<svg viewBox=\"0 0 900 {}\" role=\"img\" aria-label=\"{}\">\n",
                                kRow * static_cast<double>(shown.size()) + 4, label);
  for (size_t i = 0; i < shown.size(); ++i) {
    const auto& [name, counts] = shown[i];
    const double y = kRow * static_cast<double>(i);
    out += fmt::format(
        "<g><title>{}: {} allowed, {} denied, {} shadow</title><text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
        safe(name), counts.allowed, counts.denied, counts.shadow, kLeft - 10, y + 17,
        safe(shortened(name, 42)));
    double x = kLeft;
    for (const Part& part : parts_of(counts)) {
      if (part.count == 0) continue;
      const double width = std::max(1.0, kBar * static_cast<double>(part.count) / most);
      out += fmt::format(
          "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"16\"/>",
          part.name, x, y + 4, width);
      x += width;
    }
    out += fmt::format("<text class=\"soft\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text></g>\n", x + 8,
                       y + 17, counts.all());
  }
  out += "</svg>\n";
  if (left_out > 0)
    out += fmt::format("<p class=\"soft\">and {} more, in the JSON report</p>\n", left_out);
  return out;
}

std::string plot(std::string_view title, const std::map<std::string, Counts>& all) {
  if (all.empty()) return "";
  return fmt::format("<h2>{}</h2>\n", title) + bars(all, title);
}

std::string tags(const std::map<std::string, TagCount>& all) {
  if (all.empty()) return "";
  std::string out =
      "<h2>Calls by tag</h2>\n<p>What the rules that matched are about, by the tags that the policy gives them. A call counts "
      "under each of its tags; <i>results</i> are answers that such a rule matched.</p>\n<table><tr><th>Tag</th><th "
      "class=\"n\">Allowed</th><th class=\"n\">Denied</th><th class=\"n\">Shadow</th><th "
      "class=\"n\">Results</th></tr>\n";
  for (const auto& [tag, each] : all)
    out += fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
        "class=\"n\">{}</td></tr>\n",
        safe(tag), each.calls.allowed, each.calls.denied, each.calls.shadow, each.results);
  return out + "</table>\n";
}

std::string numbers(std::string_view title, const std::map<std::string, uint64_t>& all) {
  if (all.empty()) return "";
  std::string out =
      fmt::format("<h3>{}</h3><table><tr><th>What</th><th class=\"n\">Records</th></tr>\n", title);
  for (const auto& [name, count] : all)
    out += fmt::format("<tr><td>{}</td><td class=\"n\">{}</td></tr>\n", safe(name), count);
  return out + "</table>\n";
}

std::string events(std::string_view title, const std::vector<Happened>& all) {
  if (all.empty()) return "";
  std::string out = fmt::format(
      "<h3>{}</h3><table><tr><th class=\"n\">Record</th><th>Time (UTC)</th><th>What</th></tr>\n",
      title);
  for (const Happened& each : all)
    out += fmt::format("<tr><td class=\"n\">{}</td><td>{}</td><td>{}</td></tr>\n", each.seq,
                       moment(each.ts), safe(each.what));
  return out + "</table>\n";
}

std::string integrity(const Verdict& v) {
  const char* tone = v.exit == 0 && v.level != Level::kChain ? "" : v.exit == 1 ? " bad" : " odd";
  std::string out =
      fmt::format("<div class=\"verdict{}\"><b>Verification: {}, level {}.</b> {}", tone,
                  result_name(v.exit), level_name(v.level), safe(foundation(v)));
  out += fmt::format(
      "<br><span class=\"soft\">Log {} · {} records read · {} checkpoints{}{}</span>", safe(v.log),
      v.records, v.checkpoints,
      v.checkpoint ? fmt::format(", the last that matches covers {}", v.checkpoint->size) : "",
      v.exit == 1 ? "" : fmt::format(" · {} records not signed yet", v.unsigned_records));
  constexpr size_t kMostProblems = 10;
  for (size_t i = 0; i < std::min(v.problems.size(), kMostProblems); ++i)
    out += fmt::format("<br><b>{}</b>: {}", safe(v.problems[i].code), safe(v.problems[i].message));
  if (v.problems.size() > kMostProblems)
    out +=
        fmt::format("<br>and {} more: agentmesh audit verify", v.problems.size() - kMostProblems);
  return out + "</div>\n";
}

std::string cards(const Report& r) {
  const auto sessions = r.types.find("session.start");
  const std::pair<const char*, std::string> all[] = {
      {"sessions", std::to_string(sessions == r.types.end() ? 0 : sessions->second.count)},
      {"calls", std::to_string(r.calls.all())},
      {"allowed", std::to_string(r.calls.allowed)},
      {"denied", std::to_string(r.calls.denied)},
      {"lines refused", std::to_string(r.refused_lines)},
      {"tools changed", std::to_string(r.tools_changed.size())},
      {"median answer", !r.us_p50            ? "–"
                        : *r.us_p50 < 10'000 ? fmt::format("{} µs", *r.us_p50)
                                             : fmt::format("{} ms", *r.us_p50 / 1000)}};
  std::string out = "<div class=\"cards\">";
  for (const auto& [name, value] : all)
    out += fmt::format("<div class=\"card\"><b>{}</b>{}</div>", value, name);
  return out + "</div>\n";
}

std::string frameworks(const Report& r) {
  std::string out =
      "<h2>What the log can evidence</h2><p>A proxy's log is evidence about controls; whether a control is met is for "
      "people to judge, and not said here. <i>Evidenced</i>: the records show it. <i>Partly</i>: they show a part at most, "
      "and the last column says what they cannot; where the records are <i>none</i>, nothing was shown in this period. "
      "<i>Check the text</i>: the wording of the control was not compared with its "
      "source.</p>\n";
  std::string framework;
  for (const Control& control : controls_of(r)) {
    if (control.framework != framework) {
      if (!framework.empty()) out += "</table>\n";
      framework = control.framework;
      out += fmt::format(
          "<h3>{}</h3><table><tr><th>Control</th><th>State</th><th>Records in the period (first to last)</th><th>What is "
          "missing</th></tr>\n",
          safe(framework));
    }
    const bool none = std::none_of(control.records.begin(), control.records.end(),
                                   [](const auto& each) { return each.second.count > 0; });
    std::string records = none && control.state != Evidence::kNotByThisTool ? "none" : "";
    for (const auto& [kind, seen] : control.records) {
      if (!records.empty()) records += "<br>";
      const std::string name =
          kind == "checkpoints" ? "checkpoints (of the whole log)" : safe(kind);
      records += seen.count == 0
                     ? "no " + name
                     : fmt::format("{} {} ({} to {})", seen.count, name, seen.first, seen.last);
    }
    const std::string_view state = evidence_name(control.state);
    out += fmt::format(
        "<tr><td><b>{}</b><br>{}{}</td><td class=\"{}\">{}</td><td>{}</td><td>{}</td></tr>\n",
        safe(control.control), safe(control.about),
        control.checked ? "" : " <span class=\"soft\">(check the text)</span>",
        state.substr(0, state.find(' ')), state, records, safe(control.missing));
  }
  return out + "</table>\n";
}

}  // namespace

std::string report_html(const Report& r) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>Audit report</title><style>{}</style></head><body>\n",
      kStyle);
  out +=
      "<h1>Audit report</h1>\n<p>What passed between AI agents and their tool servers through AgentMesh on one machine, "
      "counted from its audit log. A call is one governed request; it is allowed, or denied before the server sees it. "
      "Numbers of records are those that <code>agentmesh audit show</code> takes; <code>agentmesh audit verify</code> checks "
      "the log again.</p>\n";
  if (r.records > 0) {
    out += fmt::format("<p class=\"soft\">{} to {} (UTC), {} records", moment(r.first_ts),
                       moment(r.last_ts), r.records);
  } else {
    out += "<p class=\"soft\">There are no records in this period";
  }
  if (r.since) out += fmt::format("; asked for: since {}", moment(*r.since));
  if (r.until) out += fmt::format("{} before {}", r.since ? "," : "; asked for:", moment(*r.until));
  out += "</p>\n" + integrity(r.verdict);
  if (r.records == 0) return out + "</body></html>\n";
  out += cards(r);
  if (r.calls.all() > 0) {
    out += "<h2>Calls by day</h2>\n" + std::string(kKey) + days_plot(r.by_day, r.last_ts);
    out += plot("Calls by server", r.by_server) + plot("Calls by tool", r.by_tool);
    out += plot("Calls by rule", r.by_rule);
  }
  out += tags(r.by_tag);
  if (!r.by_stage.empty() || !r.findings.empty() || !r.approvals.empty() || !r.outcomes.empty())
    out += "<h2>Denials, findings, approvals</h2>\n";
  out += numbers("Denials, by where they stopped", r.by_stage);
  if (!r.findings.empty()) {
    out +=
        "<h3>Findings</h3><table><tr><th>Finding</th><th>Severity</th><th class=\"n\">Times</th></tr>\n";
    for (const auto& [id, found] : r.findings)
      out += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>\n", safe(id),
                         safe(found.severity), found.count);
    out += "</table>\n";
  }
  out += numbers("Approvals", r.approvals) + numbers("Outcomes", r.outcomes);
  if (const std::string lost = losses(r); !lost.empty()) out += "<p>" + lost + "</p>\n";
  if (r.us_p50)
    out += fmt::format(
        "<p class=\"soft\">From forwarding to the answer: half within {} µs, nine of ten within {} µs, 99 of 100 within {} "
        "µs.</p>\n",
        *r.us_p50, r.us_p90.value_or(0), r.us_p99.value_or(0));
  if (!r.tools_changed.empty() || !r.trust_changes.empty() || !r.policies.empty() ||
      !r.operators.empty() || !r.upkeep.empty())
    out += "<h2>What changed</h2>\n";
  out += events("Tools", r.tools_changed) + events("Trust", r.trust_changes);
  out += events("Policies", r.policies) + events("Operators", r.operators);
  out += events("The log itself", r.upkeep);
  if (r.happened_more > 0)
    out += fmt::format("<p class=\"soft\">{} more are not listed.</p>\n", r.happened_more);
  return out + frameworks(r) + "</body></html>\n";
}

}  // namespace agentmesh::audit
