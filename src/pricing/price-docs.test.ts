import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { NOON } from '../../test/price-questions.ts';
import { loadPriceBook, type PriceBook } from './price-book.ts';

function textOf(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** `3 / 15, above 200k tokens of input 6 / 22.50`, with as many digits as the documents write. */
function written(book: PriceBook, model: string, digits: (usd: number | null) => string): string {
  const price = book.describe(model, { atMs: NOON });
  if (price === null) return 'unknown';
  return price.rows
    .map(({ aboveInputTokens, input, output }) => {
      const above = aboveInputTokens === 0 ? '' : `above ${aboveInputTokens / 1000}k tokens of input `;
      return `${above}${digits(input)} / ${digits(output)}`;
    })
    .join(', ');
}

function twoDigits(usd: number | null): string {
  return usd === null ? 'unknown' : usd.toFixed(2);
}

function fewDigits(usd: number | null): string {
  return usd === null ? 'unknown' : String(usd).replace(/^(\d+\.\d)$/, '$10');
}

for (const path of ['README.md', 'docs/pricing.md']) {
  test(`the table of both lists in ${path} is what the code charges`, () => {
    const lines = textOf(path).split('\n');
    const start = lines.indexOf('| model | `spec` | catalogue |');
    assert.ok(start > 0, 'no table');
    const rows = lines.slice(start + 2, lines.indexOf('', start));
    const [spec, catalogue] = [loadPriceBook('spec'), loadPriceBook('')];
    const listed = spec.list({ atMs: NOON }).filter(({ source }) => source === 'spec');
    const expected = listed.map(({ model }, index) => {
      const title = /^\| ([^|]+) \|/.exec(rows[index] ?? '')?.[1] ?? '';
      assert.equal(title.toLowerCase().replaceAll(' ', '-'), model);
      return `| ${title} | ${written(spec, model, twoDigits)} | ${written(catalogue, model, fewDigits)} |`;
    });
    assert.deepEqual(rows, expected);
  });
}

test('the example in docs/pricing.md is a file that is accepted', () => {
  const json = /```json\n([\s\S]*?)```/.exec(textOf('docs/pricing.md'))?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-prices-'));
  try {
    const path = join(folder, 'prices.json');
    writeFileSync(path, json);
    const book = loadPriceBook(path);
    assert.equal(book.describe('house-llama-70b', { atMs: NOON })?.rows[0]?.output, 0.4);
    assert.equal(book.describe('claude-sonnet-4.5', { atMs: NOON })?.source, 'user');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
