"""A session of the Python client of Elasticsearch 7, which Debian carries; tarn runs with --identity es710."""

import sys

from elasticsearch import Elasticsearch, helpers
from elasticsearch.exceptions import ConflictError, NotFoundError, RequestError

client = Elasticsearch([sys.argv[1]])
index = "events"
assert client.info()["version"]["number"] == "7.10.2", client.info()

client.indices.create(index=index, body={"mappings": {"properties": {"tenant": {"type": "keyword"}, "at": {"type": "date"}, "ms": {"type": "integer"}, "text": {"type": "text"}}}})
assert client.indices.exists(index=index)

documents = [{"_index": index, "_id": str(i), "tenant": f"t{i % 5}", "at": f"2026-01-{1 + i % 28:02d}T00:00:00Z", "ms": i, "text": f"job {i} done"} for i in range(3000)]
done, errors = helpers.bulk(client, documents, refresh=True)
assert done == 3000 and not errors

answer = client.search(index=index, body={"query": {"bool": {"filter": [{"term": {"tenant": "t1"}}, {"range": {"at": {"gte": "2026-01-10"}}}], "must": [{"match": {"text": "done"}}]}},
                                          "sort": [{"ms": "desc"}], "size": 3,
                                          "aggs": {"days": {"date_histogram": {"field": "at", "calendar_interval": "day"}, "aggs": {"m": {"max": {"field": "ms"}}}}}})
assert [hit["_source"]["tenant"] for hit in answer["hits"]["hits"]] == ["t1"] * 3
assert sum(bucket["doc_count"] for bucket in answer["aggregations"]["days"]["buckets"]) == answer["hits"]["total"]["value"]

seen, after = set(), None
while True:
    body = {"size": 700, "sort": [{"ms": "asc"}], "_source": False}
    if after:
        body["search_after"] = after
    hits = client.search(index=index, body=body)["hits"]["hits"]
    seen.update(hit["_id"] for hit in hits)
    if len(hits) < 700:
        break
    after = hits[-1]["sort"]
assert len(seen) == 3000

client.update(index=index, id="5", body={"doc": {"ms": 77777}}, refresh=True)
assert client.get(index=index, id="5")["_source"]["ms"] == 77777
assert client.count(index=index, body={"query": {"range": {"ms": {"gt": 50000}}}})["count"] == 1
assert client.delete(index=index, id="5")["result"] == "deleted"
try:
    client.get(index=index, id="5")
    raise AssertionError("a deleted document was found")
except NotFoundError:
    pass
try:
    client.create(index=index, id="6", body={"ms": 1})
    raise AssertionError("create replaced a document")
except ConflictError:
    pass
try:
    client.search(index=index, body={"query": {"macth": {}}})
    raise AssertionError("an unknown query was accepted")
except RequestError as error:
    assert error.status_code == 400
client.indices.delete(index=index)
assert not client.indices.exists(index=index)
