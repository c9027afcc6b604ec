import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { baseUrlOf, defaultUpstream, type Upstream } from '../core/upstream.ts';
import { type CandidateQuestion, candidatesFor } from './candidates.ts';
import { FAILURES_TO_OPEN } from './circuit.ts';
import { Health } from './health.ts';

const FALLBACK = defaultUpstream('openai', baseUrlOf(new URL('https://api.example.com')));

function upstream(name: string, parts: Partial<Upstream> = {}): Upstream {
  const base = baseUrlOf(new URL(`https://${name}.example.com/v1`));
  return { ...FALLBACK, name, id: name, base, priority: 50, ...parts };
}

class Bench {
  nowMs = 1000;
  readonly health = new Health({
    clock: { now: () => this.nowMs, monotonicMs: () => this.nowMs },
    random: () => 0.5,
  });

  names(
    upstreams: readonly Upstream[],
    question: Partial<CandidateQuestion> = {},
    asksFallback = true,
  ): string[] {
    return this.ask(upstreams, question, asksFallback).map((candidate) => candidate.upstream.name);
  }

  ask(upstreams: readonly Upstream[], question: Partial<CandidateQuestion> = {}, asksFallback = true) {
    return candidatesFor(
      {
        api: 'openai',
        model: 'gpt-4o',
        draw: 'session',
        caller: () => 'me',
        isPortable: true,
        only: null,
        ...question,
      },
      {
        upstreams,
        fallback: FALLBACK,
        clientBase: FALLBACK.base,
        asksFallback,
        health: this.health,
        nowMs: this.nowMs,
      },
    );
  }

  open(which: Upstream, model: string | null = 'gpt-4o'): void {
    const circuit = this.health.circuit(which, model);
    for (let count = 0; count < FAILURES_TO_OPEN; count += 1)
      circuit.failed(circuit.begin(this.nowMs), this.nowMs);
  }
}

test('smaller priorities come first, and the one of the settings has its place among them', () => {
  const bench = new Bench();
  const first = upstream('first', { priority: 10 });
  const backup = upstream('backup', { priority: 200 });
  assert.deepEqual(bench.names([backup, first]), ['first', 'default', 'backup']);
  assert.deepEqual(bench.names([backup, first], {}, false), ['first', 'backup']);
});

test('only upstreams of the API and the model are asked; without one the settings decide', () => {
  const bench = new Bench();
  const claude = upstream('claude', { api: 'anthropic' });
  const llama = upstream('llama', {
    models: 'llama*',
    serves: (model) => model?.startsWith('llama') ?? false,
  });
  assert.deepEqual(bench.names([claude, llama], {}, false), ['default']);
  assert.deepEqual(bench.names([claude, llama], { model: 'llama-4' }, false), ['llama']);
  assert.deepEqual(bench.names([claude, llama], { model: null }, false), ['default']);
});

test('an open circuit goes behind, for its model only, and comes back as one trial', () => {
  const bench = new Bench();
  const [first, second] = [upstream('first', { priority: 1 }), upstream('second', { priority: 2 })];
  bench.open(first);
  assert.deepEqual(bench.names([first, second]), ['second', 'default', 'first']);
  assert.deepEqual(bench.names([first, second], { model: 'other' }), ['first', 'second', 'default']);
  bench.nowMs += 5000;
  assert.deepEqual(bench.names([first, second]), ['first', 'second', 'default']);
  bench.health.circuit(first, 'gpt-4o').begin(bench.nowMs);
  assert.deepEqual(bench.names([first, second]), ['second', 'default', 'first']);
});

