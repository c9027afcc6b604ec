// What the chapters of a fault run came to: counts, and what broke a promise. Bounded, however long the run.

import type { Chapter } from './chapter.ts';
import type { Ending, Evidence } from './evidence.ts';
import { PROMISES } from './promises.ts';

const EXAMPLES_MAX = 5;

interface Broken {
  count: number;
  readonly examples: string[];
}

export class Tally {
  readonly endings: Record<Ending, number> = { whole: 0, broken: 0, none: 0, left: 0, hung: 0 };
  readonly torments = new Map<string, number>();
  readonly broken = new Map<string, Broken>(
    PROMISES.map(({ name }): [string, Broken] => [name, { count: 0, examples: [] }]),
  );
  requests = 0;
  refused = 0;
  cached = 0;
  unkind = 0;
  explained = 0;
  arrivals = 0;
  records = 0;
  residentBytesMax = 0;

  /** What broke a promise in this chapter, by the promise's name. */
  add({ evidence, torments, residentBytesMax }: Chapter): ReadonlyMap<string, readonly string[]> {
    this.#count(evidence);
    for (const [name, done] of torments) this.torments.set(name, (this.torments.get(name) ?? 0) + done);
    this.residentBytesMax = Math.max(this.residentBytesMax, residentBytesMax);
    const broke = new Map<string, readonly string[]>();
    for (const { name, broken } of PROMISES) {
      const faults = broken(evidence);
      if (faults.length > 0) broke.set(name, faults);
      const known = this.broken.get(name) as Broken;
      known.count += faults.length;
      known.examples.push(...faults.slice(0, EXAMPLES_MAX - known.examples.length));
    }
    return broke;
  }

  get isWell(): boolean {
    return [...this.broken.values()].every(({ count }) => count === 0);
  }

  #count({ asked, seen, records }: Evidence): void {
    this.requests += asked.length;
    this.records += records.length;
    for (const { ending, ownError, isWell, explained } of asked) {
      this.endings[ending] += 1;
      if (ownError?.startsWith('budget_') === true) this.refused += 1;
      if (!isWell) this.unkind += 1;
      if (explained !== null) this.explained += 1;
    }
    for (const list of seen.values()) this.arrivals += list.length;
    for (const { outcome } of records) if (outcome === 'cached') this.cached += 1;
  }
}
