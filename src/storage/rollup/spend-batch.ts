// What budgets count, summed up as records are taken in: by the quarter of an hour, the hour and the day in which a
// request was paid for, and by whose it is; of each session by the hour. One addition to the store for each, however
// many records a batch held.

import type { Row } from '../rows/request-row.ts';
import { GRAINS_MS, SESSION_GRAINS_MS } from './grains.ts';

/** The hours and days of every time zone begin at a quarter of an hour. Stored by their length, the shortest first. */
export const SPEND_GRAINS_MS: readonly number[] = GRAINS_MS.slice(1);
/** Sessions come and go within hours: days of them would be as many, and quarters more. */
export const SESSION_SPEND_GRAIN_MS = SESSION_GRAINS_MS[0] as number;

/** Whose spending it is; `model_sent` is what was asked for where nothing else was sent. */
export const SPEND_KEY_COLUMNS = [
  'app',
  'user_name',
  'access_key',
  'tag',
  'model_sent',
  'model_used',
] as const;
export const SPEND_COLUMNS = ['cost_nano_usd', 'unpriced', 'overrun_nano_usd'] as const;

export interface SpendSum {
  readonly grainMs: number;
  readonly bucketMs: number;
  /** A JSON array, in the order of `SPEND_KEY_COLUMNS`. */
  readonly key: string;
  /** In the order of `SPEND_COLUMNS`. */
  readonly sums: number[];
}

export interface SessionSpend {
  readonly hourMs: number;
  /** The empty text for the requests without one. */
  readonly session: string;
  readonly key: string;
  readonly sums: number[];
}

const [QUARTER_MS = 0] = SPEND_GRAINS_MS;

type SumsByTime = Map<number, number[]>;

/** What is of one key. */
interface Spending {
  /** Of the shortest grain; the others are made of them. */
  readonly quarters: SumsByTime;
  readonly sessions: Map<string, SumsByTime>;
}

export class SpendBatch {
  readonly #keys = new Map<string, Spending>();

  /** `count` is 1 for a record that has ended, -1 for what it was before. */
  add(row: Row, count: 1 | -1): void {
    const cost = row.cost_nano_usd ?? null;
    const reserved = row.reserved_nano_usd ?? null;
    if (cost === null ? row.outcome === 'refused' : cost === 0) return;
    const overrun = cost === null || reserved === null ? 0 : Math.max(Number(cost) - Number(reserved), 0);
    const whose = { ...row, model_sent: row.model_sent ?? row.model_requested ?? null };
    this.addSums(whose, Number(row.reserved_at_ms ?? row.started_at_ms), [
      count * Number(cost ?? row.list_cost_nano_usd ?? 0),
      count * Number(cost === null),
      count * overrun,
    ]);
  }

  /** Of `deleted_spend`. */
  addRow(row: Row): void {
    const sums = SPEND_COLUMNS.map((name) => Number(row[name]));
    this.addSums(row, Number(row.paid_at_ms), sums);
  }

  addSums(whose: Row, paidAtMs: number, sums: readonly number[]): void {
    const key = JSON.stringify(SPEND_KEY_COLUMNS.map((column) => whose[column] ?? null));
    const { quarters, sessions } = known(this.#keys, key, () => ({
      quarters: new Map(),
      sessions: new Map(),
    }));
    addTo(quarters, bucketOf(paidAtMs, QUARTER_MS), sums);
    const hours = known(sessions, String(whose.session ?? ''), () => new Map<number, number[]>());
    addTo(hours, bucketOf(paidAtMs, SESSION_SPEND_GRAIN_MS), sums);
  }

  *all(): Generator<SpendSum> {
    for (const [key, { quarters }] of this.#keys) {
      for (const grainMs of SPEND_GRAINS_MS) {
        const buckets: SumsByTime = new Map();
        for (const [quarterMs, sums] of quarters) addTo(buckets, bucketOf(quarterMs, grainMs), sums);
        for (const [bucketMs, sums] of buckets) yield { grainMs, bucketMs, key, sums };
      }
    }
  }

  *sessions(): Generator<SessionSpend> {
    for (const [key, { sessions }] of this.#keys)
      for (const [session, hours] of sessions)
        for (const [hourMs, sums] of hours) yield { hourMs, session, key, sums };
  }
}

function known<K, V>(all: Map<K, V>, key: K, make: () => V): V {
  const found = all.get(key) ?? make();
  all.set(key, found);
  return found;
}

const bucketOf = (atMs: number, grainMs: number): number => Math.floor(atMs / grainMs) * grainMs;

function addTo(buckets: SumsByTime, bucketMs: number, sums: readonly number[]): void {
  const into = buckets.get(bucketMs);
  if (into === undefined) buckets.set(bucketMs, [...sums]);
  else
    for (let index = 0; index < sums.length; index += 1)
      into[index] = (into[index] ?? 0) + (sums[index] ?? 0);
}
