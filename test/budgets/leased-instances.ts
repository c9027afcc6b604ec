// Several instances of one database that lease parts of one hard budget, and that database, in one process: what happens
// to them, and in which order, is the test's.

import assert from 'node:assert/strict';
import { parseBudget } from '../../src/ledger/book/budget-request.ts';
import type { Budget } from '../../src/ledger/budget.ts';
import { LeaseDesk } from '../../src/ledger/leases/lease-desk.ts';
import { LeaseHand } from '../../src/ledger/leases/lease-hand.ts';
import type { LeaseAnswer, LeaseAsk, MemberFigures } from '../../src/ledger/leases/lease-ports.ts';
import type {
  InstanceRow,
  LeasePlace,
  LeaseRow,
  LeaseRows,
  LeaseStore,
  SpentBy,
  Window,
} from '../../src/ledger/leases/lease-store.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { periodAt } from '../../src/ledger/period.ts';
import type { Reservation } from '../../src/ledger/reservation.ts';

export const LIMIT = 500;
const START_MS = Date.UTC(2026, 10, 26, 10, 59, 0);
export const BUDGET = parseBudget(
  { limit: '0.0000005', name: 'shared', period: 'hourly' },
  { id: 'b', webhookSecret: '', createdAtMs: 0 },
);
/** The same for each session by itself. */
export const EACH = { ...BUDGET, per: 'session' } as const;
export const SESSIONS = ['first', 'second'] as const;
export const INSTANCES = 3;

interface Kept {
  readonly id: string;
  readonly instance: string;
  readonly run: string;
  readonly session: string;
  readonly atMs: number;
  /** What it reserved, then what it cost. */
  nanoUsd: number;
  isOpen: boolean;
  /** The database has it. */
  isIn: boolean;
}

/** How a lease must not be made. */
export type Fault =
  | 'none'
  | 'expiry gives money back'
  | 'tells before it gives back'
  | 'drops a lease before its records are in';

export class World implements LeaseStore {
  nowMs = START_MS;
  readonly fault: Fault;
  readonly budget: Budget;
  readonly kept: Kept[] = [];
  readonly desk = new LeaseDesk(this);
  readonly instances = Array.from({ length: INSTANCES }, (_, index) => new Instance(this, `i${index}`));
  #instances: InstanceRow[] = [];
  #leases: LeaseRow[] = [];
  #windows: Window[] = [];

  constructor(fault: Fault, budget: Budget) {
    this.fault = fault;
    this.budget = budget;
  }

  async memberFigures(): Promise<MemberFigures> {
    return { known: 0, usedUp: 0, most: null };
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
      memberLeases: async (budgetKey) => this.#membersOf(budgetKey),
      memberSums: async () => [],
      unmet: async () => this.#leases.filter(({ isUnmet }) => isUnmet),
      putLeases: async (rows) => {
        this.#leases = [...this.#leases.filter((row) => !rows.some((r) => isSamePlace(r, row))), ...rows];
      },
      removeLeases: async (places) => {
        this.#leases = this.#leases.filter((row) => !places.some((place) => isSamePlace(place, row)));
      },
      windows: async () => this.#windows,
      putWindow: async (window) => {
        if (this.#windows.some(({ key, startMs }) => key === window.key && startMs === window.startMs))
          return false;
        this.#windows = [...this.#windows, window];
        return true;
      },
      forgetBefore: async () => {},
      spentBy: async (window) => this.#recorded(window, () => true),
      spentByMembers: async (window, names) =>
        names.flatMap((name) =>
          this.#recorded(window, ({ session }) => session === name).map((spent) => ({ ...spent, name })),
        ),
    });
  }

  #membersOf(budgetKey: string): readonly LeaseRow[] {
    return this.#leases.filter(({ key }) => key.startsWith(`${budgetKey}/`)).map((row) => this.#asRead(row));
  }

  #recorded({ startMs, endMs }: Window, isTheirs: (kept: Kept) => boolean): readonly SpentBy[] {
    const sums = new Map<string, number>();
    for (const each of this.kept.filter(isTheirs))
      if (each.isIn && each.atMs >= startMs && each.atMs < endMs)
        sums.set(each.instance, (sums.get(each.instance) ?? 0) + each.nanoUsd);
    return [...sums].map(([instance, nanoUsd]) => ({ instance, nanoUsd }));
  }

  /** The wrong lease: who is not heard of loses what it did not say that it used. */
  #asRead(row: LeaseRow): LeaseRow {
    const seenAtMs = this.#instances.find(({ id }) => id === row.instance)?.seenAtMs ?? 0;
    if (this.fault !== 'expiry gives money back' || this.nowMs - seenAtMs < 10_000 || row.instance === '')
      return row;
    return { ...row, grantedNanoUsd: row.spentNanoUsd + row.reservedNanoUsd };
  }

  check(): void {
    const places = new Map<string, number>();
    for (const { atMs, nanoUsd, session } of this.kept) {
      const { startMs } = periodAt('hourly', atMs, 'UTC');
      const place = `${new Date(startMs).toISOString()}${this.budget.per === undefined ? '' : `, ${session}`}`;
      places.set(place, (places.get(place) ?? 0) + nanoUsd);
    }
    for (const [place, sum] of places)
      assert.ok(sum <= LIMIT, `${sum} of ${LIMIT} were let through in the hour ${place}`);
  }
}

