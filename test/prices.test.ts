// Prices that change under a running server, and the commands that change them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Command } from '../src/cli/command.ts';
import { pricesRemove } from '../src/cli/commands/prices/remove.ts';
import { pricesSet } from '../src/cli/commands/prices/set.ts';
import { pricesUpdate } from '../src/cli/commands/prices/update.ts';
import { loadPriceBook, PriceBook } from '../src/pricing/price-book.ts';
import { priceFilesOf } from '../src/pricing/price-files.ts';
import { PriceWatch } from '../src/pricing/price-watch.ts';
import { readSettings } from '../src/settings.ts';
import { NOON, question, run } from './price-questions.ts';

interface Bench extends Disposable {
  readonly folder: string;
  /** Returns what was printed. */
  call(
    command: Command,
    words: readonly string[],
    options: Readonly<Record<string, unknown>>,
  ): Promise<string>;
  input(model: string): number | null | undefined;
}

function bench(setting = ''): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-prices-'));
  const environment = { TOKENWATCH_DATA_DIR: join(folder, 'data'), TOKENWATCH_PRICES: setting };
  return {
    folder,
    async call(command, words, options) {
      const lines: string[] = [];
      await command.run({
        options,
        arguments: words,
        settings: () => readSettings(environment),
        environment: () => environment,
        version: '0.0.0',
        print: (line) => lines.push(line),
        isTerminal: false,
        columns: 80,
        rows: 24,
        signal: AbortSignal.timeout(20_000),
        hurry: new AbortController().signal,
      });
      return lines.join('\n');
    },
    input: (model) =>
      loadPriceBook(setting, join(folder, 'data')).describe(model, { atMs: NOON })?.rows[0]?.input,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

const hexOf = (text: string): string => createHash('sha256').update(text).digest('hex');

test('"prices set" gives a model a price, changes it in part, and "prices remove" takes it back', async () => {
  using at = bench();
  const told = await at.call(pricesSet, ['House-1.5'], { input: '0.20', output: '.4', perCall: '0.005' });
  assert.match(
    told,
    /^House-1\.5: input 0\.2, output 0\.4, per-call 0\.005\nWritten to .*prices\.json; a running/,
  );
  assert.equal(at.input('house-1-5'), 0.2);
  await at.call(pricesSet, ['house-1-5'], { cacheWrite1h: '$3', input: '1' });
  const file = JSON.parse(readFileSync(join(at.folder, 'data', 'prices.json'), 'utf8'));
  assert.deepEqual(file, { models: { 'House-1.5': { input: 1, output: 0.4, request: 5, cacheWrite1h: 3 } } });
  assert.equal(statSync(join(at.folder, 'data', 'prices.json')).mode & 0o077, 0);
  await at.call(pricesRemove, ['house-1.5'], {});
  assert.equal(at.input('house-1.5'), undefined);
  await assert.rejects(at.call(pricesRemove, ['house-1.5'], {}), {
    code: 'no_data',
    message: /no price for/,
  });
});

test('"prices set" writes the file that the settings name, and goes before the list spec', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-prices-'));
  using at = bench(join(folder, 'mine.json'));
  await at.call(pricesSet, ['glm-4.7'], { input: '9', output: '9' });
  assert.equal(at.input('glm-4.7'), 9);
  assert.match(readFileSync(join(folder, 'mine.json'), 'utf8'), /"glm-4\.7"/);
  rmSync(folder, { recursive: true });
  using spec = bench('spec');
  await spec.call(pricesSet, ['glm-4.7'], { input: '8', output: '8' });
  assert.deepEqual([spec.input('glm-4.7'), spec.input('claude-haiku-4.5')], [8, 0.8]);
});

const MISTAKES: readonly (readonly [
  what: string,
  options: Readonly<Record<string, string>>,
  message: RegExp,
])[] = [
  ['no price', {}, /needs a price, such as --input/],
  ['a word', { input: 'cheap', output: '1' }, /--input "cheap" is no price/],
  ['less than nothing', { input: '-1', output: '1' }, /--input "-1" is no price/],
  ['half a row', { input: '1' }, /models\["m"\] lacks "output"/],
  ['a price beyond sense', { input: '999999', output: '1' }, /has input = 999999/],
];

for (const [what, options, message] of MISTAKES) {
  test(`"prices set" refuses ${what}, and writes nothing`, async () => {
    using at = bench();
    await assert.rejects(at.call(pricesSet, ['m'], options), { message });
    assert.equal(at.input('m'), undefined);
  });
}

