// Explain is the truth: whatever the rules, tests, budgets and requests, what is explained is what then happens.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Explanation } from '../../src/core/explanation.ts';
import type { RequestRecord } from '../../src/core/record.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

const RUNS = 25;
const RECORD_WAIT_MS = 60_000;

let app: TestApp;
before(async () => {
  app = await startTestApp({
    settings: { TOKENWATCH_CACHE_ENABLED: 'true', TOKENWATCH_CACHE_EMBEDDER: 'off' },
  });
});
after(() => app.close());

const APPS = ['agent', 'nightly', 'chat'] as const;
const TAGS = ['feature=search,team=growth', 'feature=search', 'team=core', 'plain'] as const;
const MODELS = {
  openai: ['gpt-4o', 'gpt-4o-mini', 'gpt-5', 'unheard-of'],
  anthropic: ['claude-sonnet-4-5', 'claude-haiku-4-5', 'unheard-of'],
} as const;
const PROMPTS = ['Hello', 'select name from users', 'word '.repeat(400)] as const;

const condition = fc.oneof(
  fc.constantFrom(...APPS, 'ag*').map((value) => ({ type: 'source_app', value })),
  fc.constantFrom(...TAGS, 'team=growth').map((value) => ({ type: 'tag', value })),
  fc.constantFrom('gpt-4o', 'gpt-*', 'claude-*', 'unheard-of').map((value) => ({ type: 'model', value })),
  fc.constantFrom('(?i)SELECT .* from', 'word', '^$').map((value) => ({ type: 'regex', value })),
  fc.constantFrom('>100', '<=100', '1..20').map((value) => ({ type: 'token_count', value })),
  fc.constantFrom('yes', 'no').map((value) => ({ type: 'stream', value })),
  fc.constantFrom('yes', 'no').map((value) => ({ type: 'tools', value })),
  fc.constantFrom('x-team', 'x-team=blue').map((value) => ({ type: 'header', value })),
  fc.constantFrom('>0.0001', 'app:>0.0001', 'tag:<0.001').map((value) => ({ type: 'cost_today', value })),
  fc.constantFrom('<50%', '>=50%', 'b0:<90%').map((value) => ({ type: 'budget_left', value })),
  fc.constantFrom('00:00-24:00 UTC').map((value) => ({ type: 'time', value })),
);
const tagRule = fc.record({
  condition: condition.filter(({ type }) => type === 'source_app' || type === 'regex'),
  tag: fc.constantFrom(...TAGS),
});
const route = fc.record({
  conditions: fc.array(condition, { minLength: 1, maxLength: 3 }),
  match: fc.constantFrom('all', 'any'),
  target: fc.constantFrom('gpt-4o-mini', 'claude-haiku-4-5', 'unheard-of'),
  priority: fc.integer({ min: 1, max: 3 }),
});
const experiment = fc.record({
  modelA: fc.constant('gpt-4o'),
  modelB: fc.constantFrom('gpt-4o-mini', 'gpt-5'),
  split: fc.constantFrom(0, 30, 100),
  app: fc.option(fc.constantFrom(...APPS)),
  tag: fc.option(fc.constantFrom(...TAGS)),
  sticky: fc.constantFrom('session', 'request', 'app'),
  anyModel: fc.boolean(),
});
const budget = fc.record({
  limit: fc.constantFrom('0.0001', '0.01', '1', '100'),
  period: fc.constantFrom('total', 'daily', 'hourly'),
  action: fc.constantFrom('block', 'warn'),
  app: fc.option(fc.constantFrom(...APPS)),
  tag: fc.option(fc.constantFrom(...TAGS)),
  model: fc.option(fc.constantFrom('gpt-*', 'claude-haiku-4-5')),
  thresholds: fc.constantFrom('1', '80'),
});
const upstream = fc.record({
  api: fc.constantFrom('openai', 'anthropic'),
  priority: fc.integer({ min: 1, max: 2 }),
  weight: fc.integer({ min: 1, max: 3 }),
  models: fc.option(fc.constantFrom('gpt-*', 'claude-*')),
  modelMap: fc.constantFrom({}, { 'gpt-4o': 'gpt-4o-mini' }),
});
const sent: fc.Arbitrary<Sent> = fc.record({
  api: fc.constantFrom('openai', 'anthropic'),
  model: fc.nat(),
  app: fc.option(fc.constantFrom(...APPS)),
  tag: fc.option(fc.constantFrom(...TAGS)),
  session: fc.option(fc.constantFrom('s1', 's2', 's3')),
  team: fc.option(fc.constantFrom('blue', 'red')),
  cache: fc.option(fc.constantFrom('bypass', 'refresh', 'only', 'nonsense'), { freq: 3 }),
  stream: fc.boolean(),
  tools: fc.boolean(),
  prompt: fc.constantFrom(...PROMPTS),
  maxTokens: fc.constantFrom(5, 4000),
});
interface Sent {
  readonly api: string;
  /** Which of the API's models, from the first on again. */
  readonly model: number;
  readonly app: string | null;
  readonly tag: string | null;
  readonly session: string | null;
  readonly team: string | null;
  readonly cache: string | null;
  readonly stream: boolean;
  readonly tools: boolean;
  readonly prompt: string;
  readonly maxTokens: number;
}

