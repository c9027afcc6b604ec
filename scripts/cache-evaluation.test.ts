import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresOf, isAcceptedWithout, measure, parsePairs, wilson } from './cache-evaluation.ts';

test("Wilson's interval is the published one", () => {
  // Wilson's interval of 1 in 10, as tables give it: 1.79 % to 40.42 %.
  const { low, high } = wilson(1, 10);
  assert.ok(Math.abs(low - 0.0179) < 1e-4 && Math.abs(high - 0.4042) < 1e-4);
  assert.ok(wilson(0, 50).low === 0 && wilson(50, 50).high > 0.999999);
  assert.deepEqual([wilson(0, 0).low, wilson(0, 0).high], [0, 1]);
});

test('figures count what is accepted among the same and among the others', async () => {
  const embedder = {
    id: 'even',
    dimensions: 1,
    embed: async () => new Float32Array([1]),
    close: async () => undefined,
  };
  const pairs = await measure(
    [
      { a: 'What is DNS?', b: 'what is dns', same: true },
      { a: 'What is DNS?', b: 'What is NAT?', same: true },
      { a: 'Convert 5 USD to EUR', b: 'Convert 6 USD to EUR', same: false },
      { a: 'What is a fox?', b: 'what is a fox', same: false },
    ],
    embedder,
    () => undefined,
  );
  const { accepted, precision, recall, falseAccepts } = figuresOf(pairs, (pair) =>
    isAcceptedWithout(pair, 0.05, []),
  );
  assert.deepEqual([accepted, precision.share, recall.share, falseAccepts.share], [2, 0.5, 0.5, 0.5]);
  assert.equal(figuresOf(pairs, (pair) => isAcceptedWithout(pair, 0.05, ['numbers'])).accepted, 3);
});

test('a file that holds no pairs is refused with the place', () => {
  assert.throws(() => parsePairs('{', 'x.json'), { code: 'invalid_argument', message: /x\.json is no JSON/ });
  assert.throws(() => parsePairs('[]', 'x.json'), { message: /no list of pairs/ });
  assert.throws(() => parsePairs('[{"a":"x","b":"y","same":true},{"a":"x"}]', 'x.json'), {
    message: /place 1/,
  });
});