const isSamePlace = (one: LeasePlace, other: LeasePlace): boolean =>
  one.key === other.key && one.startMs === other.startMs && one.instance === other.instance;

export class Instance {
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
      bounds: { heldMax: 0, droppedAfterMs: 0 },
    });
    this.#ask = this.#answer = null;
    this.isUp = true;
    await world.desk.registerInstance(instance);
    await this.configure([world.budget]);
  }

  /** The user has changed something; what was set before stays. */
  async configure(budgets: readonly Budget[]): Promise<void> {
    if (!this.isUp) return;
    const world = this.#world;
    await this.#ledger.configure({ budgets, kills: [] }, async (queries) =>
      queries.map(({ fromMs, toMs, own }) => {
        const isOwn = ({ instance, run, atMs }: Kept): boolean =>
          instance === this.name && atMs >= fromMs && atMs < (run === `${this.#runs}` ? toMs : own!.untilMs);
        const spent = (isTheirs: (kept: Kept) => boolean) => ({
          costNanoUsd: world.kept
            .filter((kept) => isOwn(kept) && isTheirs(kept))
            .reduce((sum, { nanoUsd }) => sum + nanoUsd, 0),
          ...{ reservedNanoUsd: 0, unpricedRequests: 0, overrunNanoUsd: 0 },
        });
        const shares = SESSIONS.map((share) => ({ share, ...spent(({ session }) => session === share) }));
        return { ...spent(() => true), shares };
      }),
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

  /** As a server that is told to end: everything is recorded before it says so. */
  async stop(): Promise<void> {
    if (!this.isUp || this.#ask !== null) return;
    for (const { reservation, kept } of this.#open.splice(0)) {
      kept.isOpen = false;
      this.#ledger.settle(reservation, kept.nanoUsd);
    }
    this.load();
    await this.#world.desk.exchangeLeases(this.#hand.ask(true, [], true));
    this.isUp = false;
  }

  /** Lets go of members of which nothing is out. */
  async drop(): Promise<void> {
    if (!this.isUp || this.#ask !== null) return;
    const members = this.#hand.toDrop();
    if (this.#world.fault !== 'drops a lease before its records are in') this.load();
    this.#hand.take(await this.#world.desk.exchangeLeases(this.#hand.ask(false, members)));
  }

  skew(ms: number): void {
    this.#skewMs = ms;
  }

  reserve(worst: number, share: number, session: string = SESSIONS[0]): void {
    if (!this.isUp) return;
    const id = `${this.name}-${this.#world.kept.length}`;
    const least = Math.ceil(worst * share);
    const { reservation } = this.#ledger.reserve({
      ...{
        id,
        facets: { app: 'a', model: 'm', tag: null, session },
        worstCostNanoUsd: worst,
        leastCostNanoUsd: least,
        subject: 'it',
      },
    });
    if (reservation === null) return;
    const { reservedAtMs: atMs, reservedNanoUsd: nanoUsd } = reservation;
    const kept = {
      ...{ id, instance: this.name, run: `${this.#runs}`, session, atMs, nanoUsd },
      ...{ isOpen: true, isIn: false },
    };
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
