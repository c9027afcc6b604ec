import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { contextOf } from '../../../../test/run-command.ts';
import { prices } from './show.ts';

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-prices-'));
after(() => rmSync(folder, { recursive: true }));

interface Call {
  readonly model?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly setting?: string;
}

async function output({ model, options = {}, setting = '' }: Call): Promise<string> {
  const lines: string[] = [];
  const environment = { TOKENWATCH_PRICES: setting, TOKENWATCH_DATA_DIR: join(folder, 'data') };
  const asked = { options, arguments: model === undefined ? [] : [model] };
  await prices.run({ ...contextOf(environment, lines, asked), environment: () => ({}) });
  return stripVTControlCharacters(lines.join('\n'));
}

test('prices MODEL shows each class, its source and its date', async () => {
  const text = await output({ model: 'claude-sonnet-4-5' });
  assert.match(text, /^claude-sonnet-4-5: catalogue \(anthropic\), \d{4}-\d\d-\d\d\n/);
  assert.match(text, /INPUT TO 200,000 +INPUT OVER 200,000/);
  assert.match(text, /^input +3 +6$/m);
  assert.match(text, /^cache write, 1 hour +6 +12$/m);
  assert.match(text, /^web searches, per 1,000 +10 +10$/m);
  assert.doesNotMatch(text, /audio|reasoning/);
});

test('prices shows a class without a price as unknown', async () => {
  const text = await output({ model: 'us.anthropic.claude-opus-4-20250514-v1:0' });
  assert.match(text, /^cache write, 1 hour +unknown$/m);
});

test('prices without a model shows both lists and what they lack', async () => {
  assert.match(await output({}), /^glm-4\.7-flash +0\.06 +0\.06 .* spec +\d{4}/m);
  assert.match(await output({}), /^glm-4\.7 +0\.6 +2\.2 +0\.11 .* zai +2026-11-25$/m);
  assert.match(await output({}), /^claude-opus-4\.6 +5 +25 +0\.5 +6\.25 +10 +anthropic +2026-03-13$/m);
  assert.match(await output({ setting: 'spec' }), /^glm-4\.7-flash +0\.06 +0\.06 .* spec +\d{4}/m);
});

test("prices without a model begins with the user's rows", async () => {
  const path = join(folder, 'prices.json');
  writeFileSync(
    path,
    JSON.stringify({ models: { 'house-*': { input: 1, output: 2 }, mine: { input: 3, output: 4 } } }),
  );
  const [, first, second] = (await output({ setting: path })).split('\n');
  assert.match(first ?? '', /^house-\* +1 +2 .* user/);
  assert.match(second ?? '', /^mine +3 +4 .* user/);
});

test('every table fits into 80 columns', async () => {
  for (const call of [
    {},
    { setting: 'spec' },
    { options: { all: true } },
    { model: 'gpt-realtime' },
    { model: 'gpt-5.5' },
  ]) {
    const tooLong = (await output(call)).split('\n').filter((line) => line.length > 80);
    assert.deepEqual(tooLong, []);
  }
});

test('--json prints JSON alone, with the name in the list, the source and the date', async () => {
  const price = JSON.parse(await output({ model: 'openai/gpt-4o', options: { json: true } }));
  assert.deepEqual(
    [price.model, price.provider, price.source, price.rows[0].cacheRead],
    ['gpt-4o', 'openai', 'catalogue', 1.25],
  );
  const usual = JSON.parse(await output({ options: { json: true } }));
  assert.equal(usual.find(({ model }: { model: string }) => model === 'glm-4.7-flash').source, 'spec');
  assert.ok(JSON.parse(await output({ options: { json: true, all: true } })).length > 1000);
});

test('--upstream asks a certain seller', async () => {
  const options = { upstream: 'https://api.groq.com' };
  assert.match(await output({ model: 'openai/gpt-oss-120b', options }), /catalogue \(groq\)/);
});

test('an unknown model is refused in one line that says what to do', async () => {
  await assert.rejects(output({ model: 'gpt-4oo' }), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'no_data');
    assert.match(error.message, /"gpt-4oo"\. Did you mean gpt-4o or .* prices set gpt-4oo --input/);
    return !error.message.includes('\n');
  });
  await assert.rejects(output({ model: 'what-is-this-model-at-all' }), /No price is known .*"\. Give it one/);
});

test('a price of the own table names the page that it is from', async () => {
  const text = await output({ model: 'glm-4.7', options: { upstream: 'https://api.z.ai' } });
  assert.match(text, /^GLM-4\.7: tokenwatch \(zai\), 2026-11-25\nhttps:\/\/docs\.z\.ai\S+\n\n/);
});

test('a model that is charged by the minute shows no prices of tokens', async () => {
  const text = await output({ model: 'whisper-1' });
  assert.match(text, /^sound, per minute +0\.006$/m);
  assert.doesNotMatch(text, /input|cache/);
});
