// The ledger against a model that is too simple to be wrong: a list of records that is summed anew each time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { budgetList, START_MS, type Step, step } from '../../test/budgets/ledger-steps.ts';
import { type Budget, limitAt } from './budget.ts';
import { Ledger } from './ledger.ts';
import { periodAt } from './period.ts';
import type { SpendQuery, SpentSoFar } from './ports.ts';
import type { Reservation } from './reservation.ts';
import { type RequestFacets, scopeCharges, scopeMatches } from './scope-matcher.ts';

const TIME_ZONE = 'Europe/Berlin';

interface ModelRecord {
  readonly id: string;
  readonly facets: RequestFacets;
  readonly atMs: number;
  reserved: number;
  cost: number | null;
  /** The model that answered, once it has. */
  answeredBy: string | null;
}

/** What is still answered may be by any of the models that it names; what has been is charged by those that it was. */
const concerns = (scope: Budget['scope'], { facets, cost, answeredBy }: ModelRecord): boolean =>
  cost === null ? scopeMatches(scope, facets) : scopeCharges(scope, facets, answeredBy);

/** The system: a ledger, what the store holds, and a configuration that may be half loaded. */
class World {
  nowMs = START_MS;
  records: ModelRecord[] = [];
  open = new Map<string, Reservation>();
  ledger: Ledger;
  configured: readonly Budget[] = [];
  /** Set while a configuration waits for the store. */
  loading: { readonly budgets: readonly Budget[]; readonly finish: () => Promise<void> } | null = null;
  #ids = 0;

  constructor() {
    this.ledger = this.#newLedger();
  }