interface Scenario {
  readonly tags: readonly object[];
  readonly routes: readonly object[];
  readonly experiments: readonly object[];
  readonly budgets: readonly object[];
  readonly upstreams: readonly object[];
  readonly killed: string | null;
  readonly requests: readonly Sent[];
}

const scenario: fc.Arbitrary<Scenario> = fc.record({
  tags: fc.array(tagRule, { maxLength: 2 }),
  routes: fc.array(route, { maxLength: 4 }),
  experiments: fc.array(experiment, { maxLength: 2 }),
  budgets: fc.array(budget, { maxLength: 2 }),
  upstreams: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(upstream, { maxLength: 3 })),
  killed: fc.option(fc.constantFrom(...APPS), { freq: 8 }),
  requests: fc.array(sent, { minLength: 1, maxLength: 3 }),
});

const REQUEST: Sent = {
  api: 'openai',
  model: 0,
  app: 'chat',
  tag: null,
  session: 's1',
  team: null,
  cache: null,
  stream: false,
  tools: false,
  prompt: 'select name from users',
  maxTokens: 5,
};
/** Something of everything, whatever is drawn: tagged, tested, answered again from the cache, routed, refused. */
const EXAMPLE: Scenario = {
  tags: [{ condition: { type: 'regex', value: '(?i)SELECT .* from' }, tag: 'feature=sql' }],
  routes: [
    {
      conditions: [{ type: 'header', value: 'x-team=blue' }],
      match: 'all',
      target: 'gpt-4o-mini',
      priority: 1,
    },
  ],
  experiments: [
    {
      modelA: 'gpt-4o',
      modelB: 'gpt-5',
      split: 30,
      app: null,
      tag: null,
      sticky: 'session',
      anyModel: false,
    },
  ],
  budgets: [
    { limit: '0.0001', period: 'total', action: 'block', app: 'nightly' },
    { limit: '0.0001', period: 'total', action: 'warn', app: 'chat', thresholds: '1' },
  ],
  upstreams: [],
  killed: null,
  requests: [REQUEST, REQUEST, { ...REQUEST, team: 'blue' }, { ...REQUEST, app: 'nightly' }],
};

async function api<T>(method: string, path: string, document?: unknown): Promise<T> {
  const body = document === undefined ? {} : { body: JSON.stringify(document) };
  const response = await fetch(app.dashboardUrl + path, { method, ...body });
  const answer = await response.text();
  // A rule that can match nothing is refused; then there is one rule less.
  assert.ok(response.ok || response.status === 400, answer);
  return JSON.parse(answer) as T;
}