test('"prices set" leaves a faulty file as it is', async () => {
  using at = bench();
  await at.call(pricesSet, ['m'], { input: '1', output: '1' });
  const path = join(at.folder, 'data', 'prices.json');
  writeFileSync(path, '{"models": {"m": 3}}');
  await assert.rejects(at.call(pricesSet, ['n'], { input: '1', output: '1' }), {
    message: /models\["m"\] is not/,
  });
  assert.equal(readFileSync(path, 'utf8'), '{"models": {"m": 3}}');
});

test('"prices update" takes over a list only with its checksum, behind the user’s own rows', async () => {
  using at = bench();
  const list = join(at.folder, 'list.json');
  const text = '{"models": {"glm-4.7": {"input": 7, "output": 7}, "m": {"input": 5, "output": 5}}}';
  writeFileSync(list, text);
  const update = (options: Readonly<Record<string, unknown>>) =>
    at.call(pricesUpdate, [], { from: list, ...options });
  await assert.rejects(update({}), {
    message: new RegExp(`without a checksum. Its SHA-256 is ${hexOf(text)}`),
  });
  await assert.rejects(update({ sha256: hexOf('other') }), { message: /Nothing was changed/ });
  await assert.rejects(update({ sha256: 'abc' }), { message: /"abc" is no SHA-256/ });
  assert.equal(at.input('glm-4.7'), 0.6);
  assert.match(await update({ sha256: hexOf(text).toUpperCase() }), /^2 prices taken over/);
  await at.call(pricesSet, ['m'], { input: '1', output: '1' });
  assert.deepEqual([at.input('glm-4.7'), at.input('m')], [7, 1]);
  assert.match(await at.call(pricesUpdate, [], { remove: true }), /is forgotten/);
  assert.equal(at.input('glm-4.7'), 0.6);
});

test('"prices update" reads an address and the checksum beside it, and refuses a faulty list', async () => {
  using at = bench();
  let text = '{"models": {"m": {"input": 5, "output": 5}}}';
  const server = createServer((request, response) => {
    const isSum = request.url?.endsWith('.sha256') === true;
    if (request.url?.startsWith('/absent')) response.statusCode = 404;
    response.end(isSum ? `${hexOf(text)}  list.json\n` : text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.match(await at.call(pricesUpdate, [], { from: `${origin}/list.json` }), /^1 price taken over/);
  assert.equal(at.input('m'), 5);
  text = '{"models": {"m": {"input": "5"}}}';
  await assert.rejects(at.call(pricesUpdate, [], { from: `${origin}/list.json` }), {
    message: /has input = "5"/,
  });
  await assert.rejects(at.call(pricesUpdate, [], { from: `${origin}/absent` }), { message: /status 404/ });
  assert.equal(at.input('m'), 5);
  server.close();
});

test('a running server follows its price files, and keeps its prices where one is faulty', async () => {
  using at = bench();
  const warnings: string[] = [];
  const files = priceFilesOf('', join(at.folder, 'data'));
  const watch = new PriceWatch({ files, warn: (message) => warnings.push(message), intervalMs: 5 });
  const book = new PriceBook(watch.read());
  let seen = Promise.withResolvers<void>();
  watch.start((lists) => {
    book.replace(lists);
    seen.resolve();
  });
  const cost = () => book.cost(question('m', [run({ inputTokens: 1000 })])).costNanoUsd;
  assert.equal(cost(), null);
  await at.call(pricesSet, ['m'], { input: '1', output: '1' });
  await seen.promise;
  assert.equal(cost(), 1_000_000);
  writeFileSync(join(at.folder, 'data', 'prices.json'), '{');
  while (warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(cost(), 1_000_000);
  seen = Promise.withResolvers();
  rmSync(join(at.folder, 'data', 'prices.json'));
  await seen.promise;
  assert.equal(cost(), null);
  watch.close();
  assert.match(warnings.join('\n'), /^The prices stay as they were: .*is not JSON[^\n]*$/);
});

test('"prices" is a command and a group of commands', async () => {
  using at = bench();
  const call = async (...words: readonly string[]): Promise<readonly [unknown, string]> => {
    const child = spawn(process.execPath, ['src/cli/main.ts', ...words], {
      cwd: new URL('..', import.meta.url),
      env: { ...process.env, TOKENWATCH_DATA_DIR: join(at.folder, 'data') },
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
    const [code] = await once(child, 'close');
    return [code, text];
  };
  assert.deepEqual((await call('prices', 'set', 'm', '--input', '1', '--output', '2'))[0], 0);
  const [, shown] = await call('prices', 'm', '--json');
  assert.deepEqual(JSON.parse(shown).rows[0].output, 2);
  assert.deepEqual(await call('prices', 'set'), [
    2,
    'tokenwatch: Which model? Write it behind the command.\n',
  ]);
});
