// `tokenwatch replay` on the archive of a running server, against the simulated provider.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Answer } from '../../src/dashboard/contract.ts';
import { processOwner } from '../../src/record/spool.ts';
import { visitStore } from '../../src/storage/registry.ts';
import { type Ran, runCommand } from '../run-command.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

let app: TestApp;
const WAIT_MS = 60_000;
const PROMPTS = 6;

before(async () => {
  app = await startTestApp({ settings: { TOKENWATCH_STORE_PROMPTS: 'true' } });
  for (let prompt = 0; prompt < PROMPTS; prompt += 1) await ask('openai', prompt);
  await ask('anthropic', 0, { tools: [{ name: 'get_weather', input_schema: { type: 'object' } }] });
  await ask('openai', 99, { stream: true });
  const { prompts, close } = await visitStore({ TOKENWATCH_DATA_DIR: app.dataDir }, 'refuse');
  const deadline = Date.now() + WAIT_MS;
  while ((await prompts.archiveState()).items < PROMPTS + 2) {
    if (Date.now() > deadline) throw new Error('the prompts were not stored');
    await new Promise((resolve) => setImmediate(resolve));
  }
  await close();
});
after(() => app.close());

async function ask(api: 'openai' | 'anthropic', prompt: number, more: object = {}): Promise<void> {
  const isMessages = api === 'anthropic';
  const body = {
    model: isMessages ? 'claude-haiku-4-5' : 'gpt-4o-mini',
    max_tokens: 40,
    messages: [{ role: 'user', content: `Question ${prompt}: use get_weather for city ${prompt}` }],
    ...more,
  };
  const response = await fetch(
    `${app.proxyUrl}/${isMessages ? 'anthropic/v1/messages' : 'openai/v1/chat/completions'}`,
    {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
        'x-tokenwatch-app': api,
      },
      body: JSON.stringify(body),
    },
  );
  await response.arrayBuffer();
}

function replay(...words: readonly string[]): Promise<Ran> {
  return runCommand('replay', words, {
    TOKENWATCH_DATA_DIR: app.dataDir,
    TOKENWATCH_DASHBOARD_PORT: new URL(app.dashboardUrl).port,
    // Where the server sends requests, and whose prices hold, it says itself.
    OPENAI_API_KEY: 'key-of-the-test',
  });
}

const sent = (): number => app.provider.requests.length;
const results = (): string => join(app.dataDir, 'replays');

test('a dry run tells how many, their tokens and cost, and sends nothing', async () => {
  const before = sent();
  const { stdout } = await replay('--target', 'gpt-4o', '--app', 'openai', '--dry-run');
  assert.match(
    stdout,
    /^7 prompts to gpt-4o\nTokens {2}[\d,]+ in, [\d,]+ out.*\nCost {4}about \$0\.\d+, at most \$0\.\d+\nNothing was sent\.$/,
  );
  const plan = JSON.parse((await replay('--target', 'gpt-4o', '--dry-run', '--format', 'json')).stdout);
  assert.deepEqual([plan.prompts, plan.unpriced, plan.translated], [8, 0, 1]);
  assert.ok(plan.expectedNanoUsd > 0 && plan.worstNanoUsd >= plan.expectedNanoUsd);
  assert.equal(sent(), before);
});

test('what does not fit the money, or has no price, is not begun', async () => {
  const before = sent();
  assert.match(
    (await replay('--target', 'gpt-4o', '--max-cost', '0.000001')).stderr,
    /can cost up to \$.*--max-cost/,
  );
  assert.match((await replay('--target', 'openai:mystery-9')).stderr, /price of "mystery-9" is unknown/);
  assert.match((await replay('--target', 'gpt-4o', '--max-cost', 'much')).stderr, /not an amount/);
  assert.match((await replay('--target', 'gpt-4o', '--app', 'nobody')).stderr, /No stored prompt/);
  assert.match((await replay()).stderr, /Add --target/);
  assert.equal(sent(), before);
});

test('the whole worst case is set aside by the budgets before the first request leaves', async () => {
  const before = sent();
  const { worstNanoUsd } = JSON.parse(
    (await replay('--target', 'gpt-4o', '--app', 'openai', '--dry-run', '--format', 'json')).stdout,
  );
  const limit = (share: number) => ({
    name: 'replays',
    limit: (Math.ceil(worstNanoUsd * share) / 1e9).toFixed(9),
    period: 'daily',
    tag: 'replay',
    action: 'block',
  });
  const budgets = async (path: string, init: RequestInit = {}) =>
    (await fetch(`${app.dashboardUrl}/api/v1${path}`, init)).json();
  const set = (share: number) => budgets('/budgets', { method: 'POST', body: JSON.stringify(limit(share)) });
  await set(0.9);
  const { stderr } = await replay('--target', 'gpt-4o', '--app', 'openai');
  assert.match(stderr, /^The run is not begun: it can cost up to \$.*budget "replays" allows/);
  assert.equal(sent(), before, 'each of them alone would have fitted');
  await set(1);
  assert.equal((await replay('--target', 'gpt-4.1-nano', '--app', 'openai')).stderr, '');
  const { budgets: standings } = (await budgets('/budget/status')) as Answer<'budgetStatus'>;
  assert.deepEqual(
    standings.map(({ reservedUsd }) => reservedUsd),
    ['0'],
  );
  await budgets('/budgets/replays', { method: 'DELETE' });
});

