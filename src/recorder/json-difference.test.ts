import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differenceInWords, jsonDifferences } from './json-difference.ts';

test('differences are told by their place', () => {
  assert.deepEqual(jsonDifferences({ a: [1, { b: 2 }], c: 3 }, { a: [1, { b: 4 }, 5], d: 6 }), [
    { path: 'a[1].b', was: 2, is: 4 },
    { path: 'a[2]', was: undefined, is: 5 },
    { path: 'c', was: 3, is: undefined },
    { path: 'd', was: undefined, is: 6 },
  ]);
  assert.deepEqual(jsonDifferences([1], { 0: 1 }), [{ path: '', was: [1], is: { 0: 1 } }]);
});

test('a value does not differ from its copy, and two that differ are told apart', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      assert.deepEqual(jsonDifferences(a, structuredClone(a)), []);
      const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
      assert.equal(jsonDifferences(a, b).length === 0, same);
    }),
  );
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 'minus zero' : value;
  // An object of no entries is no list.
  return {
    entries: Object.entries(value)
      .map(([name, inner]) => [name, sorted(inner)])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  };
}

test('words show the part of a text that changed, and no line break', () => {
  const was = `${'x'.repeat(100)} old\nend`;
  const is = `${'x'.repeat(100)} new\nend`;
  assert.match(differenceInWords({ path: 'a', was, is }), /^a: "…x+ old\\nend" is now "…x+ new\\nend"$/);
  assert.equal(differenceInWords({ path: '', was: 1, is: undefined }), 'the body: 1 is missing');
  assert.equal(differenceInWords({ path: 'b', was: undefined, is: null }), 'b: null is new');
});
