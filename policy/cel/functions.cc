#include "policy/cel/functions.h"

#include <fmt/format.h>

#include "policy/cel/collection.h"
#include "policy/cel/convert.h"
#include "policy/cel/names.h"
#include "policy/cel/time_value.h"

namespace agentmesh::policy::cel {

namespace {

// One call being made: its arguments, and how it fails.
struct Call {
  const Signature& signature;
  std::span<const Value> arguments;
  uint32_t offset;
  Context& context;

  std::string_view text(size_t i) const { return arguments[i].as_text(); }
  Value fail(std::string_view message) const { return context.fail(offset, message); }
  Value fail_budget() const { return context.fail_budget(offset); }
  // Pays for reading all the text there is in the arguments.
  bool pay(unsigned shift = 0) const {
    size_t bytes = 0;
    for (const Value& argument : arguments) {
      if (argument.kind() == Kind::kString || argument.kind() == Kind::kBytes) {
        bytes += argument.as_text().size();
      }
    }
    return context.spend_bytes(bytes >> shift);
  }
};

int64_t code_points(std::string_view text) {
  int64_t n = 0;
  for (const char c : text) n += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1 : 0;
  return n;
}

Value size_of(const Call& call) {
  const Value& of = call.arguments[0];
  if (!call.pay(2)) return call.fail_budget();
  if (of.kind() == Kind::kString) return Value::integer(code_points(of.as_text()));
  if (of.kind() == Kind::kBytes) return Value::integer(static_cast<int64_t>(of.as_text().size()));
  if (!open(of, call.context)) return call.fail_budget();
  return Value::integer(count(of));
}

Value matches(const Call& call, const Regex* pattern) {
  if (!call.pay()) return call.fail_budget();
  if (pattern != nullptr) return Value::boolean(pattern->search(call.text(0)));
  if (!call.context.spend(50)) return call.fail_budget();  // looking it up, perhaps compiling it
  const auto found = call.context.regexes().find(call.text(1));
  if (!found) return call.fail("the pattern cannot be used: " + found.error().what);
  return Value::boolean((*found)->search(call.text(0)));
}

Value lower_ascii(const Call& call) {
  if (!call.pay()) return call.fail_budget();
  const std::string_view text = call.text(0);
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  size_t first = 0;
  while (first < text.size() && !upper(text[first])) ++first;
  if (first == text.size()) return call.arguments[0];
  const std::span<char> out = call.context.arena().array<char>(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    out[i] = upper(text[i]) ? static_cast<char>(text[i] + ('a' - 'A')) : text[i];
  }
  return Value::string({out.data(), out.size()});
}

Value host_in(const Call& call) {
  const Value& globs = call.arguments[1];
  if (!open(globs, call.context)) return call.fail_budget();
  const std::string_view host = call.text(0);
  for (uint32_t i = 0; i < count(globs); ++i) {
    const Value glob = element(globs, i, call.context);
    if (glob.kind() != Kind::kString) return call.fail("host_in: every glob must be a string");
    const size_t work = (host.size() + 1) * (glob.as_text().size() + 1);  // of the worst glob
    if (!call.context.spend(1) || !call.context.spend_bytes(work)) return call.fail_budget();
    if (host_matches(host, glob.as_text())) return Value::boolean(true);
  }
  return Value::boolean(false);
}

Value each(const Call& call) {
  if (call.arguments[0].kind() == Kind::kList) return call.arguments[0];
  return Value::list(call.context.arena().copy(call.arguments));
}

Value is_under(const Call& call) {
  // The components of a path may take sixteen times its own bytes.
  const size_t bytes = call.text(0).size() + call.text(1).size() + 2 * call.context.home().size();
  if (!call.context.spend_bytes(bytes * 16)) return call.fail_budget();
  return Value::boolean(
      path_is_under(call.text(0), call.text(1), call.context.home(), call.context.arena()));
}

bool is_accessor(Function function) { return function >= Function::kGetDate; }

Value dispatch(const Call& call, const Regex* pattern) {
  const Function function = call.signature.function;
  switch (function) {
    case Function::kSize: return size_of(call);
    case Function::kMatches: return matches(call, pattern);
    case Function::kLowerAscii: return lower_ascii(call);
    case Function::kHostIn: return host_in(call);
    case Function::kEach: return each(call);
    case Function::kUnder: return is_under(call);
    case Function::kToDyn: return call.arguments[0];
    case Function::kToType: return Value::type(call.arguments[0].kind());
    case Function::kContains:
      if (!call.pay()) return call.fail_budget();
      return Value::boolean(call.text(0).find(call.text(1)) != std::string_view::npos);
    case Function::kStartsWith: return Value::boolean(call.text(0).starts_with(call.text(1)));
    case Function::kEndsWith: return Value::boolean(call.text(0).ends_with(call.text(1)));
    default: break;
  }
  if (!call.pay()) return call.fail_budget();
  const Converted got = is_accessor(function)
                            ? time_field(function, call.arguments)
                            : convert(function, call.arguments[0], call.context.arena());
  return got ? *got : call.fail(got.error());
}

}  // namespace

Value call(Function function, std::span<const Value> arguments, const Regex* pattern,
           uint32_t offset, Context& context) {
  const Signature& signature = all_functions()[static_cast<size_t>(function)];
  for (size_t i = 0; i < arguments.size(); ++i) {
    if ((signature.takes[i] & kinds(arguments[i].kind())) == 0) {
      return context.fail(offset, fmt::format("{}: {} does not take {}", signature.usage,
                                              signature.name, type_name(arguments[i].kind())));
    }
  }
  return dispatch(Call{signature, arguments, offset, context}, pattern);
}

}  // namespace agentmesh::policy::cel
