import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { storedModel, storedName } from './stored-name.ts';

test('a name up to the bound stays, a longer one is cut and told apart from others that begin alike', () => {
  assert.equal(storedName('x'.repeat(512), 512), 'x'.repeat(512));
  const [one, two] = ['a', 'b'].map((end) => storedName('x'.repeat(600) + end, 512));
  assert.equal(one?.length, 512);
  assert.notEqual(one, two);
  assert.equal(storedModel(null), null);
});

test('whatever the name, what is stored is bounded, well formed and the same each time', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 80 }), (name) => {
      const stored = storedName(name, 40);
      assert.ok(stored.length <= 40 && stored.isWellFormed() === name.isWellFormed());
      assert.equal(storedName(name, 40), stored);
    }),
  );
});
