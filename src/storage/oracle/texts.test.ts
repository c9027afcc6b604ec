import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { likePattern, listsOf, NAME_CHARACTERS, storedText, TEXT_CHARACTERS, textOfStored } from './texts.ts';

const text = fc.string({ unit: 'binary', maxLength: 20 });

test('a text comes back as it was, the empty one too, and is never empty in the database', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.constantFrom('', '\u0001', '\u0001\u0001')), (given) => {
      const stored = storedText(given);
      assert.notEqual(stored, '');
      assert.equal(textOfStored(stored), given.replaceAll('\u0000', '\uFFFD'));
    }),
  );
});

test('two texts are one in the database only where they were one', () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      const [a, b] = [one, other].map((each) => storedText(each.replaceAll('\u0000', '')));
      assert.equal(a === b, one.replaceAll('\u0000', '') === other.replaceAll('\u0000', ''));
    }),
  );
});

test('a text longer than its column is cut, told apart by a hash, and fits 4,000 bytes', () => {
  const long = 'ü€𐍈'.repeat(1000);
  const stored = storedText(long, TEXT_CHARACTERS);
  assert.ok(Buffer.byteLength(stored) <= 4000, String(Buffer.byteLength(stored)));
  assert.equal(stored, storedText(long, TEXT_CHARACTERS));
  assert.notEqual(stored, storedText(`${long}x`, TEXT_CHARACTERS));
  assert.equal(stored.isWellFormed(), true);
});

test('a list is cut into parts that fit a bind, with every item in one of them', () => {
  const names = fc.array(fc.string({ unit: 'binary', maxLength: NAME_CHARACTERS }), { maxLength: 300 });
  fc.assert(
    fc.property(names, (items) => {
      const lists = listsOf(items);
      for (const list of lists) assert.ok(Buffer.byteLength(list) <= 4000);
      assert.deepEqual(
        lists.flatMap((list) => JSON.parse(list) as string[]),
        items.map((item) => storedText(item, NAME_CHARACTERS)),
      );
    }),
    { numRuns: 40 },
  );
  assert.deepEqual(
    listsOf([
      ['a', 1],
      ['', 2],
    ]),
    ['[["a",1],["\\u0001",2]]'],
  );
});

test('only the star of a pattern stands for anything', () => {
  assert.equal(likePattern('a*_%\\'), 'a%\\_\\%\\\\');
});
