#include "indexer/script/compiler.h"

namespace tarn::script {

namespace {

const Type kDef{};
const Type kMap = Type::ref(ClassId::kMap);
const Type kReal = Type::of(Type::Base::kDouble);
const Type kVoid = Type::of(Type::Base::kVoid);
const Type kTruth = Type::of(Type::Base::kBool);

const ContextVariable kParams{"params", Variable::kParams, kMap};
const ContextVariable kDoc{"doc", Variable::kDoc, kMap};
const ContextVariable kScore{"_score", Variable::kScore, kReal};
const ContextVariable kCtx{"ctx", Variable::kCtx, kMap};
const ContextVariable kState{"state", Variable::kState, kMap};

}  // namespace

const ContextInfo& context_info(Context context) {
  static const std::vector<ContextInfo> kInfos = {
      {"painless_test", {kParams}, kDef},
      {"score", {kParams, kDoc, kScore}, kReal},
      {"filter", {kParams, kDoc}, kTruth},
      {"field", {kParams, kDoc}, kDef},
      {"number_sort", {kParams, kDoc, kScore}, kReal},
      {"string_sort", {kParams, kDoc, kScore}, Type::ref(ClassId::kString)},
      {"terms_set", {kParams, kDoc}, Type::ref(ClassId::kNumber)},
      {"update", {kParams, kCtx}, kVoid},
      {"ingest", {kParams, kCtx}, kVoid},
      {"processor_conditional", {kParams, kCtx}, kTruth},
      {"aggs", {kParams, kDoc, {"_value", Variable::kValue, kDef}, kScore}, kDef},
      {"bucket_aggregation", {kParams}, Type::ref(ClassId::kNumber)},
      {"aggregation_selector", {kParams}, kTruth},
      {"aggs_init", {kParams, kState}, kVoid},
      {"aggs_map", {kParams, kState, kDoc, kScore}, kVoid},
      {"aggs_combine", {kParams, kState}, kDef},
      {"aggs_reduce", {kParams, {"states", Variable::kStates, Type::ref(ClassId::kList)}}, kDef},
      {"moving-function", {kParams, {"values", Variable::kValues, {Type::Base::kDouble, ClassId::kObject, 1}}}, kReal},
      {"script_heuristic", {kParams}, kReal},
      {"derived_field", {kParams, kDoc}, kVoid},
      {"intervals", {{"interval", Variable::kValue, kDef}}, kTruth},
  };
  return kInfos[static_cast<size_t>(context)];
}

}  // namespace tarn::script
