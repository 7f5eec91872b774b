// A session of the official JavaScript client: create, bulk helper, search, scan by search_after, update, delete.
import assert from 'node:assert/strict';
import { Client } from '@opensearch-project/opensearch';

const client = new Client({ node: process.argv[2] });
const index = 'homes';

const info = await client.info();
assert.equal(info.body.version.distribution, 'opensearch');

await client.indices.create({
  index,
  body: { mappings: { properties: { city: { type: 'keyword' }, price: { type: 'double' }, text: { type: 'text' }, place: { type: 'geo_point' } } } },
});
assert.equal((await client.indices.exists({ index })).body, true);

const documents = Array.from({ length: 2500 }, (_, i) => ({
  id: `h${i}`, city: ['Dublin', 'Antwerp', 'Vancouver'][i % 3], price: 50 + i / 10, text: `bright flat number ${i} near the park`, place: { lat: 53 + i / 1000, lon: -6 },
}));
const result = await client.helpers.bulk({
  datasource: documents,
  onDocument: (doc) => ({ index: { _index: index, _id: doc.id } }),
  refreshOnCompletion: index,
  onDrop: (doc) => assert.fail(`dropped ${JSON.stringify(doc)}`),
});
assert.equal(result.successful, 2500);
assert.equal(result.failed, 0);

const search = await client.search({
  index,
  body: {
    query: { bool: { must: { match: { text: 'park' } }, filter: [{ term: { city: 'Dublin' } }, { range: { price: { gte: 100, lt: 200 } } }, { geo_distance: { distance: '500km', place: { lat: 53, lon: -6 } } }] } },
    sort: [{ price: 'desc' }], size: 5, aggs: { cities: { terms: { field: 'city' }, aggs: { p: { avg: { field: 'price' } } } } },
  },
});
assert.equal(search.body.hits.hits.length, 5);
assert.ok(search.body.hits.hits.every((hit) => hit._source.city === 'Dublin'));
assert.equal(search.body.aggregations.cities.buckets[0].key, 'Dublin');

const seen = new Set();
for (let after; ;) {
  const page = await client.search({ index, body: { size: 600, sort: [{ price: 'asc' }], ...(after ? { search_after: after } : {}), _source: false } });
  for (const hit of page.body.hits.hits) seen.add(hit._id);
  if (page.body.hits.hits.length < 600) break;
  after = page.body.hits.hits.at(-1).sort;
}
assert.equal(seen.size, 2500);

const updated = await client.update({ index, id: 'h7', body: { doc: { price: 9999 } }, refresh: true });
assert.equal(updated.body.result, 'updated');
assert.equal((await client.get({ index, id: 'h7' })).body._source.price, 9999);
const dear = await client.search({ index, body: { query: { range: { price: { gt: 5000 } } } } });
assert.deepEqual(dear.body.hits.hits.map((hit) => hit._id), ['h7']);

assert.equal((await client.delete({ index, id: 'h7', refresh: true })).body.result, 'deleted');
assert.equal((await client.count({ index })).body.count, 2499);
const many = await client.mget({ index, body: { ids: ['h1', 'h7'] } });
assert.deepEqual(many.body.docs.map((doc) => doc.found), [true, false]);
await assert.rejects(client.search({ index, body: { query: { macth: {} } } }), (error) => error.statusCode === 400 && error.body.error.type === 'parsing_exception');
await client.indices.delete({ index });
assert.equal((await client.indices.exists({ index })).body, false);