async function clear(): Promise<void> {
  for (const kind of ['tags', 'routes', 'experiments', 'budgets', 'kills', 'upstreams']) {
    const listed = await api<Record<string, { name?: string; id?: string }[]>>('GET', `/api/${kind}`);
    for (const { name, id } of listed[kind] ?? [])
      if (name !== 'default') await api('DELETE', `/api/${kind}/${name ?? id}`);
  }
}

async function set(rules: Scenario): Promise<void> {
  for (const kind of ['tags', 'routes', 'experiments', 'budgets'] as const)
    for (const [index, each] of rules[kind].entries())
      await api('POST', `/api/${kind}`, { ...each, name: `${kind.slice(0, 1)}${index}` });
  for (const [index, each] of rules.upstreams.entries())
    await api('POST', '/api/upstreams', { ...each, name: `up${index}`, url: app.provider.url });
  if (rules.killed !== null) await api('POST', '/api/kills', { app: rules.killed });
}

function headersOf(request: Sent): Record<string, string> {
  const { app: name, tag, session, team, cache, api: protocol } = request;
  return {
    'content-type': 'application/json',
    ...(protocol === 'openai' ? { authorization: 'Bearer k' } : { 'x-api-key': 'k' }),
    ...(name !== null && { 'x-tokenwatch-app': name }),
    ...(tag !== null && { 'x-tokenwatch-tag': tag }),
    ...(session !== null && { 'x-tokenwatch-session': session }),
    ...(team !== null && { 'x-team': team }),
    ...(cache !== null && { 'x-tokenwatch-cache': cache }),
    'user-agent': 'Property/1',
    // What fetch would add by itself, and the cache's key sees.
    'accept-language': '*',
  };
}

function bodyOf(request: Sent): string {
  const { api: protocol, model, prompt, stream, tools, maxTokens } = request;
  const models = MODELS[protocol as keyof typeof MODELS];
  const tool =
    protocol === 'openai'
      ? { type: 'function', function: { name: 'look', parameters: { type: 'object' } } }
      : { name: 'look', input_schema: { type: 'object' } };
  return JSON.stringify({
    model: models[model % models.length],
    max_tokens: maxTokens,
    stream,
    ...(tools && { tools: [tool] }),
    messages: [{ role: 'user', content: prompt }],
  });
}

async function send(request: Sent): Promise<{ record: RequestRecord; response: Response }> {
  const path = request.api === 'openai' ? '/openai/v1/chat/completions' : '/anthropic/v1/messages';
  const response = await fetch(app.proxyUrl + path, {
    method: 'POST',
    headers: headersOf(request),
    body: bodyOf(request),
  });
  await response.arrayBuffer();
  const id = response.headers.get('x-tokenwatch-request-id');
  const deadline = performance.now() + RECORD_WAIT_MS;
  for (;;) {
    const recent = await app.analytics.recent({ limit: 20 });
    const record = recent.find((candidate) => candidate.id === id);
    if (record !== undefined && record.outcome !== 'in_flight') return { record, response };
    assert.ok(performance.now() < deadline, `no ended record of ${id}`);
    await sleep(5);
  }
}

const ACTIONS: Readonly<Record<string, Explanation['outcome']['action']>> = {
  refused: 'refuse',
  cached: 'answer_from_cache',
};
/** Seconds that pass between the explanation and the request. */
const TIMED_HEADERS = new Set(['age', 'retry-after']);
const OWN_HEADERS = /^x-tokenwatch-(?!request-id$)|^(?:age|retry-after|x-should-retry)$/;

