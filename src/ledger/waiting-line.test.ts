import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { parseBudget } from './book/budget-request.ts';
import { Ledger } from './ledger.ts';
import type { ReserveAnswer, ReserveRequest } from './ledger-questions.ts';
import type { Reservation } from './reservation.ts';
import { WaitingLine } from './waiting-line.ts';

const NOTHING = { costNanoUsd: 0, reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 };
/** Dollars, of budgets for the application a, and for all. */
const LIMIT = 1_000_000_000;

class Bench {
  readonly ledger = new Ledger({
    clock: { now: () => 1_000, monotonicMs: () => 0 },
    timeZone: 'UTC',
    unknownPrice: 'allow',
    onThreshold: () => {},
  });
  readonly line: WaitingLine;
  readonly answers = new Map<string, ReserveAnswer>();
  /** In the order in which they were admitted. */
  readonly admitted: { readonly id: string; readonly reservation: Reservation }[] = [];

  constructor(waitMs = 3_600_000, lengthMax = 100) {
    this.line = new WaitingLine({ ledger: this.ledger, waitMs, lengthMax });
  }

  async start(): Promise<this> {
    const identity = { webhookSecret: 'whsec_AA', createdAtMs: 0 };
    const budgets = [
      parseBudget({ limit: '1', name: 'all', period: 'total' }, { ...identity, id: 'all' }),
      parseBudget({ limit: '0.5', name: 'a', period: 'total', app: 'a' }, { ...identity, id: 'a' }),
    ];
    await this.ledger.configure({ budgets, kills: [] }, async () => [NOTHING, NOTHING]);
    return this;
  }

  ask(id: string, cost: number, app = 'b', parts: Partial<ReserveRequest> = {}): (() => void) | null {
    const facets = { app, model: 'm', tag: null };
    const request = { id, facets, worstCostNanoUsd: cost, subject: '', ...parts };
    const take = (answer: ReserveAnswer): void => {
      assert.ok(!this.answers.has(id), `${id} is answered twice`);
      this.answers.set(id, answer);
      if (answer.refusal === null) this.admitted.push({ id, reservation: answer.reservation });
    };
    const answer = this.line.reserve(request);
    if (answer === null) return this.line.wait(request, take);
    take(answer);
    return null;
  }

  async end(id: string, cost: number): Promise<void> {
    const { reservation } = this.admitted.find((one) => one.id === id) ?? {};
    assert.ok(reservation);
    this.ledger.settle(reservation, cost);
    await turn();
  }

  get order(): string {
    return this.admitted.map(({ id }) => id).join(' ');
  }
}

test('who finds a budget held by others waits, and goes on in order when they end', async () => {
  const bench = await new Bench().start();
  for (const id of ['one', 'two', 'three']) bench.ask(id, 0.6 * LIMIT);
  bench.ask('small', 0.1 * LIMIT);
  assert.equal(bench.order, 'one');
  await bench.end('one', 0.1 * LIMIT);
  // The small one would have fitted long ago, and does not overtake.
  assert.equal(bench.order, 'one two');
  await bench.end('two', 0.1 * LIMIT);
  assert.equal(bench.order, 'one two three small');
});

test('who needs another budget, or nothing, does not wait', async () => {
  const bench = await new Bench().start();
  bench.ask('one', 0.4 * LIMIT, 'a');
  bench.ask('waits', 0.4 * LIMIT, 'a');
  bench.ask('other', 0.1 * LIMIT);
  bench.ask('free', 0, 'a');
  assert.equal(bench.order, 'one other free');
  assert.equal(bench.line.length, 1);
});

test('who waits is refused as soon as the money is gone', async () => {
  const bench = await new Bench().start();
  bench.ask('one', 0.6 * LIMIT);
  bench.ask('two', 0.6 * LIMIT);
  await bench.end('one', 0.6 * LIMIT);
  assert.equal(bench.answers.get('two')?.refusal?.code, 'budget_exceeded');
  assert.equal(bench.line.length, 0);
});

test('a kill switch reaches those who wait', async () => {
  const bench = await new Bench().start();
  bench.ask('one', 0.9 * LIMIT);
  bench.ask('two', 0.9 * LIMIT);
  const kill = { id: 'k', scope: { app: 'b', model: null, tag: null }, createdAtMs: 0 };
  await bench.ledger.configure({ budgets: [], kills: [kill] }, async () => []);
  await turn();
  assert.equal(bench.answers.get('two')?.refusal?.code, 'budget_killed');
});

test('who leaves lets those behind go on', async () => {
  const bench = await new Bench().start();
  bench.ask('one', 0.5 * LIMIT);
  const leave = bench.ask('two', 0.9 * LIMIT);
  bench.ask('three', 0.5 * LIMIT);
  assert.equal(bench.order, 'one');
  leave?.();
  await turn();
  assert.equal(bench.order, 'one three');
});

test('the wait ends by the clock, and a full line takes nobody', async () => {
  const bench = await new Bench(5, 1).start();
  bench.ask('one', 0.9 * LIMIT);
  bench.ask('two', 0.9 * LIMIT);
  assert.equal(bench.ask('three', 0.9 * LIMIT), null);
  assert.equal(bench.answers.get('three')?.refusal?.code, 'budget_busy');
  assert.equal(bench.answers.has('two'), false);
  while (bench.line.length > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(bench.answers.get('two')?.refusal?.code, 'budget_busy');
});

test('where nobody waits, all are answered at once', async () => {
  const bench = await new Bench(0).start();
  bench.ask('one', 0.9 * LIMIT);
  assert.equal(bench.ask('two', 0.9 * LIMIT), null);
  assert.equal(bench.answers.get('two')?.refusal?.code, 'budget_busy');
});

type Step =
  | { readonly ask: number; readonly app: 'a' | 'b' }
  | { readonly end: number; readonly share: number };

test('never over, in order, and nobody is left waiting when all have ended', async () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ ask: fc.integer({ min: 0, max: 0.7 * LIMIT }), app: fc.constantFrom('a', 'b') }),
    fc.record({ end: fc.nat(), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const bench = await new Bench().start();
      const arrived: { readonly id: string; readonly app: string; readonly cost: number }[] = [];
      const ended = new Set<string>();
      const end = async (pick: number, share: number): Promise<void> => {
        const open = bench.admitted.filter(({ id }) => !ended.has(id));
        const one = open[pick % Math.max(1, open.length)];
        if (one === undefined) return;
        ended.add(one.id);
        await bench.end(one.id, Math.floor(one.reservation.reservedNanoUsd * share));
      };
      for (const [index, next] of steps.entries()) {
        if ('ask' in next) {
          const id = `r${index}`;
          arrived.push({ id, app: next.app, cost: next.ask });
          bench.ask(id, next.ask, next.app);
        } else await end(next.end, next.share);
        for (const { spentNanoUsd, reservedNanoUsd, budget } of bench.ledger.standings())
          assert.ok(spentNanoUsd + reservedNanoUsd <= budget.limitNanoUsd);
      }
      for (let left = arrived.length; left > 0; left -= 1) await end(0, 0);
      assert.equal(bench.line.length, 0);
      assert.ok(arrived.every(({ id }) => bench.answers.has(id)));
      // What fell under the same budgets was admitted in the order in which it came.
      for (const app of ['a', 'b']) {
        const came = arrived.filter((one) => one.app === app && one.cost > 0).map(({ id }) => id);
        const went = bench.admitted.map(({ id }) => id).filter((id) => came.includes(id));
        assert.deepEqual(
          went,
          came.filter((id) => went.includes(id)),
        );
      }
    }),
    { numRuns: 200 },
  );
});
