// Several instances of one database race for one hard budget, in any order of events: asks, answers that come late or
// never, crashes, restarts, pauses, clocks that jump. What they let through together is summed after each.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseBudget } from './budget-request.ts';
import { type InstanceRow, LeaseDesk, type LeaseRow, type LeaseRows, type LeaseStore } from './lease-desk.ts';
import { LeaseHand } from './lease-hand.ts';
import type { LeaseAnswer, LeaseAsk, LeaseWindow } from './lease-ports.ts';
import { Ledger } from './ledger.ts';
import { periodAt } from './period.ts';
import type { Reservation } from './reservation.ts';

const LIMIT = 500;
const START_MS = Date.UTC(2026, 10, 26, 10, 59, 0);
const HOUR_MS = 3_600_000;
const BUDGET = parseBudget(
  { limit: '0.0000005', name: 'shared', period: 'hourly' },
  { id: 'b', webhookSecret: '', createdAtMs: 0 },
);
const FACETS = { app: 'a', model: 'm', tag: null };
const INSTANCES = 3;

interface Kept {
  readonly id: string;
  readonly instance: string;
  readonly run: string;
  readonly atMs: number;
  /** What it reserved, then what it cost. */
  nanoUsd: number;
  isOpen: boolean;
  /** The database has it. */
  isIn: boolean;
}

/** How a lease must not be made. */
type Fault = 'none' | 'expiry gives money back' | 'tells before it gives back';

class World implements LeaseStore {
  nowMs = START_MS;
  readonly fault: Fault;
  readonly kept: Kept[] = [];
  readonly desk = new LeaseDesk(this);
  readonly instances = Array.from({ length: INSTANCES }, (_, index) => new Instance(this, `i${index}`));
  #instances: InstanceRow[] = [];
  #leases: LeaseRow[] = [];
  #windows: Pick<LeaseWindow, 'key' | 'startMs' | 'endMs' | 'scope'>[] = [];

  constructor(fault: Fault) {
    this.fault = fault;
  }

  transaction<T>(work: (rows: LeaseRows) => Promise<T>): Promise<T> {
    return work({
      now: async () => ({ nowMs: this.nowMs, rulesVersion: 1 }),
      instances: async () => this.#instances,
      putInstance: async (row) => {
        this.#instances = [...this.#instances.filter(({ id }) => id !== row.id), row];
      },
      leases: async (keys) =>
        this.#leases.filter(({ key }) => keys.includes(key)).map((row) => this.#asRead(row)),
      putLeases: async (rows) => {
        const isNew = (row: LeaseRow): boolean =>
          !rows.some((r) => r.key === row.key && r.startMs === row.startMs && r.instance === row.instance);
        this.#leases = [...this.#leases.filter(isNew), ...rows];
      },
      windows: async () => this.#windows,
      putWindow: async (window) => {
        this.#windows = [...this.#windows, window];
      },
      forgetBefore: async () => {},
      spentBy: async ({ startMs, endMs }) => {
        const sums = new Map<string, number>();
        for (const { instance, atMs, nanoUsd, isIn } of this.kept)
          if (isIn && atMs >= startMs && atMs < endMs)
            sums.set(instance, (sums.get(instance) ?? 0) + nanoUsd);
        return [...sums].map(([instance, nanoUsd]) => ({ instance, nanoUsd }));
      },
    });
  }

  /** The wrong lease: who is not heard of loses what it did not say that it used. */
  #asRead(row: LeaseRow): LeaseRow {
    const seenAtMs = this.#instances.find(({ id }) => id === row.instance)?.seenAtMs ?? 0;
    if (this.fault !== 'expiry gives money back' || this.nowMs - seenAtMs < 10_000 || row.instance === '')
      return row;
    return { ...row, grantedNanoUsd: row.spentNanoUsd + row.reservedNanoUsd };
  }

  check(): void {
    const periods = new Map<number, number>();
    for (const { atMs, nanoUsd } of this.kept) {
      const { startMs } = periodAt('hourly', atMs, 'UTC');
      periods.set(startMs, (periods.get(startMs) ?? 0) + nanoUsd);
    }
    for (const [startMs, sum] of periods)
      assert.ok(
        sum <= LIMIT,
        `${sum} of ${LIMIT} were let through in the hour ${new Date(startMs).toISOString()}`,
      );
  }
}