  #newLedger(): Ledger {
    const clock = { now: () => this.nowMs, monotonicMs: () => this.nowMs };
    return new Ledger({ clock, timeZone: TIME_ZONE, unknownPrice: 'allow', onThreshold: () => {} });
  }

  answer(queries: readonly SpendQuery[]): readonly SpentSoFar[] {
    return queries.map(({ scope, fromMs, toMs, unsettledIds, per = null }) => {
      const records = this.records
        .filter((r) => r.atMs >= fromMs && r.atMs < toMs && scopeCharges(scope, r.facets, r.answeredBy))
        .filter((r) => !unsettledIds.includes(r.id));
      const spentBy = (of: readonly ModelRecord[]) => ({
        costNanoUsd: of.reduce((sum, r) => sum + (r.cost ?? 0), 0),
        reservedNanoUsd: 0,
        unpricedRequests: 0,
        overrunNanoUsd: 0,
      });
      if (per === null) return spentBy(records);
      const each = Map.groupBy(records, ({ facets }) => facets[per] ?? null);
      return { ...spentBy(records), shares: [...each].map(([share, of]) => ({ share, ...spentBy(of) })) };
    });
  }

  /** What the budget's current period holds, from the records alone. */
  held(budget: Budget, whose: RequestFacets): { spent: number; reserved: number } {
    const { startMs, endMs } = periodAt(budget.period, this.nowMs, TIME_ZONE);
    const { per = null } = budget;
    const mine = this.records.filter(
      (r) =>
        r.atMs >= startMs &&
        r.atMs < endMs &&
        concerns(budget.scope, r) &&
        (per === null || (r.facets[per] ?? null) === (whose[per] ?? null)),
    );
    return {
      spent: mine.reduce((sum, r) => sum + (r.cost ?? 0), 0),
      reserved: mine.reduce((sum, r) => sum + (r.cost === null ? r.reserved : 0), 0),
    };
  }

  arrive(facets: RequestFacets, worst: number): void {
    const id = `r${++this.#ids}`;
    const fits = this.configured
      .filter((budget) => budget.action === 'block' && scopeMatches(budget.scope, facets))
      .every((budget) => {
        const { spent, reserved } = this.held(budget, facets);
        return worst === 0 || spent + reserved + worst <= limitAt(budget, this.nowMs);
      });
    const { reservation } = this.ledger.reserve({ id, facets, worstCostNanoUsd: worst, subject: 'it' });
    assert.equal(reservation !== null, fits, `the ledger's decision on ${worst} differs from the model's`);
    if (reservation === null) return;
    this.open.set(id, reservation);
    this.records.push({
      id,
      facets,
      atMs: reservation.reservedAtMs,
      reserved: worst,
      cost: null,
      answeredBy: null,
    });
    // The ledger moves its time a little past each configuration; the model's time follows in whole seconds,
    // so that the two never lie on different sides of a period's turn.
    this.nowMs = Math.max(this.nowMs, Math.ceil(reservation.reservedAtMs / 1000) * 1000);
  }

  /** What the hard budgets of such a request have left, by the records. */
  room(facets: RequestFacets): number {
    const rooms = this.configured
      .filter((budget) => budget.action === 'block' && scopeMatches(budget.scope, facets))
      .map((budget) => {
        const { spent, reserved } = this.held(budget, facets);
        return limitAt(budget, this.nowMs) - spent - reserved;
      });
    return Math.min(Number.POSITIVE_INFINITY, ...rooms);
  }

  /** A stream that begins with less than it may come to. */
  stream(facets: RequestFacets, worst: number, share: number): void {
    const id = `r${++this.#ids}`;
    const least = Math.floor(worst * share);
    const room = this.room(facets);
    const { reservation } = this.ledger.reserve({
      ...{ id, facets, worstCostNanoUsd: worst, leastCostNanoUsd: least, subject: 'it' },
    });
    assert.equal(reservation !== null, least === 0 || least <= room);
    if (reservation === null) return;
    const reserved = Math.max(least, Math.min(worst, room));
    assert.equal(reservation.reservedNanoUsd, reserved);
    this.open.set(id, reservation);
    this.records.push({ id, facets, atMs: reservation.reservedAtMs, reserved, cost: null, answeredBy: null });
    this.nowMs = Math.max(this.nowMs, Math.ceil(reservation.reservedAtMs / 1000) * 1000);
  }

  /** It takes more than it holds: all of it, or as much as there is, or it is to be cut. */
  grow(pick: number, needed: number, more: number): void {
    const [id, reservation] = [...this.open][pick % Math.max(1, this.open.size)] ?? [];
    const record = this.records.find((candidate) => candidate.id === id);
    // While a configuration loads, the ledger looks at budgets of which the model knows nothing yet.
    if (reservation === undefined || record === undefined || this.loading !== null) return;
    // Nor of what a budget held in a period that has ended, if it was there at all.
    const turned = this.configured.some(
      ({ period }) => record.atMs < periodAt(period, this.nowMs, TIME_ZONE).startMs,
    );
    if (turned) return;
    const room = this.room(record.facets);
    const wanted = record.reserved + needed + more;
    const refusal = this.ledger.grow(reservation, record.reserved + needed, wanted);
    assert.equal(refusal !== null, needed > 0 && needed > room);
    if (refusal === null) record.reserved += Math.min(needed + more, Math.max(0, room));
    assert.equal(reservation.reservedNanoUsd, record.reserved);
  }

  settle(pick: number, share: number, answeredBy: string | null): void {
    const ids = [...this.open.keys()];
    const id = ids[pick % ids.length];
    const record = this.records.find((candidate) => candidate.id === id);
    if (id === undefined || record === undefined) return;
    record.cost = Math.floor(record.reserved * share);
    const reservation = this.open.get(id)!;
    record.answeredBy = answeredBy;
    this.ledger.settle(reservation, record.cost, answeredBy);
    assert.throws(() => this.ledger.settle(reservation, 0), RangeError);
    this.open.delete(id);
  }

  async configure(budgets: readonly Budget[]): Promise<void> {
    if (this.loading !== null) await this.load();
    let resolve: (answer: readonly SpentSoFar[]) => void = () => {};
    let asked: readonly SpendQuery[] = [];
    const done = this.ledger.configure({ budgets, kills: [] }, (queries) => {
      asked = queries;
      return new Promise((settle) => {
        resolve = settle;
      });
    });
    if (asked.length === 0) {
      await done;
      this.configured = budgets;
      return;
    }
    this.loading = {
      budgets,
      // The store reads late: its records already hold what happened after the cut.
      finish: async () => {
        resolve(this.answer(asked));
        await done;
      },
    };
  }

  async load(): Promise<void> {
    if (this.loading === null) return;
    const { budgets, finish } = this.loading;
    this.loading = null;
    await finish();
    this.configured = budgets;
  }

  /** The process dies: requests in flight stay in the records at what they had reserved. */
  async kill(): Promise<void> {
    for (const record of this.records) record.cost ??= record.reserved;
    const budgets = this.loading?.budgets ?? this.configured;
    this.loading = null;
    this.open.clear();
    this.ledger = this.#newLedger();
    await this.ledger.configure({ budgets, kills: [] }, async (queries) => this.answer(queries));
    this.configured = budgets;
  }

  check(): void {
    const standings = this.ledger.standings();
    assert.deepEqual(
      standings.map(({ budget }) => budget),
      this.configured,
    );
    for (const standing of standings) {
      const { budget, share } = standing;
      const whose = { ...NOBODY, ...(budget.per && { [budget.per]: share }) };
      const { spent, reserved } = this.held(budget, whose);
      assert.equal(standing.spentNanoUsd, spent, `${standing.budget.name}: spent`);
      assert.equal(standing.reservedNanoUsd, reserved, `${standing.budget.name}: reserved`);
      assert.equal(standing.limitNanoUsd, limitAt(budget, this.nowMs), `${standing.budget.name}: limit`);
    }
  }
}

