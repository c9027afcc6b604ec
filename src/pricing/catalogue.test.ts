import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CATALOGUE, CATALOGUE_DATE } from './catalogue.ts';
import { MENDED_ROWS } from './mended/mended-prices.ts';
import { MAKERS } from './sellers.ts';

const packageFile = new URL('../../node_modules/@pydantic/genai-prices/package.json', import.meta.url);
const codeFile = new URL('../../node_modules/@pydantic/genai-prices/dist/index.js', import.meta.url);

test('the catalogue is the pinned version, whose day is known, and docs/pricing.md names it', () => {
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  // With a new version, look up its day of publication and the rules in docs/pricing.md.
  assert.deepEqual([version, CATALOGUE_DATE], ['0.1.8', '2026-09-23']);
  assert.ok(readFileSync('docs/pricing.md', 'utf8').includes(`${version} (published ${CATALOGUE_DATE})`));
});

test('the catalogue has no way to the network of its own', () => {
  const code = readFileSync(codeFile, 'utf8');
  assert.ok(code.length > 100_000);
  assert.doesNotMatch(code, /\bfetch\b|XMLHttpRequest|WebSocket|node:https?|\bimport\s*\(|require\s*\(/);
});

test('every maker that is asked has a list', () => {
  const ids = new Set([...CATALOGUE.map(({ id }) => id), ...MENDED_ROWS.map(({ seller }) => seller)]);
  assert.deepEqual(
    MAKERS.filter((id) => !ids.has(id)),
    [],
  );
});

test('every price that has few enough decimals is held exactly, at half price and in the US too', () => {
  const inexact: string[] = [];
  for (const { id, models } of CATALOGUE) {
    for (const model of models) {
      const tables = Array.isArray(model.prices) ? model.prices.map(({ prices }) => prices) : [model.prices];
      const prices = tables.flatMap((table) => Object.values(table));
      const usd = prices.flatMap((price) =>
        price === undefined
          ? []
          : typeof price === 'number'
            ? [price]
            : [price.base, ...price.tiers.map((tier) => tier.price)],
      );
      if (usd.some((price) => (String(price).split('.')[1]?.length ?? 0) > 7))
        inexact.push(`${id}/${model.id}`);
    }
  }
  // The rest are the catalogue's own rounding: a price by another measure, divided.
  assert.ok(inexact.length < 10, inexact.join(', '));
  assert.ok(
    inexact.every((name) => /^(?:openrouter|huggingface_)/.test(name)),
    inexact.join(', '),
  );
});
