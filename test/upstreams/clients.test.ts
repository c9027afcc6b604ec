// What clients see of several upstreams: the official SDKs across a failover, changes while requests run, the command
// line, the cache, the records.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, type TestContext, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { runWords } from '../run-command.ts';
import { type Bench, CHAT, startBench } from './bench.ts';

const FAULTS = ['status=529', 'status=429;retry-after=1', 'hang', 'reset-after=0'] as const;

let bench: Bench;
before(async () => {
  bench = await startBench({ TOKENWATCH_CACHE_ENABLED: 'true' }, { KEY: 'sk-1' });
});
afterEach(async () => {
  const names = (await bench.rows()).filter(({ name }) => name !== 'default').map(({ name }) => name);
  await bench.remove(...names);
});
after(() => bench.close());

async function cli(...words: string[]): Promise<string> {
  const { KEY } = process.env;
  return runWords(words, {
    ...(KEY !== undefined && { KEY }),
    TOKENWATCH_DATA_DIR: bench.app.dataDir,
    TOKENWATCH_DASHBOARD_PORT: new URL(bench.app.dashboardUrl).port,
    TOKENWATCH_ANTHROPIC_URL: bench.standard.url,
    TOKENWATCH_OPENAI_URL: bench.standard.url,
    COLUMNS: '200',
  });
}

const BYPASS = { 'x-tokenwatch-cache': 'bypass' };

/** The running server has seen what the command line set: this upstream answers, or there is no choice. */
async function followed(upstream: string | null): Promise<void> {
  const beganMs = performance.now();
  const answering = async (): Promise<string | null> =>
    (await bench.chat({ headers: BYPASS })).response.headers.get('x-tokenwatch-upstream');
  while ((await answering()) !== upstream) {
    // It takes a quarter of a second; a busy machine may take its time.
    assert.ok(performance.now() - beganMs < 60_000, 'the server does not follow');
  }
}

/** Short for those alone that wait for their end: a machine that stands still for a moment meets them, too. */
async function hasty(context: TestContext): Promise<Bench> {
  const limits = { TOKENWATCH_OVERALL_TIMEOUT: '2s', TOKENWATCH_FAILOVER_HEAD_TIMEOUT: '1s' };
  const own = await startBench(limits, { KEY: 'sk-1' });
  context.after(() => own.close());
  return own;
}

for (const fault of FAULTS)
  test(`the official SDKs see success across a failover from ${fault}, streaming and not`, async (context) => {
    const at = fault === 'hang' ? await hasty(context) : bench;
    for (const api of ['anthropic', 'openai'])
      await at.add(`faulty-${api}`, { api, headers: { 'x-simulate': fault } });
    const proxy = at.app.proxyUrl;
    const anthropic = new Anthropic({
      apiKey: 'test',
      baseURL: `${proxy}/anthropic`,
      maxRetries: 0,
      defaultHeaders: BYPASS,
    });
    const openai = new OpenAI({
      apiKey: 'test',
      baseURL: `${proxy}/openai/v1`,
      maxRetries: 0,
      defaultHeaders: BYPASS,
    });
    const message = {
      model: 'claude-haiku-4-5',
      max_tokens: 40,
      messages: [{ role: 'user' as const, content: 'Hello' }],
    };
    const chat = { model: 'gpt-4o', messages: message.messages };
    assert.equal((await anthropic.messages.create(message)).type, 'message');
    const final = await anthropic.messages.stream(message).finalMessage();
    assert.ok(final.usage.output_tokens > 0);
    assert.ok((await openai.chat.completions.create(chat)).choices[0]?.message.content);
    const streamed = openai.chat.completions.stream(chat);
    assert.ok((await streamed.finalChatCompletion()).choices[0]?.message.content);
  });

