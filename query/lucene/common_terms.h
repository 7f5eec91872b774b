#pragma once

#include <string>
#include <vector>

#include "query/lucene/tree.h"

namespace tarn::query {

/// CommonTermsQuery: frequent terms only add to the score of documents that the rare ones find.
struct CommonTermsOptions {
  float cutoff = 0.01f;              ///< below 1 a share of the documents, else a count
  bool low_conjunction = false, high_conjunction = false;
  std::string low_minimum, high_minimum;
};

class LuceneCommon final : public LuceneQuery {
 public:
  LuceneCommon(const FieldType& field, std::vector<std::string> terms, CommonTermsOptions options)
      : field_(field), terms_(std::move(terms)), options_(std::move(options)) {}
  PlanPtr plan(Binder& binder, float boost) const override;
  std::string to_string() const override;
  std::string type() const override { return "ExtendedCommonTermsQuery"; }
  LuceneQueryPtr with_low_minimum(const std::string& minimum) const;

 private:
  const FieldType& field_;
  std::vector<std::string> terms_;
  CommonTermsOptions options_;
};

}  // namespace tarn::query
