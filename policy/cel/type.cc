#include "policy/cel/type.h"

#include <algorithm>

namespace agentmesh::policy::cel {

struct Type::Parameters {
  Type key;
  Type value;  // also a list's element
};

bool Choice::has(std::string_view value) const {
  return std::find(values.begin(), values.end(), value) != values.end();
}

const Choice::Older* Choice::find_older(std::string_view spelling) const {
  for (const Older& candidate : older) {
    if (candidate.spelling == spelling) return &candidate;
  }
  return nullptr;
}

Type Type::choice(std::shared_ptr<const Choice> choice) {
  Type type = string();
  type.choice_ = std::move(choice);
  return type;
}

Type Type::list(Type element) {
  Type type = of(Kind::kList);
  if (!element.is_dyn()) {
    type.parameters_ = std::make_shared<const Parameters>(Parameters{{}, std::move(element)});
  }
  return type;
}

Type Type::map(Type key, Type value) {
  Type type = of(Kind::kMap);
  type.parameters_ =
      std::make_shared<const Parameters>(Parameters{std::move(key), std::move(value)});
  return type;
}

Type Type::record(std::shared_ptr<const RecordType> record) {
  Type type(Shape::kRecord, Kind::kMap);
  type.record_ = std::move(record);
  return type;
}

bool Type::may_be(Kind kind) const { return is_dyn() || (shape_ == Shape::kKind && kind_ == kind); }

Type Type::element() const { return parameters_ && is(Kind::kList) ? parameters_->value : dyn(); }
Type Type::key() const { return parameters_ && is(Kind::kMap) ? parameters_->key : dyn(); }
Type Type::value() const { return parameters_ && is(Kind::kMap) ? parameters_->value : dyn(); }

std::string Type::name() const {
  if (is_dyn()) return "dyn";
  if (is_record()) return record_->name();
  switch (kind_) {
    case Kind::kNull: return "null";
    case Kind::kTimestamp: return "timestamp";
    case Kind::kDuration: return "duration";
    case Kind::kList: return parameters_ ? "list(" + element().name() + ")" : "list";
    case Kind::kMap:
      return parameters_ ? "map(" + key().name() + ", " + value().name() + ")" : "map";
    default: return std::string(type_name(kind_));
  }
}

bool Type::operator==(const Type& other) const {
  if (shape_ != other.shape_ || kind_ != other.kind_ || record_ != other.record_) return false;
  if (!is(Kind::kList) && !is(Kind::kMap)) return true;
  return element() == other.element() && key() == other.key() && value() == other.value();
}

int RecordType::find(std::string_view field) const {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].name == field) return static_cast<int>(i);
  }
  return -1;
}

bool comparable(const Type& a, const Type& b) {
  if (a.is_dyn() || b.is_dyn()) return true;
  if (a.is_number() && b.is_number()) return true;
  return a.kind() == b.kind();
}

bool ordered(const Type& a, const Type& b) {
  const auto orders = [](const Type& type) {
    if (type.is_dyn()) return true;
    switch (type.kind()) {
      case Kind::kBool:
      case Kind::kInt:
      case Kind::kUint:
      case Kind::kDouble:
      case Kind::kString:
      case Kind::kBytes:
      case Kind::kTimestamp:
      case Kind::kDuration: return true;
      default: return false;
    }
  };
  return orders(a) && orders(b) && comparable(a, b);
}

Type join(const Type& a, const Type& b) {
  if (!(a == b)) return Type::dyn();
  return a.choice() == b.choice() || a.choice() == nullptr ? a
         : b.choice() == nullptr                           ? b
                                                           : Type::of(a.kind());
}

}  // namespace agentmesh::policy::cel
