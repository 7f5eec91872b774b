#pragma once

#include <map>
#include <string>
#include <vector>

#include "indexer/mapping/mapping.h"
#include "indexer/script/value.h"
#include "indexer/segment/segment.h"

namespace tarn::script {

class Documents;

/// doc['field']: the values of the present document.
class DocValues : public Object {
 public:
  DocValues(ClassId cls, const Documents& documents) : Object(cls), documents_(documents) {}
  virtual size_t size() = 0;
  virtual Value get(Run& run, size_t i) = 0;
  /// .value: the first one. Throws "A document doesn't have a value for a field! ...".
  Value value(Run& run) {
    if (size() == 0) fail_missing();
    return get(run, 0);
  }
  [[noreturn]] static void fail_missing();
  /// The segment is no longer looked at: from now on there are no values.
  void detach() { detached_ = true; }

 protected:
  const Documents& documents_;
  bool detached_ = false;
};

/// `doc`: the columns of the document that a script looks at. Columns are looked up once a segment.
class Documents final : public Object {
 public:
  explicit Documents(const Mapping& mapping) : Object(ClassId::kDocLookup), mapping_(mapping) {}
  void begin_segment(const SegmentReader& reader);
  void set_document(LocalDocId doc) { doc_ = doc; }
  LocalDocId document() const { return doc_; }
  const SegmentReader& reader() const { return *reader_; }
  const Mapping& mapping() const { return mapping_; }
  uint64_t generation() const { return generation_; }
  bool contains(const std::string& field) const;
  /// Throws illegal_argument_exception "No field found for [x] in mapping" and its like (as Thrown).
  std::shared_ptr<DocValues> field(const std::string& name);
  ~Documents() override;
  uint32_t doc_base = 0;    ///< of the segment; randomScore counts documents from it
  std::string index_name;   ///< what randomScore salts with

 private:
  const Mapping& mapping_;
  const SegmentReader* reader_ = nullptr;
  LocalDocId doc_ = 0;
  uint64_t generation_ = 0;
  std::map<std::string, std::shared_ptr<DocValues>, std::less<>> fields_;
};

/// A geo point: doc['place'].value.
class GeoPointObject final : public Object {
 public:
  GeoPointObject(double lat, double lon) : Object(ClassId::kGeoPoint), lat(lat), lon(lon) {}
  double lat, lon;
};

}  // namespace tarn::script
