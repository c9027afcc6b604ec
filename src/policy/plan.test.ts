import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { REPLAY_APP } from '../core/own-traffic.ts';
import type { RuleEntry } from '../core/rule-book.ts';
import { plan } from './plan.ts';
import type { RequestView } from './request-view.ts';
import { type ExperimentDefinition, type RouteDefinition, type RuleSet, ruleSetOf } from './rules.ts';

const request = (parts: Partial<RequestView> = {}): RequestView => ({
  id: 'r1',
  protocol: 'openai',
  app: 'agent',
  tag: null,
  session: null,
  model: 'gpt-4o',
  stream: false,
  atMs: 0,
  header: () => null,
  canSpeak: (api) => api === 'anthropic',
  hasTools: () => false,
  promptText: () => 'Hello',
  promptCharacters: () => 5,
  promptBytes: () => 5,
  spend: { costToday: () => 0, scarcestLeft: () => 1, budgetLeft: () => null },
  ...parts,
});

const route = (name: string, parts: Partial<RouteDefinition> = {}): RuleEntry => ({
  kind: 'route',
  name,
  createdAtMs: 0,
  definition: {
    conditions: [{ type: 'model', value: 'gpt-4o' }],
    match: 'all',
    target: `to-${name}`,
    api: null,
    priority: 100,
    enabled: true,
    ...parts,
  },
});

const experiment = (name: string, parts: Partial<ExperimentDefinition> = {}): RuleEntry => ({
  kind: 'experiment',
  name,
  createdAtMs: 0,
  definition: {
    modelA: 'gpt-4o',
    modelB: 'gpt-4o-mini',
    split: 50,
    app: null,
    tag: null,
    sticky: 'session',
    minSamples: 10,
    anyModel: false,
    state: 'active',
    ...parts,
  },
});

const tagRule = (name: string, app: string, tag: string): RuleEntry => ({
  kind: 'tag',
  name,
  createdAtMs: 0,
  definition: { condition: { type: 'source_app', value: app }, tag },
});

const rules = (...entries: RuleEntry[]): RuleSet => ruleSetOf(1, entries, assert.fail);

test('the header wins over tag rules, and the first tag rule that matches over later ones', () => {
  const set = rules(tagRule('one', 'other', 'x'), tagRule('two', 'ag*', 'y'), tagRule('three', '*', 'z'));
  assert.deepEqual([plan(set, request()).tag, plan(set, request()).tagSource], ['y', 'two']);
  const own = plan(set, request({ tag: 'mine' }));
  assert.deepEqual([own.tag, own.tagSource], ['mine', 'header']);
});

test('rules are tried by priority, then by name; the first that matches decides', () => {
  const late = route('a-late', { priority: 200 });
  const first = route('z-first', { priority: 1 });
  assert.equal(plan(rules(late, first), request()).rule, 'z-first');
  assert.equal(plan(rules(route('b'), route('a')), request()).rule, 'a');
  assert.equal(plan(rules(route('a', { enabled: false })), request()).rule, null);
});

test('all conditions must hold, or any where that is chosen; a tag rule is seen by conditions', () => {
  const conditions = [
    { type: 'model', value: 'gpt-4o' },
    { type: 'tag', value: 'team=core' },
  ];
  assert.equal(plan(rules(route('r', { conditions })), request()).rule, null);
  assert.equal(plan(rules(route('r', { conditions, match: 'any' })), request()).rule, 'r');
  const tagged = rules(tagRule('t', 'agent', 'team=core'), route('r', { conditions }));
  assert.equal(plan(tagged, request()).rule, 'r');
});

test('a rule for one API leaves the other alone, and a request without a model is not routed', () => {
  const set = rules(route('r', { api: 'anthropic' }));
  assert.equal(plan(set, request()).model, 'gpt-4o');
  assert.equal(plan(rules(route('r'), experiment('e')), request({ model: null })).model, null);
});

test('a test splits only what no rule has changed, and only the tested models', () => {
  assert.equal(plan(rules(route('r'), experiment('e')), request()).experiment, null);
  assert.equal(plan(rules(experiment('e')), request({ model: 'gpt-5' })).experiment, null);
  assert.equal(plan(rules(experiment('e', { anyModel: true })), request({ model: 'gpt-5' })).experiment, 'e');
  assert.equal(plan(rules(experiment('e', { app: 'other' })), request()).experiment, null);
  assert.equal(plan(rules(experiment('e', { state: 'paused' })), request()).experiment, null);
});

test("a replay's questions enter no test, unless it is for them", () => {
  const replayed = request({ app: REPLAY_APP });
  const verdicts: (string | null)[] = [];
  const trace = {
    tagRule() {},
    route() {},
    experiment: (_: unknown, verdict: string | null) => verdicts.push(verdict),
  };
  assert.equal(plan(rules(experiment('e', { split: 100 })), replayed, trace).model, 'gpt-4o');
  assert.match(verdicts[0] ?? '', /replays, suites and their judges enter no test/);
  assert.equal(plan(rules(experiment('e', { anyModel: true })), replayed).experiment, null);
  assert.equal(plan(rules(experiment('e', { app: REPLAY_APP })), replayed).experiment, 'e');
});

test('a test of a tag takes requests that have its facets among others', () => {
  const set = rules(experiment('e', { tag: 'team=growth' }));
  assert.equal(plan(set, request({ tag: 'feature=search,team=growth' })).experiment, 'e');
  assert.equal(plan(set, request({ tag: 'team=core' })).experiment, null);
});

test('a session stays with its variant, and the split is the share of variant b', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.uuid(), fc.uuid(), (session, id, otherId) => {
      const set = rules(experiment('e'));
      const one = plan(set, request({ session, id }));
      assert.equal(plan(set, request({ session, id: otherId })).variant, one.variant);
    }),
  );
  for (const split of [0, 10, 50, 100]) {
    const set = rules(experiment('e', { split }));
    const count = 4000;
    let b = 0;
    for (let index = 0; index < count; index += 1)
      if (plan(set, request({ session: `s${index}` })).variant === 'b') b += 1;
    // Four standard deviations of a fair draw.
    const slack = 4 * Math.sqrt((split / 100) * (1 - split / 100) * count);
    assert.ok(Math.abs(b - (count * split) / 100) <= slack, `${b} of ${count} at ${split} %`);
  }
});

test('two tests over the same traffic are independent of each other', () => {
  const counts = new Map<string, number>();
  for (let index = 0; index < 4000; index += 1) {
    const session = `s${index}`;
    const one = plan(rules(experiment('one')), request({ session })).variant;
    const two = plan(rules(experiment('two')), request({ session })).variant;
    counts.set(`${one}${two}`, (counts.get(`${one}${two}`) ?? 0) + 1);
  }
  for (const pair of ['aa', 'ab', 'ba', 'bb'])
    assert.ok(Math.abs((counts.get(pair) ?? 0) - 1000) < 4 * Math.sqrt(750), `${pair}: ${counts.get(pair)}`);
});

test('a rule that this version cannot read is left out and reported', () => {
  const warnings: string[] = [];
  const broken = route('broken', { conditions: [{ type: 'weather', value: 'rain' }] });
  const set = ruleSetOf(1, [broken, route('good')], (message) => warnings.push(message));
  assert.deepEqual(
    set.routes.map((rule) => rule.name),
    ['good'],
  );
  assert.match(warnings[0] ?? '', /The route rule "broken" is left out: condition "weather"/);
});