test('a change holds for the next request, and no request sees half of it', async () => {
  let running = true;
  const seen = new Set<string | null>();
  const clients = Array.from({ length: 4 }, async () => {
    while (running) {
      const asked = await bench.chat({ headers: BYPASS });
      assert.equal(asked.response.status, 200);
      const upstream = asked.response.headers.get('x-tokenwatch-upstream');
      const rule = asked.response.headers.get('x-tokenwatch-routing-rule');
      if (rule !== null) assert.equal(upstream, 'moving', 'the rule and its upstream belong together');
      seen.add(upstream);
    }
  });
  for (let count = 0; count < 15; count += 1) {
    await bench.add('moving', { priority: 200 });
    await bench.pinned('moving', async () => {
      const asked = await bench.chat({ headers: BYPASS });
      assert.equal(asked.response.headers.get('x-tokenwatch-upstream'), 'moving');
    });
    await bench.remove('moving');
    const asked = await bench.chat({ headers: BYPASS });
    assert.equal(asked.response.headers.get('x-tokenwatch-upstream'), null);
  }
  running = false;
  await Promise.all(clients);
  assert.ok(seen.has('moving'));
});

test('an upstream set on the command line takes traffic of a running server, and can be listed, tried and removed', async () => {
  const said = await cli(
    ...['upstream', 'add', 'second', '--api', 'openai', '--url', `${bench.other.url}/v1`],
    ...['--key-env', 'KEY', '--header', 'x-team=growth', '--model-map', 'gpt-4o=there/gpt-4o'],
  );
  assert.match(said, /Upstream "second" is set.*\nIts key is read from the environment variable KEY/);
  await followed('second');
  const list = await cli('upstream', 'list');
  assert.match(list, /openai +50 +second +http.* +KEY +well, /);
  assert.match(list, /openai +100 +default +http/);
  const listed = JSON.parse(await cli('upstream', 'list', '--json')) as {
    upstreams: { name: string; health: unknown[] }[];
  };
  assert.equal(listed.upstreams.find(({ name }) => name === 'second')?.health.length, 1);
  process.env.KEY = 'sk-1';
  assert.match(await cli('upstream', 'test', 'second'), /works: 200 in \d+ ms, \d+ models\./);
  delete process.env.KEY;
  await assert.rejects(cli('upstream', 'test', 'second'), /KEY is not set/);
  assert.match(await cli('upstream', 'test', 'default', '--api', 'openai'), /works: 200/);
  await assert.rejects(
    cli('upstream', 'add', 'second', '--api', 'openai', '--url', bench.other.url),
    /The upstream "second" exists/,
  );
  await cli(
    ...[
      'route',
      'add',
      'to-second',
      '--condition',
      'model',
      '--value',
      'gpt-*',
      '--target',
      'gpt-4o',
      '--upstream',
      'second',
    ],
  );
  assert.match(await cli('route', 'list'), /gpt-4o at second/);
  await assert.rejects(cli('upstream', 'remove', 'second'), /is the target of routing rule "to-second"/);
  await cli('route', 'remove', 'to-second');
  assert.match(await cli('upstream', 'remove', 'second'), /"second" is removed/);
  await followed(null);
  assert.match(await cli('stats', '--by', 'upstream'), /second/);
});

test('trouble with an address is told in words', async () => {
  const cases = [
    ['http://nowhere.invalid', /no address is known for that host name \(DNS\)/i],
    [bench.other.url.replace('http:', 'https:'), /TLS/],
    [bench.other.url, /has no list of models \(404\)/, 'status=404'],
    [bench.other.url, /refuses the key \(401\)/, 'status=401'],
    [bench.other.url, /answers with 503/, 'status=503'],
  ] as const;
  for (const [url, message, fault = ''] of cases) {
    await bench.add('odd', { url, headers: { 'x-simulate': fault } });
    await assert.rejects(cli('upstream', 'test', 'odd'), message);
    await bench.remove('odd');
  }
});

