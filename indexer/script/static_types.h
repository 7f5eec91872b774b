#pragma once

#include "indexer/script/nodes.h"

/// The rules of static types: what is known of a value before the script runs. Private to the compiler.
namespace tarn::script {

inline constexpr Type kDef{};
inline const Type kBool = Type::of(Type::Base::kBool);
inline const Type kInt = Type::of(Type::Base::kInt);

/// Integer is int and so on; others as they are.
Type unboxed(const Type& type);

/// Whether the static types allow a cast at all; `def` is decided when running.
bool may_cast(const Type& from, const Type& to, bool is_explicit);

/// The type in which Java computes with both: int at least; `def` if either is.
Type promoted(const Type& a, const Type& b);

}  // namespace tarn::script
