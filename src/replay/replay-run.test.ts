import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { anthropic } from '../protocols/anthropic/protocol.ts';
import { openai } from '../protocols/openai/protocol.ts';
import { type Bench, runUnpaid } from './paid-run.ts';
import { type ReplayResult, ResultFile } from './replay-result.ts';
import { ANSWER_BYTES_MAX, type ReplayRunOptions, runReplay } from './replay-run.ts';
import type { ReplayTask } from './replay-task.ts';

const task = (key: string): ReplayTask => ({
  key,
  promptId: `prompt-${key}`,
  target: 'm',
  turn: 0,
  api: 'openai',
  path: '/v1/chat/completions',
  headers: {},
  body: { model: 'm', messages: [] },
});

const GOOD = JSON.stringify({
  id: 'c',
  model: 'm-1',
  choices: [{ message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
});

async function run(
  listener: RequestListener,
  tasks: readonly ReplayTask[],
  more: Partial<ReplayRunOptions> = {},
  path = join(mkdtempSync(join(tmpdir(), 'tokenwatch-replay-')), 'r.jsonl'),
): Promise<{ results: ReplayResult[]; file: ResultFile; path: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const results: ReplayResult[] = [];
  const file = new ResultFile(path);
  let now = 0;
  await runReplay(
    {
      proxyUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      protocols: { anthropic, openai },
      keys: { anthropic: null, openai: 'k' },
      fetch,
      clock: { now: () => 0, monotonicMs: () => (now += 5) },
      concurrency: 1,
      file,
      priceOf: () => 42,
      session: 's',
      signal: new AbortController().signal,
      onDone: (result) => results.push(result),
      ...more,
    },
    tasks,
  );
  server.closeAllConnections();
  server.close();
  return { results, file, path };
}

test('a good answer is told with its usage and cost; the request says what it is', async () => {
  const seen: unknown[] = [];
  const { results } = await run(
    (request, response) => {
      const { authorization } = request.headers;
      seen.push([
        request.url,
        authorization,
        request.headers['x-tokenwatch-tag'],
        request.headers['x-tokenwatch-cache'],
      ]);
      response
        .writeHead(200, { 'content-type': 'application/json', 'x-tokenwatch-request-id': 'r1' })
        .end(GOOD);
    },
    [task('a')],
  );
  assert.deepEqual(seen, [['/openai/v1/chat/completions', 'Bearer k', 'replay', 'bypass']]);
  const [result] = results;
  assert.deepEqual(
    [
      result?.error,
      result?.requestId,
      result?.inputTokens,
      result?.outputTokens,
      result?.costNanoUsd,
      result?.latencyMs,
    ],
    [null, 'r1', 3, 4, 42, 5],
  );
});

test('an error costs nothing and is asked again; a break may have cost something', async () => {
  const answers: RequestListener[] = [
    (_, response) =>
      response
        .writeHead(429, { 'content-type': 'application/json' })
        .end('{"error":{"message":"slow down"}}'),
    (_, response) => response.destroy(),
    (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    ...['upstream_timeout', 'answer_not_translatable', 'upstream_connect_failed'].map(
      (code): RequestListener =>
        (_, response) =>
          response
            .writeHead(502, { 'content-type': 'application/json', 'x-tokenwatch-error': code })
            .end('{"error":{"message":"m"}}'),
    ),
  ];
  const { results, file } = await run(
    (request, response) => answers.shift()?.(request, response),
    ['a', 'b', 'c', 'd', 'e', 'f'].map(task),
  );
  assert.deepEqual(
    results.map(({ error, costNanoUsd }) => [error?.split(':')[0], costNanoUsd]),
    [
      ['429', 0],
      ['no answer', null],
      ['the answer is of no known form', null],
      ['502', null],
      ['502', null],
      ['502', 0],
    ],
  );
  assert.equal(file.done('a'), null);
  assert.equal(file.result('a')?.error, '429: slow down');
});

test('an answer of another model than was asked is no answer to compare', async () => {
  const { results } = await run(
    (_, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'x-tokenwatch-routed-model': 'other' })
        .end(GOOD);
    },
    [task('a')],
  );
  assert.match(results[0]?.error ?? '', /a rule of the proxy asked other instead/);
  assert.equal(results[0]?.answer, null);
});

test('a run that is stopped sends nothing more', async () => {
  const stop = new AbortController();
  let asked = 0;
  const { results } = await run(
    (_, response) => {
      asked += 1;
      stop.abort();
      response.writeHead(200, { 'content-type': 'application/json' }).end(GOOD);
    },
    [task('a'), task('b')],
    { signal: stop.signal },
  );
  assert.deepEqual([asked, results.length], [1, 1]);
});

test('the file knows what is done, what is in doubt, and another file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-replay-'));
  const path = join(folder, 'deep', 'r.jsonl');
  const file = new ResultFile(path);
  file.started('a');
  const again = new ResultFile(path);
  assert.deepEqual([again.isInDoubt('a'), again.isInDoubt('b'), again.done('a')], [true, false, null]);
  writeFileSync(path, 'something else\n');
  assert.throws(() => new ResultFile(path), /holds no results of a replay/);
  rmSync(folder, { recursive: true });
});