test('a run goes through the proxy, tagged and never cached, and is not paid twice', async () => {
  const before = sent();
  const { stdout } = await replay('--target', 'gpt-4o', '--app', 'openai', '--format', 'json');
  const { overall, prompts } = JSON.parse(stdout);
  assert.equal(sent() - before, 7);
  assert.equal(overall.prompts, 7);
  assert.equal(overall.replayed.errors, 0);
  assert.equal(overall.replayed.unpriced, 0);
  assert.ok(overall.replayed.costNanoUsd > overall.recorded.costNanoUsd);
  assert.ok(overall.similarity === null || overall.similarity <= 1.0001);
  assert.match(prompts[0].question, /^Question 0/);
  const request = app.provider.requests.at(-1);
  assert.equal(JSON.parse(String(request?.body)).model, 'gpt-4o');
  assert.equal(JSON.parse(String(request?.body)).stream, undefined);
  const records = (await app.analytics.recent({ limit: 7 })).filter(
    ({ app: name }) => name === 'tokenwatch-replay',
  );
  for (const { tag } of records) assert.equal(tag, 'replay');
  await replay('--target', 'gpt-4o', '--app', 'openai');
  assert.equal(sent() - before, 7);
});

test('a run that was broken off goes on, and what was in flight is left in doubt', async () => {
  const file = join(results(), 'gpt-4o.jsonl');
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const isResult = (line: string): boolean => JSON.parse(line).type === 'result';
  // Killed with one done, one in flight, and half a line.
  const first = lines.find(isResult) ?? '';
  const { key } = JSON.parse(first).result;
  const other = lines
    .map((line) => JSON.parse(line))
    .find((line) => line.type === 'started' && line.key !== key);
  writeFileSync(file, `${first}\n${JSON.stringify(other)}\n{"type":"resu`);
  const before = sent();
  const run = ['--target', 'gpt-4o', '--app', 'openai', '--format', 'json'];
  const { overall } = JSON.parse((await replay(...run)).stdout);
  assert.deepEqual([sent() - before, overall.prompts], [5, 6]);
  const again = JSON.parse((await replay(...run, '--retry-interrupted')).stdout);
  assert.deepEqual([sent() - before, again.overall.prompts], [6, 7]);
});

test('two runs at once on one file would pay twice: the second is not begun', async () => {
  const claim = join(results(), 'gpt-4o.jsonl.claim');
  const other = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  writeFileSync(claim, processOwner(other.pid));
  const before = sent();
  const { stderr } = await replay('--target', 'gpt-4o', '--app', 'openai', '--retry-interrupted');
  assert.match(stderr, /Another run \(process \d+\) is writing to .*gpt-4o\.jsonl: both would pay/);
  assert.equal(sent(), before);
  other.kill('SIGKILL');
  await once(other, 'exit');
  assert.equal(
    (await replay('--target', 'gpt-4o', '--app', 'openai')).stderr,
    '',
    'a killed run’s claim is void',
  );
  assert.ok(!existsSync(claim));
});

test('a prompt of one API is asked of a model of the other, translated', async () => {
  const { stdout } = await replay('--target', 'gpt-4o-mini', '--app', 'anthropic', '--format', 'json');
  const { prompts, overall } = JSON.parse(stdout);
  assert.equal(overall.replayed.errors, 0);
  assert.equal(app.provider.requests.at(-1)?.url, '/v1/chat/completions');
  assert.equal(prompts[0].replayed.toolCalls[0].name, 'get_weather');
  assert.equal(typeof prompts[0].agreement.toolCalls, 'number');
});

test('the noise of the same model, and a judge asked in both orders', async () => {
  const before = sent();
  const run = [
    '--target',
    'gpt-4.1',
    '--app',
    'openai',
    '--sample',
    '3',
    '--noise',
    '2',
    '--judge',
    'openai:gpt-4o',
    '--format',
    'json',
  ];
  const { overall } = JSON.parse((await replay(...run)).stdout);
  // Three prompts, two of them again, and each that differs judged twice.
  const judged = overall.judged;
  const all = judged.recordedWins + judged.targetWins + judged.ties + judged.contested + judged.undecided;
  assert.equal(all, 3);
  assert.equal(overall.prompts, 3);
  assert.ok(sent() - before >= 5);
  const once = sent();
  await replay(...run);
  assert.equal(sent(), once);
});

test('reports: text, Markdown, HTML, JUnit, and answers beside each other', async () => {
  const run = ['--target', 'gpt-4o', '--app', 'openai', '--sample', '2'];
  assert.match((await replay(...run)).stdout, /recorded +gpt-4o\ncost .*\n.*Same answer: \d of 2/s);
  assert.match(
    (await replay(...run, '--format', 'markdown')).stdout,
    /^# 2 prompts on gpt-4o\n\n\| {2}\| recorded \| gpt-4o \|/,
  );
  assert.match((await replay(...run, '--format', 'html')).stdout, /^<!doctype html>.*<\/html>$/s);
  assert.match(
    (await replay(...run, '--format', 'junit')).stdout,
    /<testsuite name="replay on gpt-4o" tests="2" failures="0" errors="0"/,
  );
  assert.match((await replay(...run, '--diff')).stdout, /^- .* \| \+ /m);
  const file = join(app.dataDir, 'report.md');
  await replay(...run, '--format', 'markdown', '--out', file);
  assert.match(readFileSync(file, 'utf8'), /^# 2 prompts/);
});
