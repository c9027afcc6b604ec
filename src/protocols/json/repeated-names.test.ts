import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { repeatedNames } from './repeated-names.ts';

const repeatedIn = (text: string): string | null => repeatedNames(Buffer.from(text), JSON.parse(text)).name;

test('a name that comes again with another value is told, however it is written', () => {
  for (const [text, name] of [
    ['{"us\\u0065r":"a","x":1,"user":"b"}', 'user'],
    ['{"max_tokens":100000,"max_tokens":1}', 'max_tokens'],
    ['{"messages":[1],"messages":[2]}', 'messages'],
    ['{"model":"a","Model":"b"}', 'Model'],
    ['{"max_tokens":1,"max_to\\u212aen\\u017f":2}', 'max_to\u212aen\u017f'],
    ['\t{"a":{"b":1},"a":{"b":2}}\n', 'a'],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ] as const)
    assert.equal(repeatedIn(text), name, text);
});

test('the same said twice, names inside of others, and what is no object are no trouble', () => {
  for (const text of [
    '{}',
    '[{"a":1},{"a":2}]',
    '"x"',
    '{"model":"a","model":"a"}',
    // Its last counts.
    '{"model":"a","x":1,"model":"b"}',
    '{"mod\\u0065l":"a","model":"b"}',
    '{"a":{"b":1,"b":2},"b":3}',
    '{"constructor":1,"toString":2}',
  ])
    assert.equal(repeatedIn(text), null, text);
});

test('the models that stand before the one that counts are told, and more than anybody writes are a fault', () => {
  const models = (text: string): readonly string[] =>
    repeatedNames(Buffer.from(text), JSON.parse(text)).earlierModels;
  assert.deepEqual(models('{"model":"a","x":{"model":"no"},"mod\\u0065l":"\\u0062","model":"c"}'), [
    'a',
    'b',
  ]);
  assert.deepEqual(models('{"model":"a","model":"b","model":"a"}'), ['b']);
  assert.deepEqual(models('{"model":{"x":1},"model":["a"],"model":"b"}'), []);
  assert.deepEqual(models('{"model":"a","model":"a"}'), []);
  const many = Array.from({ length: 12 }, (_, index) => `"model":"m${index}"`);
  assert.equal(repeatedIn(`{${many.slice(1).join()}}`), null);
  assert.equal(repeatedIn(`{${many.join()}}`), 'model');
});

test('no document of names that differ has one', () => {
  const names = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 8 }), {
    selector: (name) => name.toUpperCase().toLowerCase(),
    maxLength: 6,
  });
  fc.assert(
    fc.property(names, fc.jsonValue(), fc.nat(3), (all, value, indent) => {
      const document = Object.fromEntries(all.map((name) => [name, value]));
      assert.equal(repeatedIn(JSON.stringify(document, null, indent)), null);
    }),
    { numRuns: 200 },
  );
});

test('names behind texts of any length and with any quotes in them are told', () => {
  const pieces = fc.array(
    fc.oneof(fc.constantFrom('"', '\\', '\\"', '{', '":'), fc.string({ maxLength: 90 })),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(pieces, fc.integer({ min: 0, max: 300 }), (parts, letters) => {
      const text = JSON.stringify(`${'x'.repeat(letters)}${parts.join('')}`);
      assert.equal(repeatedIn(`{"a":${text},"b":1}`), null);
      assert.equal(repeatedIn(`{"a":${text},"b":1,"b":2}`), 'b');
    }),
  );
});
