#include "indexer/mapping/similarity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <span>
#include <string_view>

#include "indexer/base/error.h"

namespace tarn {
namespace {

using Members = std::map<std::string, std::string>;

Error illegal(std::string reason) { return Error(400, "illegal_argument_exception", std::move(reason)); }

std::string java_float(float value) {
  std::string out;
  append_float(out, value);
  return out;
}

/// The members of one similarity: each parameter is read once, what is left over is refused before.
class Reader {
 public:
  explicit Reader(const Members& members) : members_(members) {}

  std::string text(const std::string& key) const {
    const auto found = members_.find(key);
    return found == members_.end() ? "null" : found->second;
  }
  float number(const std::string& key, float fallback) const {
    const auto found = members_.find(key);
    if (found == members_.end()) return fallback;
    const char* begin = found->second.c_str();
    char* end = nullptr;
    const float value = std::strtof(begin, &end);
    if (end == begin || *end != '\0') {
      throw ApiError(Error(400, "settings_exception",
                           fmt::format("Failed to parse float setting [{}] with value [{}]", key, found->second))
                         .caused_by(Error(400, "number_format_exception",
                                          found->second.empty() ? "empty String"
                                                                : fmt::format("For input string: \"{}\"", found->second))));
    }
    return value;
  }
  bool flag(const std::string& key, bool fallback) const {
    const auto found = members_.find(key);
    if (found == members_.end()) return fallback;
    if (found->second == "true") return true;
    if (found->second == "false") return false;
    throw ApiError(illegal(fmt::format("Failed to parse value [{}] as only [true] or [false] are allowed.", found->second)));
  }
  template <class Value>
  struct Named {
    std::string_view name;
    Value value;
  };
  template <class Value>
  Value one_of(const std::string& key, std::span<const Named<Value>> names, std::string_view kind,
               std::string_view expected = {}) const {
    const std::string given = text(key);
    for (const auto& named : names) {
      if (named.name == given) return named.value;
    }
    throw ApiError(illegal(fmt::format("Unsupported {} [{}]", kind, given) +
                           (expected.empty() ? "" : fmt::format(", expected one of [{}]", expected))));
  }

