#include "policy/cel/hints.h"

#include <vector>

#include <fmt/format.h>

#include "base/bytes.h"
#include "policy/cel/functions.h"
#include "policy/cel/macros.h"

namespace agentmesh::policy::cel {

namespace {
std::string_view shown(std::string_view text) { return cut_utf8(text, 60); }
}  // namespace

std::string unknown_name(std::string_view name, std::span<const Candidate> locals,
                         const Environment& environment) {
  if (const Signature* function = find_function(name)) {
    return fmt::format("unknown name '{}'; {} is a function: {}", name, name, function->usage);
  }
  std::vector<Candidate> candidates(locals.begin(), locals.end());
  for (const Environment::Name& known : environment.names()) {
    candidates.push_back({known.name, known.also_called});
  }
  return fmt::format("unknown name '{}'{}", shown(name), did_you_mean(name, candidates));
}

std::string unknown_field(const RecordType& record, std::string_view path, std::string_view field) {
  std::vector<Candidate> candidates;
  std::string all;
  for (const RecordType::Field& known : record.fields()) {
    candidates.push_back({known.name, known.also_called});
    all += (all.empty() ? "" : ", ") + known.name;
  }
  const std::string_view near = nearest(field, candidates);
  const std::string hint = near.empty()   ? fmt::format(" (it has {})", all)
                           : path.empty() ? fmt::format("; did you mean '{}'?", near)
                                          : fmt::format("; did you mean '{}.{}'?", path, near);
  return fmt::format("{} has no field '{}'{}", path.empty() ? record.name() : path, shown(field),
                     hint);
}

std::string no_fields(std::string_view is_a, const Type& type, std::string_view field) {
  std::string hint;
  if (const Signature* function = find_function(field);
      function != nullptr && function->style != Signature::Style::kFunction) {
    hint = fmt::format("; {} is a function: {}", field, function->usage);
  } else if (type.is(Kind::kList)) {
    hint = fmt::format("; ask its elements: x.exists(e, e.{} …)", shown(field));
  }
  return fmt::format("{} and has no field '{}'{}", is_a, shown(field), hint);
}

std::string unknown_function(std::string_view name, const Environment& environment) {
  if (const Macro* macro = find_macro(name)) {
    return fmt::format("{} is used as {}", macro->name, macro->usage);
  }
  if (name == "has") return "has is used as has(x.field)";
  if (environment.find(name) >= 0) return fmt::format("'{}' is not a function", name);
  std::vector<Candidate> candidates;
  for (const Signature& known : all_functions()) {
    candidates.push_back({known.name, also_called(known)});
  }
  for (const Macro& macro : all_macros()) candidates.push_back({macro.name, also_called(macro)});
  candidates.push_back({"has", {}});
  return fmt::format("unknown function '{}'{}", shown(name), did_you_mean(name, candidates));
}

}  // namespace agentmesh::policy::cel
