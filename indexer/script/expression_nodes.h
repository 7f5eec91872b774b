#pragma once

#include "indexer/script/documents.h"
#include "indexer/script/nodes.h"

namespace tarn::script {

// What expressions become. A node sets run.at before what may throw, so that an error shows its place.

struct ConstantNode final : Node {
  ConstantNode(uint32_t offset, Type type, Value value) : Node(offset, type), value(value) {}
  Value value;
  Value eval(Frame&) const override { return value; }
  const Value* constant() const override { return &value; }
};

struct LocalNode final : Node {
  LocalNode(uint32_t offset, Type type, uint32_t slot) : Node(offset, type), slot(slot) {}
  uint32_t slot;
  Value eval(Frame& frame) const override { return frame.locals[slot]; }
};

struct CastNode final : Node {
  CastNode(uint32_t offset, Type type, NodePtr operand, bool is_explicit)
      : Node(offset, type), operand(std::move(operand)), is_explicit(is_explicit) {}
  NodePtr operand;
  bool is_explicit;
  Value eval(Frame& frame) const override {
    const Value value = operand->eval(frame);
    frame.run.at = offset;
    return convert(frame.run, value, type, is_explicit);
  }
};

struct InstanceNode final : Node {
  using Node::Node;
  NodePtr operand;
  Type test;
  Value eval(Frame& frame) const override;
};

/// doc['field'] and doc['field'].value, the column looked up once a segment.
struct DocFieldNode final : Node {
  DocFieldNode(uint32_t offset, Type type, uint32_t slot) : Node(offset, type), slot(slot) {}
  uint32_t slot;
  Value eval(Frame& frame) const override {
    frame.run.at = offset;
    return Value::object(&frame.run.doc_field(slot));
  }
};
struct DocValueNode final : Node {
  DocValueNode(uint32_t offset, Type type, uint32_t slot) : Node(offset, type), slot(slot) {}
  uint32_t slot;
  Value eval(Frame& frame) const override {
    frame.run.at = offset;
    return frame.run.doc_field(slot).value(frame.run);
  }
};

struct MemberNode final : Node {
  using Node::Node;
  NodePtr object, key;
  std::string name;
  bool safe = false;
  Value eval(Frame& frame) const override;
};

struct IndexNode final : Node {
  using Node::Node;
  NodePtr object, index;
  Value eval(Frame& frame) const override {
    frame.run.at = offset;
    const Value of = object->eval(frame);
    const Value at = index->eval(frame);
    return get_index(frame.run, of, at);
  }
};

/// A static method, constructor or constant.
struct NativeCallNode final : Node {
  using Node::Node;
  const Method* method = nullptr;
  ClassId creates = ClassId::kCount;
  std::vector<NodePtr> arguments;
  Value eval(Frame& frame) const override;
};

struct CallNode final : Node {
  using Node::Node;
  std::string name;
  bool safe = false;
  std::vector<NodePtr> arguments;  ///< the object first
  Value eval(Frame& frame) const override;
};

struct UserCallNode final : Node {
  using Node::Node;
  const Function* function = nullptr;
  std::vector<NodePtr> arguments;
  Value eval(Frame& frame) const override;
};

struct ArrayNode final : Node {
  using Node::Node;
  Type element;
  bool initialized = false;
  std::vector<NodePtr> items;
  Value eval(Frame& frame) const override;
};

struct CollectionNode final : Node {
  using Node::Node;
  bool is_map = false;
  std::vector<NodePtr> items;
  Value eval(Frame& frame) const override;
};

struct UnaryNode final : Node {
  using Node::Node;
  char op = '-';
  NodePtr operand;
  Value eval(Frame& frame) const override;
};

struct LogicNode final : Node {
  using Node::Node;
  bool is_and = true;
  NodePtr left, right;
  Value eval(Frame& frame) const override {
    const bool first = left->eval(frame).i != 0;
    if (first != is_and) return Value::boolean(first);
    return Value::boolean(right->eval(frame).i != 0);
  }
};

struct BinaryNode final : Node {
  using Node::Node;
  Op op = Op::kAdd;
  NodePtr left, right;
  Value eval(Frame& frame) const override {
    frame.run.at = offset;  // before the operands: what they note is what an error shows, as in Painless
    const Value a = left->eval(frame);
    const Value b = right->eval(frame);
    if (a.tag == Tag::kDouble && b.tag == Tag::kDouble) {
      switch (op) {
        case Op::kAdd: return Value::real(a.d + b.d);
        case Op::kSub: return Value::real(a.d - b.d);
        case Op::kMul: return Value::real(a.d * b.d);
        case Op::kDiv: return Value::real(a.d / b.d);
        default: break;
      }
    }
    return apply(frame.run, op, a, b);
  }
};

/// a ? b : c, and a ?: b where there is no condition.
struct ConditionalNode final : Node {
  using Node::Node;
  NodePtr condition, then, otherwise;
  Value eval(Frame& frame) const override {
    if (condition) return condition->eval(frame).i != 0 ? then->eval(frame) : otherwise->eval(frame);
    const Value value = then->eval(frame);
    return value.is_null() ? otherwise->eval(frame) : value;
  }
};

struct AssignNode final : Node {
  using Node::Node;
  enum class Target : uint8_t { kLocal, kMember, kIndex } kind = Target::kLocal;
  uint32_t slot = 0, target_offset = 0;
  NodePtr object, index, value;
  std::string name;
  bool compound = false, postfix = false;
  Op op = Op::kAdd;
  Value eval(Frame& frame) const override;
};

struct LambdaNode final : Node {
  using Node::Node;
  const Function* function = nullptr;
  Value eval(Frame& frame) const override;
};

/// Class::method, this::function, variable::method.
struct ReferenceNode final : Node {
  using Node::Node;
  const Function* function = nullptr;
  NodePtr object;
  Type of;
  std::string name;
  Value eval(Frame& frame) const override;
};

}  // namespace tarn::script