function assertSame(explanation: Explanation, record: RequestRecord, response: Response): void {
  const { tag, model, outcome, budgets, cache, request, upstreams } = explanation;
  const isRefused = record.outcome === 'refused';
  assert.deepEqual(
    {
      app: request.app,
      session: request.session,
      tag: tag.tag,
      rule: model.rule,
      requested: model.requested,
      final: model.final,
      experiment: model.experiment,
      variant: model.variant,
      action: outcome.action,
      code: outcome.code,
    },
    {
      app: record.app,
      session: record.session,
      tag: record.tag,
      rule: record.routingRule,
      requested: record.modelRequested,
      final: record.modelSent ?? record.modelRequested,
      experiment: record.experiment,
      variant: record.variant,
      action: ACTIONS[record.outcome] ?? 'forward',
      code: isRefused ? record.errorCode : null,
    },
  );
  const isRefusedByBudget = isRefused && record.status === 429;
  if (!isRefusedByBudget) {
    assert.equal(budgets.reservesNanoUsd, record.reservedNanoUsd, 'reserved');
    assert.equal(cache.use, record.cacheUse, 'cache');
  }
  assert.equal(new URL(upstreams[0]?.url ?? '').origin, new URL(record.upstream).origin);
  if (outcome.status !== null) assert.equal(outcome.status, response.status);
  const got = [...response.headers].filter(([name]) => OWN_HEADERS.test(name));
  assert.deepEqual(got.map(([name]) => name).sort(), Object.keys(outcome.headers).sort());
  for (const [name, value] of got) {
    if (TIMED_HEADERS.has(name))
      assert.ok(Math.abs(Number(value) - Number(outcome.headers[name])) <= 5, name);
    else assert.equal(value, outcome.headers[name], name);
  }
  if (budgets.matching.some(({ refuses }) => refuses)) assert.ok(isRefused);
}

/** Whether the request's own id decides something: a variant, or the order of equal upstreams. */
const drawsByRequest = ({ experiments, upstreams, request }: Explanation): boolean =>
  experiments.some(({ decides, drawnBy }) => decides && drawnBy === 'request') ||
  (request.session === null && upstreams.length > 1);

const isSameDraw = ({ model, upstreams }: Explanation, { variant, upstreamName }: RequestRecord): boolean =>
  model.variant === variant && upstreams[0]?.name === (upstreamName ?? 'default');

test('what is explained is what happens', { timeout: 280_000 }, async (context) => {
  const seen = new Map<string, number>();
  const count = (what: string): unknown => seen.set(what, (seen.get(what) ?? 0) + 1);
  await fc.assert(
    fc.asyncProperty(scenario, async (rules) => {
      await clear();
      await set(rules);
      for (const request of rules.requests) {
        const question = { api: request.api, headers: headersOf(request), body: bodyOf(request) };
        const explanation = await api<Explanation>('POST', '/api/explain', question);
        const { record, response } = await send(request);
        count(explanation.outcome.action);
        if (explanation.model.rule !== null) count('routed');
        if (explanation.model.foreignApi !== null) count('translated');
        if (explanation.model.experiment !== null) count('tested');
        if (explanation.tag.source === 'rule') count('tagged');
        if (explanation.upstreams.length > 1) count('several upstreams');
        if (drawsByRequest(explanation) && !isSameDraw(explanation, record)) {
          // Drawn by its id: explained again with that id, it is the variant that it got.
          assert.equal(explanation.model.experiment, record.experiment);
          const again = await api<Explanation>('POST', '/api/explain', { ...question, id: record.id });
          if (again.model.experiment === record.experiment) assert.ok(isSameDraw(again, record));
          count('drawn otherwise');
        } else assertSame(explanation, record, response);
      }
    }),
    { numRuns: RUNS, examples: [[EXAMPLE]] },
  );
  context.diagnostic(JSON.stringify(Object.fromEntries(seen)));
  for (const what of ['refuse', 'forward', 'answer_from_cache', 'routed', 'translated', 'tested', 'tagged'])
    assert.ok((seen.get(what) ?? 0) > 0, `never ${what}: the scenarios show nothing of it`);
});