class Instance {
  readonly name: string;
  readonly #world: World;
  #runs = 0;
  #skewMs = 0;
  #ledger!: Ledger;
  #hand!: LeaseHand;
  #open: { readonly reservation: Reservation; readonly kept: Kept }[] = [];
  #ask: { ask: LeaseAsk; slice: number | null } | null = null;
  #answer: LeaseAnswer | null = null;
  isUp = false;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  async start(): Promise<void> {
    if (this.isUp) return;
    const world = this.#world;
    // All that an earlier process left behind is taken in first.
    for (const kept of world.kept) if (kept.instance === this.name) kept.isIn = true;
    const instance = { id: this.name, run: `${++this.#runs}`, host: 'h', version: '1' };
    const clock = { now: () => world.nowMs + this.#skewMs, monotonicMs: () => world.nowMs };
    this.#ledger = new Ledger({
      clock,
      timeZone: 'UTC',
      unknownPrice: 'block',
      onThreshold: () => {},
      isLeased: true,
    });
    this.#hand = new LeaseHand({
      ...{ ledger: this.#ledger, instance, monotonicMs: clock.monotonicMs, rulesVersion: () => 1 },
    });
    this.#ask = this.#answer = null;
    this.isUp = true;
    await world.desk.registerInstance(instance);
    await this.#ledger.configure({ budgets: [BUDGET], kills: [] }, async (queries) =>
      queries.map(({ fromMs, toMs, own }) => ({
        costNanoUsd: world.kept
          .filter(({ instance: whose }) => whose === this.name)
          .filter(({ run, atMs }) => atMs >= fromMs && atMs < (run === instance.run ? toMs : own!.untilMs))
          .reduce((sum, { nanoUsd }) => sum + nanoUsd, 0),
        ...{ reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 },
      })),
    );
  }

  crash(): void {
    this.isUp = false;
    for (const { kept } of this.#open) kept.isOpen = false;
    this.#open = [];
  }

  /** The operator's command on the folder of a process that has ended. */
  async release(): Promise<void> {
    if (this.isUp) return;
    for (const kept of this.#world.kept) if (kept.instance === this.name) kept.isIn = true;
    const run = await this.#world.desk.runOf(this.name);
    if (run !== null) await this.#world.desk.releaseEnded(this.name, run);
  }

  skew(ms: number): void {
    this.#skewMs = ms;
  }

  reserve(worst: number, share: number): void {
    if (!this.isUp) return;
    const id = `${this.name}-${this.#world.kept.length}`;
    const least = Math.ceil(worst * share);
    const { reservation } = this.#ledger.reserve({
      ...{ id, facets: FACETS, worstCostNanoUsd: worst, leastCostNanoUsd: least, subject: 'it' },
    });
    if (reservation === null) return;
    const { reservedAtMs: atMs, reservedNanoUsd: nanoUsd } = reservation;
    const kept = { id, instance: this.name, run: `${this.#runs}`, atMs, nanoUsd, isOpen: true, isIn: false };
    this.#world.kept.push(kept);
    this.#open.push({ reservation, kept });
  }

  grow(pick: number, more: number): void {
    const picked = this.#open[pick % Math.max(1, this.#open.length)];
    if (picked === undefined) return;
    this.#ledger.grow(picked.reservation, picked.kept.nanoUsd + more, picked.kept.nanoUsd + 2 * more);
    picked.kept.nanoUsd = picked.reservation.reservedNanoUsd;
  }

  settle(pick: number, share: number): void {
    const [picked] = this.#open.splice(pick % Math.max(1, this.#open.length), 1);
    if (picked === undefined) return;
    picked.kept.nanoUsd = Math.floor(picked.kept.nanoUsd * share);
    picked.kept.isOpen = false;
    this.#ledger.settle(picked.reservation, picked.kept.nanoUsd);
  }

  load(): void {
    for (const kept of this.#world.kept) if (kept.instance === this.name) kept.isIn = true;
  }

  ask(): void {
    if (!this.isUp || this.#ask !== null) return;
    const [sums] = this.#ledger.leasedSums();
    const before = sums?.sliceNanoUsd ?? null;
    this.#ask = { ask: this.#hand.ask(), slice: before };
    if (this.#world.fault === 'tells before it gives back' && sums !== undefined && before !== null)
      sums.sliceNanoUsd = before;
  }

  async serve(): Promise<void> {
    if (!this.isUp || this.#ask === null || this.#answer !== null) return;
    this.#answer = await this.#world.desk.exchangeLeases(this.#ask.ask);
  }

  deliver(): void {
    if (!this.isUp || this.#answer === null) return;
    this.#hand.take(this.#answer);
    this.#ask = this.#answer = null;
  }

  /** The connection broke: before the database did anything, or before its answer came. */
  lose(): void {
    this.#ask = this.#answer = null;
  }
}

type Step = (world: World) => void | Promise<void>;
const at = (world: World, index: number): Instance => world.instances[index] as Instance;
const whose = fc.nat(INSTANCES - 1);
const amount = fc.integer({ min: 1, max: 300 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const pick = fc.nat(9);
const exchange = async (instance: Instance): Promise<void> => {
  instance.ask();
  await instance.serve();
  instance.deliver();
};

/** As a client does that waits: it asks, the instance gets more, it asks again. */
const work = async (instance: Instance, worst: number): Promise<void> => {
  instance.reserve(worst, 1);
  await exchange(instance);
  instance.reserve(worst, 1);
};

/** fast-check tells of a failed property with its reason as the cause. */
const overspent = (error: Error): boolean =>
  /of 500 were let through/.test(error.cause instanceof Error ? error.cause.message : error.message);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(whose, amount).map(
      ([i, worst]): Step =>
        (w) =>
          work(at(w, i), worst),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(whose, amount, share).map(
      ([i, worst, part]): Step =>
        (w) =>
          at(w, i).reserve(worst, part),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(whose, pick, share).map(
      ([i, p, part]): Step =>
        (w) =>
          at(w, i).settle(p, part),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(whose, pick, amount).map(
      ([i, p, more]): Step =>
        (w) =>
          at(w, i).grow(p, more),
    ),
  },
  {
    weight: 4,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          exchange(at(w, i)),
    ),
  },
  {
    weight: 2,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).ask(),
    ),
  },
  {
    weight: 2,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).serve(),
    ),
  },
  {
    weight: 2,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).deliver(),
    ),
  },
  {
    weight: 1,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).lose(),
    ),
  },
  {
    weight: 1,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).crash(),
    ),
  },
  {
    weight: 2,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).start(),
    ),
  },
  {
    weight: 1,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).release(),
    ),
  },
  {
    weight: 1,
    arbitrary: whose.map(
      (i): Step =>
        (w) =>
          at(w, i).load(),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(100, 3000, 15_000, 45_000).map(
      (ms): Step =>
        (w) => {
          w.nowMs += ms;
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(whose, fc.constantFrom(-HOUR_MS, 0, HOUR_MS)).map(
      ([i, ms]): Step =>
        (w) =>
          at(w, i).skew(ms),
    ),
  },
);

function racing(fault: Fault, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
    const world = new World(fault);
    for (const instance of world.instances) await instance.start();
    for (const each of steps) {
      await each(world);
      world.check();
    }
  });
  return fc.assert(property, { numRuns, ...(fault === 'none' ? {} : { seed: 7, endOnFailure: true }) });
}