test('a rule may name an address; its requests go there without the client key', async () => {
  const position = bench.other.requests.length;
  await bench.pinned(bench.other.url, async () => {
    const asked = await bench.chat({ headers: { ...BYPASS, authorization: 'Bearer client' } });
    assert.equal(asked.response.status, 200);
    const record = await asked.record();
    assert.equal(record.upstream, bench.other.url);
    assert.equal(record.routingRule, 'pin');
  });
  assert.equal((await bench.other.arrival(position)).headers.authorization, undefined);
});

test('files and batches stay with one upstream, whatever is drawn for the rest', async () => {
  for (const name of ['b', 'a', 'c']) await bench.add(name, { headers: { 'x-name': name } });
  const position = bench.other.requests.length;
  const names = new Set<unknown>();
  for (let count = 0; count < 8; count += 1) {
    await (await fetch(`${bench.app.proxyUrl}/openai/v1/batches?${randomUUID()}`)).arrayBuffer();
    names.add((await bench.other.arrival(position + count)).headers['x-name']);
  }
  assert.deepEqual([...names], ['a']);
});

test('the cache does not ask who answered, and keeps no answer of another model', async () => {
  await bench.add('first', { headers: { 'x-simulate': 'status=503' } });
  const body = { ...CHAT, messages: [{ role: 'user', content: 'Which cache?' }] };
  const cache = async (): Promise<string | null> =>
    (await bench.chat({ body })).response.headers.get('x-tokenwatch-cache');
  assert.equal(await cache(), 'MISS');
  assert.equal(await cache(), 'HIT');
  await bench.remove('first');
  assert.equal(await cache(), 'HIT', 'the same question without the upstream');

  await bench.add('first', { headers: { 'x-simulate': 'status=503' }, priority: 1 });
  await bench.add('second', { modelMap: { 'gpt-4o': 'gpt-4o-mini' }, priority: 2 });
  const other = { ...CHAT, messages: [{ role: 'user', content: 'Which model?' }] };
  for (let count = 0; count < 2; count += 1) {
    const asked = await bench.chat({ body: other });
    assert.equal(asked.response.headers.get('x-tokenwatch-upstream'), 'second');
    assert.equal(asked.response.headers.get('x-tokenwatch-cache'), 'MISS');
    assert.match((await asked.record()).modelUsed ?? '', /^gpt-4o-mini/);
  }
});

test('identical requests at once all get an answer, also where it is not kept', async () => {
  await bench.add('first', { headers: { 'x-simulate': 'delay=150;status=503' }, priority: 1 });
  await bench.add('second', { modelMap: { 'gpt-4o': 'gpt-4o-mini' }, priority: 2 });
  for (const stream of [false, true]) {
    const body = { ...CHAT, stream, messages: [{ role: 'user', content: 'All at once?' }] };
    const all = await Promise.all(Array.from({ length: 5 }, () => bench.chat({ body })));
    for (const asked of all) {
      assert.equal(asked.response.status, 200);
      // Once the first one's circuit is open, the second's model is the one that is meant, and may be kept.
      assert.match((await asked.record()).outcome, /^(?:completed|cached)$/);
      assert.match((await asked.record()).modelUsed ?? '', /^gpt-4o-mini/);
    }
  }
});

test('budgets set aside what the dearest candidate may cost, and pay the one that answers', async () => {
  await cli('budget', 'set', '--limit', '100', '--period', 'total');
  await bench.add('dear', { modelMap: { 'gpt-4o-mini': 'gpt-4o' }, priority: 200 });
  const reserved = async (model: string): Promise<number> => {
    const asked = await bench.chat({ body: { ...CHAT, model, max_tokens: 1000 }, headers: BYPASS });
    return (await asked.record()).reservedNanoUsd ?? 0;
  };
  let [mini, whole] = [0, 0];
  const deadline = performance.now() + 60_000;
  do [mini, whole] = [await reserved('gpt-4o-mini'), await reserved('gpt-4o')];
  while (mini === 0 && performance.now() < deadline);
  assert.ok(mini >= whole, `${mini} ${whole}`);
  await bench.remove('dear');
  assert.ok((await reserved('gpt-4o-mini')) < whole);
});