const result = (key: string, costNanoUsd: number | null, error: string | null): ReplayResult => ({
  ...{ key, promptId: 'p', target: 'm', turn: 0, api: 'openai', requestId: null, status: 200 },
  ...{ latencyMs: 1, inputTokens: 1, outputTokens: 1, costNanoUsd, answer: null, error },
});

test('what is written behind a line that a killed process left half done is a line of its own', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'tokenwatch-replay-')), 'r.jsonl');
  const first = new ResultFile(path);
  first.add(result('a', 1, null));
  appendFileSync(path, '{"type":"resu');
  new ResultFile(path).started('b');
  const again = new ResultFile(path);
  assert.equal(again.isInDoubt('b'), true);
  assert.notEqual(again.done('a'), null);
});

test('one that failed, was asked again and not heard of is in doubt, too', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'tokenwatch-replay-')), 'r.jsonl');
  const file = new ResultFile(path);
  for (const again of [false, true]) {
    file.started('a');
    assert.equal(file.isInDoubt('a'), true);
    if (!again) file.add(result('a', 1, 'overloaded'));
    assert.equal(new ResultFile(path).isInDoubt('a'), again);
  }
});

test('what a failed answer has cost is spent, before it is asked again and afterwards', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'tokenwatch-replay-')), 'r.jsonl');
  new ResultFile(path).add(result('a', 60, 'the answer is of no known form'));
  const file = new ResultFile(path);
  const bench: Bench = {
    costOf: () => assert.fail('nothing is planned here'),
    hold: async () => async () => undefined,
    run: async (tasks) => {
      for (const { key } of tasks) file.add(result(key, 50, null));
    },
  };
  const cost = { task: task('a'), expectedNanoUsd: 50, worstNanoUsd: 50, inputTokens: 1, outputTokens: 1 };
  const run = (mostNanoUsd: number): Promise<number> =>
    runUnpaid([cost], { concurrency: 1, mostNanoUsd, retriesDoubtful: false }, bench, file, () => undefined);
  await assert.rejects(run(100), { code: 'budget_exceeded' });
  assert.equal(await run(110), 110);
});

test('an answer of unknown cost may have cost as much as it could', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'tokenwatch-replay-')), 'r.jsonl');
  new ResultFile(path).add(result('a', null, 'no answer: terminated'));
  const file = new ResultFile(path);
  const bench: Bench = {
    costOf: () => assert.fail('nothing is planned here'),
    hold: async () => async () => undefined,
    run: async (tasks) => {
      for (const { key } of tasks) file.add(result(key, 40, null));
    },
  };
  const cost = { task: task('a'), expectedNanoUsd: 40, worstNanoUsd: 50, inputTokens: 1, outputTokens: 1 };
  const run = (mostNanoUsd: number): Promise<number> =>
    runUnpaid([cost], { concurrency: 1, mostNanoUsd, retriesDoubtful: false }, bench, file, () => undefined);
  await assert.rejects(run(99), { code: 'budget_exceeded' });
  assert.equal(await run(100), 90);
});

test('where nothing listens nothing has left, and nothing was paid', async () => {
  const gone = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => gone.once('listening', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const { results } = await run(() => undefined, [task('a')], { proxyUrl: `http://127.0.0.1:${port}` });
  assert.deepEqual([results[0]?.costNanoUsd, results[0]?.error?.split(':')[0]], [0, 'no answer']);
});

test('an answer that expands without end is none, and nobody knows what it cost', async () => {
  const packed = gzipSync(Buffer.alloc(ANSWER_BYTES_MAX + 1));
  const listener: RequestListener = (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' }).end(packed);
  const { results } = await run(listener, [task('a')]);
  assert.deepEqual([results[0]?.costNanoUsd, results[0]?.answer], [null, null]);
  assert.match(String(results[0]?.error), /^no answer: the answer is longer than \d+ bytes$/);
});