test('one that asked for rest stands last and is marked, until its time has come', () => {
  const bench = new Bench();
  const [first, second] = [upstream('first', { priority: 1 }), upstream('second', { priority: 2 })];
  bench.open(second);
  bench.health.rest(first, 'gpt-4o', null, { untilMs: bench.nowMs + 500, status: 429 });
  const asked = bench.ask([first, second], {}, false);
  assert.deepEqual(
    asked.map((candidate) => [candidate.upstream.name, candidate.rest?.status ?? null]),
    [
      ['second', null],
      ['first', 429],
    ],
  );
  bench.nowMs += 500;
  assert.deepEqual(bench.names([first, second], {}, false), ['first', 'second']);
});

test("the rest that one client's key needs is not another's", () => {
  const bench = new Bench();
  bench.health.rest(FALLBACK, 'gpt-4o', 'me', { untilMs: bench.nowMs + 500, status: 429 });
  assert.equal(bench.ask([])[0]?.rest?.status, 429);
  assert.equal(bench.ask([], { caller: () => 'you' })[0]?.rest, null);
});

test('what belongs to an account always goes to the same upstream, whatever its health', () => {
  const bench = new Bench();
  const equals = ['b', 'a', 'c'].map((name) => upstream(name));
  bench.open(equals[1] as Upstream, null);
  for (const draw of ['one', 'two', 'three', 'four'])
    assert.deepEqual(bench.names(equals, { draw, isPortable: false, model: null }), ['a']);
});

test('an upstream with another origin gets no client key, unless that was said; one with a key of its own never', () => {
  const bench = new Bench();
  const key = { from: 'environment', name: 'KEY' } as const;
  const same = baseUrlOf(new URL('https://api.example.com/other'));
  const takes = (parts: Partial<Upstream>): boolean | undefined =>
    bench.ask([upstream('x', parts)])[0]?.takesClientKey;
  assert.equal(takes({}), false);
  assert.equal(takes({ base: same }), true);
  assert.equal(takes({ sendsClientKey: true }), true);
  assert.equal(takes({ base: same, key }), false);
  assert.equal(takes({ sendsClientKey: true, key }), false);
});

test('among equals the shares are those of the weights, and a draw is always the same', () => {
  const bench = new Bench();
  const weighted = [upstream('heavy', { weight: 3 }), upstream('light', { weight: 1 })];
  const draws = 4000;
  let heavy = 0;
  for (let count = 0; count < draws; count += 1) {
    const question = { draw: `request-${count}` };
    const [first] = bench.names(weighted, question);
    assert.equal(bench.names(weighted, question)[0], first);
    if (first === 'heavy') heavy += 1;
  }
  assert.ok(Math.abs(heavy / draws - 0.75) < 0.03, String(heavy / draws));
});

test('whatever is set and however it fares, each fitting upstream stands there once', () => {
  const one = fc.record({
    priority: fc.integer({ min: 0, max: 3 }),
    weight: fc.integer({ min: 1, max: 9 }),
    api: fc.constantFrom('anthropic' as const, 'openai' as const),
    isOpen: fc.boolean(),
    rests: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 8 }), fc.string(), fc.boolean(), (parts, draw, asksFallback) => {
      const bench = new Bench();
      const upstreams = parts.map((part, index) => upstream(`u${index}`, part));
      for (const [index, part] of parts.entries()) {
        if (part.isOpen) bench.open(upstreams[index] as Upstream);
        if (part.rests)
          bench.health.rest(upstreams[index] as Upstream, 'gpt-4o', null, {
            untilMs: bench.nowMs + 9,
            status: 429,
          });
      }
      const names = bench.names(upstreams, { draw }, asksFallback);
      const fitting = upstreams.filter(({ api }) => api === 'openai').map(({ name }) => name);
      const expected = asksFallback || fitting.length === 0 ? [...fitting, 'default'] : fitting;
      assert.deepEqual(names.toSorted(), expected.toSorted());
      const ranks = bench.ask(upstreams, { draw }, asksFallback).map((candidate) => {
        if (candidate.rest !== null) return 2;
        return candidate.state === 'open' ? 1 : 0;
      });
      assert.deepEqual(ranks, ranks.toSorted());
    }),
  );
});