 private:
  const Members& members_;
};

float non_negative(float value, std::string_view name) {
  if (std::isfinite(value) && value >= 0) return value;
  throw ApiError(illegal(fmt::format("illegal {} value: {}, must be a non-negative finite value", name, java_float(value))));
}

void read_bm25(const Reader& in, Similarity& out) {
  out.k1 = in.number("k1", 1.2f);
  out.b = in.number("b", 0.75f);
  out.discount_overlaps = in.flag("discount_overlaps", true);
  non_negative(out.k1, "k1");
  if (!(out.b >= 0 && out.b <= 1)) {
    throw ApiError(illegal(fmt::format("illegal b value: {}, must be between 0 and 1", java_float(out.b))));
  }
}

void read_legacy_bm25(const Reader& in, Similarity& out) {
  read_bm25(in, out);
  out.legacy = true;
}

void read_normalization(const Reader& in, Similarity& out) {
  using N = Similarity::Normalization;
  static constexpr Reader::Named<N> kNames[] = {{"no", N::kNone}, {"h1", N::kH1}, {"h2", N::kH2}, {"h3", N::kH3}, {"z", N::kZ}};
  out.normalization = in.one_of<N>("normalization", kNames, "Normalization");
  switch (out.normalization) {
    case N::kNone: return;
    case N::kH1: out.normalization_parameter = non_negative(in.number("normalization.h1.c", 1), "c"); return;
    case N::kH2: out.normalization_parameter = non_negative(in.number("normalization.h2.c", 1), "c"); return;
    case N::kH3: out.normalization_parameter = non_negative(in.number("normalization.h3.c", 800), "mu"); return;
    case N::kZ: break;
  }
  const float z = in.number("normalization.z.z", 0.30f);
  if (!(z > 0 && z < 0.5f)) {
    throw ApiError(illegal(fmt::format("illegal z value: {}, must be in the range (0 .. 0.5)", java_float(z))));
  }
  out.normalization_parameter = z;
}

void read_dfr(const Reader& in, Similarity& out) {
  using M = Similarity::BasicModel;
  using A = Similarity::AfterEffect;
  static constexpr Reader::Named<M> kModels[] = {{"g", M::kG}, {"if", M::kIF}, {"in", M::kIn}, {"ine", M::kIne}};
  static constexpr Reader::Named<A> kEffects[] = {{"b", A::kB}, {"l", A::kL}};
  const std::string model = in.text("basic_model");
  if (model == "be" || model == "d" || model == "p") {
    throw ApiError(illegal("Basic model [" + model + "] isn't supported anymore, please use another model."));
  }
  out.basic_model = in.one_of<M>("basic_model", kModels, "BasicModel", "ine, in, g, if");
  if (in.text("after_effect") == "no") {
    throw ApiError(illegal("After effect [no] isn't supported anymore, please use another effect."));
  }
  out.after_effect = in.one_of<A>("after_effect", kEffects, "AfterEffect", "b, l");
  read_normalization(in, out);
}

void read_ib(const Reader& in, Similarity& out) {
  using D = Similarity::Distribution;
  using L = Similarity::Lambda;
  static constexpr Reader::Named<D> kDistributions[] = {{"ll", D::kLL}, {"spl", D::kSPL}};
  static constexpr Reader::Named<L> kLambdas[] = {{"df", L::kDF}, {"ttf", L::kTTF}};
  out.distribution = in.one_of<D>("distribution", kDistributions, "Distribution");
  out.lambda_kind = in.one_of<L>("lambda", kLambdas, "Lambda");
  read_normalization(in, out);
}

void read_dfi(const Reader& in, Similarity& out) {
  using I = Similarity::Independence;
  static constexpr Reader::Named<I> kMeasures[] = {
      {"standardized", I::kStandardized}, {"saturated", I::kSaturated}, {"chisquared", I::kChiSquared}};
  out.independence = in.one_of<I>("independence_measure", kMeasures, "IndependenceMeasure", "standardized, saturated, chisquared");
}

void read_dirichlet(const Reader& in, Similarity& out) { out.mu = non_negative(in.number("mu", 2000), "mu"); }

void read_jelinek_mercer(const Reader& in, Similarity& out) {
  out.lambda = in.number("lambda", 0.1f);
  if (!(out.lambda > 0 && out.lambda <= 1)) throw ApiError(illegal("lambda must be in the range (0 .. 1]"));
}

void read_nothing(const Reader&, Similarity&) {}

struct Type {
  std::string_view name;
  Similarity::Kind kind;
  void (*read)(const Reader&, Similarity&);
  std::string_view parameters;  ///< separated and enclosed by blanks
};
constexpr std::string_view kNormalizations = " normalization normalization.h1.c normalization.h2.c normalization.h3.c normalization.z.z ";
constexpr Type kTypes[] = {
    {"BM25", Similarity::Kind::kBm25, read_bm25, " k1 b discount_overlaps "},
    {"LegacyBM25", Similarity::Kind::kBm25, read_legacy_bm25, " k1 b discount_overlaps "},
    {"boolean", Similarity::Kind::kBoolean, read_nothing, " "},
    {"DFR", Similarity::Kind::kDfr, read_dfr, " basic_model after_effect "},
    {"IB", Similarity::Kind::kIb, read_ib, " distribution lambda "},
    {"LMDirichlet", Similarity::Kind::kLmDirichlet, read_dirichlet, " mu "},
    {"LMJelinekMercer", Similarity::Kind::kLmJelinekMercer, read_jelinek_mercer, " lambda "},
    {"DFI", Similarity::Kind::kDfi, read_dfi, " independence_measure "}};

void refuse_unknown(const Type& type, const Members& members) {
  const bool normalizes = type.kind == Similarity::Kind::kDfr || type.kind == Similarity::Kind::kIb;
  std::string unknown;
  for (const auto& [key, value] : members) {
    const std::string word = " " + key + " ";
    if (key == "type" || type.parameters.find(word) != std::string_view::npos) continue;
    if (normalizes && kNormalizations.find(word) != std::string_view::npos) continue;
    unknown += (unknown.empty() ? "" : ", ") + key;
  }
  if (unknown.empty()) return;
  throw ApiError(illegal(fmt::format("Unknown settings for similarity of type [{}]: [{}]", type.name, unknown)));
}

Similarity read_similarity(const std::string& name, const Members& members) {
  const auto type = members.find("type");
  if (type == members.end()) throw ApiError(illegal(fmt::format("Similarity [{}] must have an associated type", name)));
  if (type->second == "classic") {
    throw ApiError(illegal("The [classic] similarity may not be used anymore. Please use the [BM25] similarity or build a custom "
                           "[scripted] similarity instead."));
  }
  if (type->second == "scripted") {
    throw ApiError(501, "not_implemented_exception", "similarity of type [scripted] is not implemented in Tarn yet");
  }
  for (const Type& known : kTypes) {
    if (known.name != type->second) continue;
    refuse_unknown(known, members);
    Similarity out;
    out.kind = known.kind;
    known.read(Reader(members), out);
    return out;
  }
  throw ApiError(illegal(fmt::format("Unknown Similarity type [{}] for [{}]", type->second, name)));
}

std::map<std::string, Members> members_by_name(const Json& flat) {
  constexpr std::string_view kPrefix = "index.similarity.";
  std::map<std::string, Members> out;
  for (const auto& [key, value] : flat.items()) {
    if (!key.starts_with(kPrefix) || value.is_null()) continue;
    const std::string rest = key.substr(kPrefix.size());
    const size_t dot = rest.find('.');
    if (dot == std::string::npos) {
      throw ApiError(400, "settings_exception",
                     "Failed to get setting group for [] setting prefix and setting [" + rest + "] because of a missing '.'");
    }
    out[rest.substr(0, dot)][rest.substr(dot + 1)] = value.is_string() ? value.get<std::string>() : to_text(value);
  }
  return out;
}

}  // namespace

Similarities parse_similarities(const Json& flat) {
  const auto groups = members_by_name(flat);
  for (const auto& [name, members] : groups) {
    if (std::any_of(std::begin(kTypes), std::end(kTypes), [&](const Type& type) { return type.name == name; }) ||
        name == "classic" || name == "scripted") {
      throw ApiError(illegal("illegal value for [index.similarity." + name + "] cannot redefine built-in similarity"));
    }
  }
  Similarities out;
  for (const auto& [name, members] : groups) out[name] = read_similarity(name, members);
  return out;
}

const Similarity* find_similarity(const Similarities& similarities, const std::string& name) {
  static const Similarity kBm25;
  static const Similarity kBoolean = [] {
    Similarity out;
    out.kind = Similarity::Kind::kBoolean;
    return out;
  }();
  if (name == "BM25") return &kBm25;
  if (name == "boolean") return &kBoolean;
  const auto found = similarities.find(name.empty() ? "default" : name);
  if (found != similarities.end()) return &found->second;
  return name.empty() ? &kBm25 : nullptr;
}

}  // namespace tarn
