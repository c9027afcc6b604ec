import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { NOON, question, run } from '../../test/price-questions.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { ExtraUsage } from '../core/usage.ts';
import { loadPriceBook, type PriceBook } from './price-book.ts';
import { rowRates } from './row-rates.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-prices-'));
after(() => rmSync(folder, { recursive: true }));
const MILLION = 1_000_000;

function fileOf(content: unknown): string {
  const path = join(folder, 'prices.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function prices(
  book: PriceBook,
  model: string,
  upstream = '',
): readonly (number | null | undefined | string)[] {
  const price = book.describe(model, { upstream, atMs: NOON });
  return [price?.source, price?.rows[0]?.input, price?.rows[0]?.output];
}

test('the list spec is exactly its five rows, above the catalogue', () => {
  const spec = loadPriceBook('spec');
  const rows = spec.list({ atMs: NOON }).filter(({ source }) => source === 'spec');
  assert.deepEqual(
    rows.map(({ model, input, output }) => [model, input, output]),
    [
      ['claude-opus-4.6', 15, 75],
      ['claude-sonnet-4.5', 3, 15],
      ['claude-haiku-4.5', 0.8, 4],
      ['glm-4.7', 0.6, 0.6],
      ['glm-4.7-flash', 0.06, 0.06],
    ],
  );
  assert.deepEqual(prices(spec, 'anthropic/claude-opus-4-6-20260205'), ['spec', 15, 75]);
  assert.deepEqual(prices(spec, 'GLM-4.7-Flash', 'https://api.z.ai'), ['spec', 0.06, 0.06]);
  assert.deepEqual(prices(spec, 'glm-4.7-flashx'), ['tokenwatch', 0.07, 0.4]);
  assert.deepEqual(prices(spec, 'claude-opus-4-6-fast'), [undefined, undefined, undefined]);
  assert.deepEqual(prices(loadPriceBook(''), 'claude-opus-4.6'), ['catalogue', 5, 25]);
});

test('spec has no long-context tier, and caches at the published multiples', () => {
  const spec = loadPriceBook('spec');
  const usage = {
    inputTokens: MILLION,
    cacheReadTokens: MILLION,
    cacheWrite5mTokens: MILLION,
    cacheWrite1hTokens: MILLION,
  };
  const haiku = spec.cost(question('claude-haiku-4-5', [run(usage)]));
  assert.deepEqual(haiku, { costNanoUsd: (0.8 + 0.08 + 1 + 1.6) * 1e9, source: 'spec', doubt: null });
  const glm = spec.cost(question('glm-4.7', [run(usage)]));
  assert.equal(glm.costNanoUsd, 2.4e9);
  assert.equal(spec.describe('claude-sonnet-4-5', { atMs: NOON })?.rows.length, 1);
  const searches = spec.cost(question('claude-sonnet-4-5', [run({ webSearches: 3 })]));
  assert.deepEqual(searches, { costNanoUsd: 30_000_000, source: 'spec', doubt: null });
});

test("a user's row goes before the catalogue, in every spelling of its model", () => {
  const book = loadPriceBook(fileOf({ models: { 'Claude-Sonnet-4.5': { input: 2, output: 12 } } }));
  for (const model of ['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929', 'anthropic/claude-sonnet-4.5']) {
    assert.deepEqual(prices(book, model), ['user', 2, 12], model);
  }
  assert.deepEqual(prices(book, 'claude-sonnet-4-55'), [undefined, undefined, undefined]);
  assert.deepEqual(prices(book, 'claude-opus-4-6'), ['catalogue', 5, 25]);
});

test("a user's row says what it says, and Anthropic's multiples fill the rest for Claude", () => {
  const book = loadPriceBook(
    fileOf({
      models: {
        'claude-sonnet-4-5': { input: 2, output: 12, cacheRead: 0.1 },
        'house-model': { input: 1, output: 2, cacheWrite1h: 3, webSearch: 5, inputAudio: 7, reasoning: 4 },
      },
    }),
  );
  const claude = book.describe('claude-sonnet-4-5', { atMs: NOON })?.rows[0];
  assert.deepEqual([claude?.cacheRead, claude?.cacheWrite5m, claude?.cacheWrite1h], [0.1, 2.5, 4]);
  const house = book.describe('house-model', { atMs: NOON })?.rows[0];
  assert.deepEqual([house?.cacheRead, house?.cacheWrite5m, house?.cacheWrite1h], [1, 1, 3]);
  // Longer lives than those with a price of their own cost more, and nobody told how much.
  const dear = rowRates('gpt-6.1-sol', { input: 2, output: 10, cacheWrite5m: 2.5 });
  assert.deepEqual([dear.cacheWrite5m, dear.cacheWrite1h], [2_500_000_000, null]);
  assert.deepEqual(
    [house?.webSearchPerThousand, house?.inputAudio, house?.outputAudio, house?.reasoning],
    [5, 7, null, 4],
  );
});

test('of several patterns the most specific wins, and a full name before all', () => {
  const book = loadPriceBook(
    fileOf({
      models: {
        '*': { input: 9, output: 9 },
        'house-*': { input: 1, output: 1 },
        'house-*-large': { input: 2, output: 2 },
        'house-llama-large': { input: 3, output: 3 },
        'glm-4.7*': { input: 4, output: 4 },
      },
    }),
  );
  const input = (model: string) => prices(book, model)[1];
  assert.equal(input('house-llama-large'), 3);
  assert.equal(input('house-qwen-large'), 2);
  assert.equal(input('house-qwen-small'), 1);
  assert.equal(input('glm-4.7-flash'), 4);
  assert.equal(input('anything'), 9);
  assert.equal(input('gpt-4o:free'), 9);
});

test('a fine-tuned model and a reseller can be priced by a row of their own', () => {
  const book = loadPriceBook(
    fileOf({
      models: {
        'ft:gpt-4o-mini:acme::a1': { input: 0.3, output: 1.2 },
        'my-company/gpt-4o': { input: 1, output: 1 },
      },
    }),
  );
  assert.deepEqual(prices(book, 'ft:gpt-4o-mini:acme::a1'), ['user', 0.3, 1.2]);
  assert.deepEqual(prices(book, 'my-company/gpt-4o'), ['user', 1, 1]);
  assert.deepEqual(prices(book, 'gpt-4o'), ['catalogue', 2.5, 10]);
});

test('a batch halves a price of the user too', () => {
  const book = loadPriceBook(fileOf({ models: { 'claude-next': { input: 2, output: 12 } } }));
  const batch = run({ inputTokens: MILLION }, { serviceTier: 'batch' });
  assert.deepEqual(book.cost(question('claude-next', [batch])), {
    costNanoUsd: 1e9,
    source: 'user',
    doubt: null,
  });
});

test('the list spec prices what no seller lists, and nothing that a seller lists', () => {
  const book = loadPriceBook('');
  assert.deepEqual(prices(book, 'glm-4.7-flash'), ['spec', 0.06, 0.06]);
  assert.deepEqual(prices(book, 'GLM-4.7-Flash', 'https://api.z.ai'), ['spec', 0.06, 0.06]);
  assert.deepEqual(prices(book, 'glm-4.7-flash', 'https://api.groq.com'), [undefined, undefined, undefined]);
  assert.deepEqual(prices(book, 'claude-opus-4.6', 'https://api.groq.com'), [
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(prices(book, 'claude-haiku-4.5'), ['catalogue', 1, 5]);
});

test("a row of the user's may charge by the minute, the picture and the call", () => {
  const book = loadPriceBook(
    fileOf({
      models: {
        ears: { audioMinute: 0.01 },
        brush: { image: 0.04 },
        calls: { input: 0, output: 0, request: 5 },
      },
    }),
  );
  const cost = (model: string, extra: ExtraUsage) =>
    book.cost(question(model, [run({}, { extra })])).costNanoUsd;
  assert.equal(cost('ears', { audioMs: 90_000 }), 15_000_000);
  assert.equal(cost('brush', { images: 3 }), 120_000_000);
  assert.equal(cost('brush', { audioMs: 1 }), null);
  assert.equal(book.cost(question('calls', [run({ inputTokens: 1 })])).costNanoUsd, 5_000_000);
  assert.equal(book.cost(question('ears', [run({ inputTokens: 1 })])).costNanoUsd, null);
});

const FAULTS: readonly (readonly [what: string, content: unknown, message: RegExp])[] = [
  ['no JSON', '{"models": ', /prices\.json": is not JSON/],
  ['no object', '[]', /has no "models" object/],
  ['no models', { model: {} }, /has no "models" object/],
  ['another key at the top', { models: {}, version: 1 }, /"version" is not known/],
  ['a row that is no object', { models: { m: 3 } }, /models\["m"\] is not an object/],
  ['no input', { models: { m: { output: 1 } } }, /models\["m"\] lacks "input"/],
  ['no output', { models: { m: { input: 1 } } }, /models\["m"\] lacks "output"/],
  [
    'an unknown class',
    { models: { m: { input: 1, output: 1, cached: 1 } } },
    /models\["m"\] has "cached", which is none of input/,
  ],
  ['a price in quotes', { models: { m: { input: '1', output: 1 } } }, /models\["m"\] has input = "1"/],
  ['a negative price', { models: { m: { input: -1, output: 1 } } }, /models\["m"\] has input = -1/],
  ['a price beyond sense', '{"models":{"m":{"input":1e400,"output":1}}}', /models\["m"\] has input = /],
  [
    'one model twice',
    { models: { 'm-1.5': { input: 1, output: 1 }, 'M-1-5': { input: 1, output: 1 } } },
    /models\["M-1-5"\] is there twice/,
  ],
  ['a model without a name', { models: { ' ': { input: 1, output: 1 } } }, /name is empty/],
];

for (const [what, content, message] of FAULTS) {
  test(`a price file with ${what} is refused`, () => {
    assert.throws(
      () => loadPriceBook(fileOf(content)),
      (error) =>
        error instanceof TokenWatchError && error.code === 'invalid_setting' && message.test(error.message),
    );
  });
}

test('a price file that is not there is refused with its path', () => {
  const path = join(folder, 'absent.json');
  assert.throws(() => loadPriceBook(path), {
    code: 'invalid_setting',
    message: /absent\.json": cannot be read \(ENOENT/,
  });
});

test('a folder in the place of a price file is refused with its path', () => {
  assert.throws(
    () => loadPriceBook(folder),
    (error) => {
      assert.ok(error instanceof TokenWatchError && error.code === 'invalid_setting');
      assert.ok(error.message.includes(folder));
      assert.match(error.message, /no regular file; give the path of a JSON file/);
      return true;
    },
  );
});

test('a byte order mark before the file does no harm', () => {
  assert.deepEqual(prices(loadPriceBook(fileOf('\uFEFF{"models":{"m":{"input":1,"output":2}}}')), 'm'), [
    'user',
    1,
    2,
  ]);
});
