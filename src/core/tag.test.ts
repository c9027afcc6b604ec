import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalTag, facetsOf, tagTest } from './tag.ts';

test('a tag matches by every facet that is wanted, in any order, and never by a part of one', () => {
  const tag = 'feature=search,team=growth,urgent';
  for (const wanted of [tag, 'team=growth', 'urgent', 'team=growth,feature=search', ' team=growth ,urgent'])
    assert.ok(tagTest(wanted)(tag), wanted);
  for (const wanted of ['team', 'growth', 'team=grow', 'team=growth,team=core', 'urgent2', 'search,team'])
    assert.ok(!tagTest(wanted)(tag), wanted);
  assert.ok(!tagTest('urgent')(null));
});

test('a tag has one spelling', () => {
  assert.equal(canonicalTag(' a=1 , b=2,, '), 'a=1,b=2');
  assert.equal(canonicalTag('a=1,b=2, a=1'), 'a=1,b=2');
  assert.equal(canonicalTag(' , ,'), null);
  fc.assert(
    fc.property(fc.string(), (text) => {
      const tag = canonicalTag(text);
      if (tag === null) assert.deepEqual(facetsOf(text), []);
      else {
        assert.equal(canonicalTag(tag), tag);
        assert.deepEqual(facetsOf(tag), [...new Set(facetsOf(text))]);
        assert.ok(tagTest(text)(tag));
      }
    }),
  );
});