const NOBODY: RequestFacets = { app: '', model: null, tag: null };

async function take(world: World, next: Step): Promise<void> {
  if (next.kind === 'arrive') return world.arrive(next.facets, next.worst);
  if (next.kind === 'stream') return world.stream(next.facets, next.worst, next.share);
  if (next.kind === 'grow') return world.grow(next.pick, next.needed, next.more);
  if (next.kind === 'settle') return world.settle(next.pick, next.share, next.answeredBy);
  if (next.kind === 'configure') return world.configure(next.budgets);
  if (next.kind === 'load') return world.load();
  if (next.kind === 'kill') return world.kill();
  world.nowMs += next.seconds * 1000;
}

test('the ledger decides and holds exactly what the records say, through restarts, turns and changes', async () => {
  await fc.assert(
    fc.asyncProperty(
      budgetList,
      fc.array(step, { minLength: 30, maxLength: 120 }),
      async (budgets, steps) => {
        const world = new World();
        await world.configure(budgets);
        await world.load();
        for (const next of steps) {
          await take(world, next);
          world.check();
        }
        for (let left = world.open.size; left > 0; left -= 1) world.settle(0, 1, null);
        world.check();
        assert.ok(world.ledger.standings().every((standing) => standing.reservedNanoUsd === 0));
      },
    ),
    { numRuns: 600 },
  );
});

test('spent and reserved together never exceed a hard limit while requests cost no more than they reserved', async () => {
  await fc.assert(
    fc.asyncProperty(
      budgetList,
      fc.array(step, { minLength: 30, maxLength: 120 }),
      async (budgets, steps) => {
        const world = new World();
        // What a raise let through stays spent when it is over.
        await world.configure(budgets.map((budget) => ({ ...budget, raises: [] })));
        await world.load();
        for (const next of steps) {
          if (next.kind === 'configure') continue;
          await take(
            world,
            next.kind === 'settle' ? { ...next, share: Math.min(1, next.share), answeredBy: null } : next,
          );
          for (const { budget, spentNanoUsd, reservedNanoUsd } of world.ledger.standings()) {
            if (budget.action === 'block') assert.ok(spentNanoUsd + reservedNanoUsd <= budget.limitNanoUsd);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});
