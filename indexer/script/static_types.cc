#include "indexer/script/static_types.h"

#include <algorithm>

#include "indexer/script/compiler.h"
#include "indexer/script/expression_nodes.h"

namespace tarn::script {

Type unboxed(const Type& type) {
  using Base = Type::Base;
  if (type.dimensions > 0 || type.base != Base::kRef) return type;
  switch (type.cls) {
    case ClassId::kBoolean: return Type::of(Base::kBool);
    case ClassId::kByte: return Type::of(Base::kByte);
    case ClassId::kShort: return Type::of(Base::kShort);
    case ClassId::kCharacter: return Type::of(Base::kChar);
    case ClassId::kInteger: return Type::of(Base::kInt);
    case ClassId::kLong: return Type::of(Base::kLong);
    case ClassId::kFloat: return Type::of(Base::kFloat);
    case ClassId::kDouble: return Type::of(Base::kDouble);
    default: return type;
  }
}

namespace {

bool widens(Type::Base from, Type::Base to) {
  using Base = Type::Base;
  if (from == to) return true;
  if (from == Base::kChar) return to >= Base::kInt && to <= Base::kDouble;
  if (to == Base::kChar) return false;
  return from >= Base::kByte && to <= Base::kDouble && from < to;
}

}  // namespace

bool may_cast(const Type& from, const Type& to, bool is_explicit) {
  using Base = Type::Base;
  if (from == to || from.is_def() || to.is_def() || to.base == Base::kVoid) return true;
  if (from.base == Base::kVoid) return false;
  if (from.base == Base::kNullRef) return !to.is_primitive();
  if (from.dimensions != to.dimensions) return to == Type::ref(ClassId::kObject);
  const Type a = unboxed(from), b = unboxed(to);
  if (a.is_primitive() && b.is_primitive()) {
    if (a == b) return true;
    if (a.base == Base::kBool || b.base == Base::kBool) return false;
    if (!to.is_primitive()) return a.base == b.base;   // to a box only from its own
    return is_explicit || widens(a.base, b.base);
  }
  if (a.is_primitive()) {
    if (from.is_primitive()) {
      if (to == Type::ref(ClassId::kObject)) return true;
      if (to == Type::ref(ClassId::kNumber)) return a.base != Base::kBool && a.base != Base::kChar;
      return is_explicit && a.base == Base::kChar && to.is_text();
    }
    return to.base == Base::kRef && is_subclass(from.cls, to.cls);
  }
  if (b.is_primitive()) {
    if (from.is_text() && b.base == Base::kChar) return is_explicit;
    return is_explicit && from.base == Base::kRef && (from.cls == ClassId::kObject || from.cls == ClassId::kNumber);
  }
  if (from.base != Base::kRef || to.base != Base::kRef) return false;
  if (to.cls == ClassId::kObject || is_subclass(from.cls, to.cls)) return true;
  return is_explicit && is_subclass(to.cls, from.cls);
}

Type promoted(const Type& a, const Type& b) {
  if (a.is_def() || b.is_def()) return kDef;
  const Type x = unboxed(a), y = unboxed(b);
  const auto base = std::max({x.base == Type::Base::kChar ? Type::Base::kInt : x.base, y.base == Type::Base::kChar ? Type::Base::kInt : y.base, Type::Base::kInt});
  return Type::of(base);
}

std::string Type::name() const {
  std::string out;
  static constexpr std::string_view kNames[] = {"void", "def", "boolean", "byte", "short", "char", "int", "long", "float", "double"};
  if (base == Base::kRef) {
    out = class_info(cls).java_name;
    std::replace(out.begin(), out.end(), '$', '.');
  } else if (base == Base::kNullRef) {
    out = "java.lang.Object";
  } else {
    out = kNames[static_cast<size_t>(base)];
  }
  for (int i = 0; i < dimensions; ++i) out += "[]";
  return out;
}

bool Compiler::try_parse_type(const std::string& given, Type& out) const {
  static constexpr std::pair<std::string_view, Type::Base> kPrimitives[] = {
      {"void", Type::Base::kVoid}, {"def", Type::Base::kDef}, {"boolean", Type::Base::kBool}, {"byte", Type::Base::kByte}, {"short", Type::Base::kShort},
      {"char", Type::Base::kChar}, {"int", Type::Base::kInt}, {"long", Type::Base::kLong}, {"float", Type::Base::kFloat}, {"double", Type::Base::kDouble}};
  std::string name = given;
  out = {};
  while (name.ends_with("[]")) {
    name.resize(name.size() - 2);
    ++out.dimensions;
  }
  for (const auto& [word, base] : kPrimitives) {
    if (word != name) continue;
    out.base = base;
    return true;
  }
  const auto cls = find_class(name);
  if (!cls) return false;
  out.base = Type::Base::kRef;
  out.cls = *cls;
  return true;
}

Type Compiler::parse_type(size_t offset, const std::string& name) {
  Type out;
  if (!try_parse_type(name, out)) fail_compile(offset, "invalid declaration: cannot resolve type [" + name + "]");
  return out;
}

NodePtr Compiler::cast(NodePtr node, const Type& to, bool is_explicit, size_t offset) {
  if (!may_cast(node->type, to, is_explicit)) {
    fail_cast(offset, "Cannot cast from [" + node->type.name() + "] to [" + to.name() + "].");
  }
  if (to == node->type || to.is_def() || to.base == Type::Base::kVoid) return node;
  if (const Value* constant = node->constant(); constant != nullptr && !constant->is_object() && !constant->is_null() && to.is_primitive()) {
    Run* none = nullptr;
    const Value value = convert(*none, *constant, to, true);  // numbers need no run
    auto out = std::make_unique<ConstantNode>(node->offset, to, value);
    return out;
  }
  if (!to.is_primitive() && !node->type.is_def()) {
    node->type = to;
    if (unboxed(to).is_primitive() || !is_explicit) return node;
  }
  return std::make_unique<CastNode>(static_cast<uint32_t>(offset), to, std::move(node), is_explicit);
}

}  // namespace tarn::script