test('instances never let through more than a shared hard budget, whatever happens in whatever order', async () => {
  await racing('none', Number(process.env.TOKENWATCH_TEST_LEASE_RUNS ?? 600));
});

test('the same race finds out a lease that expires by time', async () => {
  await assert.rejects(racing('expiry gives money back', 5000), overspent);
});

/** One instance has a large slice and rests; it gives back while another one asks, and is busy again before it is told. */
async function givingBack(fault: Fault): Promise<void> {
  const world = new World(fault);
  const [first, second] = [at(world, 0), at(world, 1)];
  await first.start();
  await second.start();
  for (let round = 0; round < 4; round += 1) {
    first.reserve(50, 1);
    await exchange(first);
    first.reserve(50, 1);
    first.settle(0, 0);
    world.nowMs += 200;
  }
  world.nowMs += 5000;
  first.ask();
  await first.serve();
  for (let round = 0; round < 12; round += 1) {
    second.reserve(50, 1);
    await exchange(second);
    second.reserve(50, 1);
  }
  for (let round = 0; round < 12; round += 1) {
    first.reserve(50, 1);
    world.check();
  }
}

test('what is given back is taken off before it is told', async () => {
  await givingBack('none');
  await assert.rejects(givingBack('tells before it gives back'), overspent);
});
