// Type: what the checker knows about an expression before anything is evaluated.
//
// Types are values, made by whoever declares an environment. A record is an object of fixed shape: an unknown field is a
// compile error, and every field is always there. A choice is a string of which all possible values are known: a literal
// compared with it that it can never equal earns a warning, and an older spelling is replaced by what it means now.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cel/value.h"

namespace agentmesh::policy::cel {

class RecordType;

// The possible values of a string. `older` are spellings that stand for several of them in ==, != and in.
struct Choice {
  struct Older {
    std::string spelling;
    std::vector<std::string> means;
  };
  std::string of;  // for messages: "action.type"
  std::vector<std::string> values;
  std::vector<Older> older;

  bool has(std::string_view value) const;
  const Older* find_older(std::string_view spelling) const;
};

class Type {
 public:
  // kDyn: known only when it is evaluated. The others are kinds of values.
  enum class Shape : uint8_t { kDyn, kKind, kRecord };

  Type() = default;  // dyn
  static Type dyn() { return Type(); }
  static Type of(Kind kind) { return Type(Shape::kKind, kind); }  // lists and maps of dyn
  static Type boolean() { return of(Kind::kBool); }
  static Type integer() { return of(Kind::kInt); }
  static Type string() { return of(Kind::kString); }
  static Type timestamp() { return of(Kind::kTimestamp); }
  static Type choice(std::shared_ptr<const Choice> choice);  // a string
  static Type list(Type element);
  static Type map(Type key, Type value);
  static Type record(std::shared_ptr<const RecordType> record);

  bool is_dyn() const { return shape_ == Shape::kDyn; }
  bool is(Kind kind) const { return shape_ == Shape::kKind && kind_ == kind; }
  bool is_record() const { return shape_ == Shape::kRecord; }
  bool is_number() const { return is(Kind::kInt) || is(Kind::kUint) || is(Kind::kDouble); }
  // Whether a value of this type can be of that kind.
  bool may_be(Kind kind) const;

  Kind kind() const { return kind_; }  // kMap for a record, kError for dyn
  Type element() const;                // of a list; dyn when it is not known
  Type key() const;                    // of a map
  Type value() const;                  // of a map
  const Choice* choice() const { return choice_.get(); }
  const std::shared_ptr<const RecordType>& record() const { return record_; }

  // "list(string)", "map(string, dyn)", a record's own name.
  std::string name() const;
  // The same type, choices taken for the strings they are.
  bool operator==(const Type& other) const;

 private:
  struct Parameters;
  Type(Shape shape, Kind kind) : shape_(shape), kind_(kind) {}

  Shape shape_ = Shape::kDyn;
  Kind kind_ = Kind::kError;
  std::shared_ptr<const Parameters> parameters_;
  std::shared_ptr<const Choice> choice_;
  std::shared_ptr<const RecordType> record_;
};

class RecordType {
 public:
  struct Field {
    std::string name;
    Type type;
    std::vector<std::string> also_called;  // wrong names people try, for "did you mean"
  };
  RecordType(std::string name, std::vector<Field> fields)
      : name_(std::move(name)), fields_(std::move(fields)) {}

  const std::string& name() const { return name_; }
  const std::vector<Field>& fields() const { return fields_; }
  // The index of a field, or -1.
  int find(std::string_view field) const;

 private:
  std::string name_;
  std::vector<Field> fields_;
};

// Whether == between the two can ever be decided otherwise than by their types. Numbers compare with each other, lists
// with lists, maps with maps, null with null, dyn with anything.
bool comparable(const Type& a, const Type& b);
// Whether < can: both numbers, or both of one ordered kind.
bool ordered(const Type& a, const Type& b);
// What is either the one or the other.
Type join(const Type& a, const Type& b);

}  // namespace agentmesh::policy::cel
