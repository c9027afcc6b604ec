// What an A/B test had shown at moments since it began. The moments lie on a fixed grid, so that what was found for one
// that has passed is found once; what takes long is looked for behind the answers.

import type { Clock } from '../../core/clock.ts';
import type { ExperimentFigures } from '../../core/experiment-figures.ts';
import { momentsOf } from '../../core/experiment-moments.ts';
import type { RuleEntry } from '../../core/rule-book.ts';
import type { ExperimentDefinition } from '../../policy/rules.ts';
import { type ExperimentReport, reportExperiment } from '../../statistics/experiment-report.ts';

export interface HistoryOptions {
  readonly analytics: ExperimentFigures;
  readonly clock: Clock;
}

interface Found {
  readonly requests: number;
  readonly comparisons: ExperimentReport['comparisons'];
}
export type HistoryPoint = Found & { readonly atMs: number };

export interface HistorySoFar {
  /** Oldest first, the last one now, as soon as it is found. */
  readonly points: readonly HistoryPoint[];
  /** False while others are looked for. */
  readonly isWhole: boolean;
}

/** Points that are looked for behind the answers. */
interface Search {
  readonly askedAtMs: number;
  readonly moments: readonly number[];
  readonly found: Map<number, Found>;
  /** Rejects with why the records could not be asked. */
  readonly done: Promise<void>;
  isDone: boolean;
}

const HOUR_MS = 3_600_000;
/** A request that began before may end, and be rated, for a while: what it adds is looked at again. */
const OPEN_MS = HOUR_MS;
const KEPT_MAX = 1000;
const SEARCHES_MAX = 100;
/** Nobody waits longer for one answer: what is found later is in the next. */
const WAIT_MS = 100;
/** Whoever asks again within this time gets what was found for the question before. */
const FRESH_MS = 5000;

export class ExperimentHistory {
  readonly #options: HistoryOptions;
  readonly #kept = new Map<string, Found>();
  readonly #searches = new Map<string, Search>();

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  async points(entry: RuleEntry): Promise<HistorySoFar> {
    const search = this.#searchFor(entry);
    const wait = Promise.withResolvers<void>();
    const timer = setTimeout(wait.resolve, WAIT_MS);
    try {
      await Promise.race([search.done, wait.promise]);
    } finally {
      clearTimeout(timer);
    }
    const points = search.moments.flatMap((atMs) => {
      const found = search.found.get(atMs);
      return found === undefined ? [] : [{ atMs, ...found }];
    });
    return { points, isWhole: points.length === search.moments.length };
  }

  #searchFor(entry: RuleEntry): Search {
    const nowMs = this.#options.clock.now();
    const { minSamples } = entry.definition as ExperimentDefinition;
    const id = JSON.stringify([entry.name, entry.createdAtMs, minSamples]);
    const known = this.#searches.get(id);
    if (known !== undefined && (!known.isDone || nowMs - known.askedAtMs < FRESH_MS)) return known;
    const moments = momentsOf(entry.createdAtMs, nowMs);
    const found = new Map<number, Found>();
    const search: Search = {
      askedAtMs: nowMs,
      moments,
      found,
      isDone: false,
      done: this.#find(entry, id, moments, found).finally(() => {
        search.isDone = true;
      }),
    };
    // It may fail when nobody waits for it any more; the next question finds out.
    search.done.catch(() => this.#searches.delete(id));
    this.#searches.set(id, search);
    if (this.#searches.size > SEARCHES_MAX) this.#searches.delete([...this.#searches.keys()][0] ?? '');
    return search;
  }

  /** The newest first: that is what is looked at most. */
  async #find(
    { name, createdAtMs, definition }: RuleEntry,
    id: string,
    moments: readonly number[],
    found: Map<number, Found>,
  ): Promise<void> {
    const { analytics, clock } = this.#options;
    const test = definition as ExperimentDefinition;
    const terms = { split: test.split, minSamples: test.minSamples, marginPercent: null };
    for (const atMs of moments.toReversed()) {
      const key = `${id} ${atMs}`;
      const all = { experiment: name, unit: test.sticky, sinceMs: createdAtMs };
      // The last one is now: everything that there is.
      const records = atMs === moments.at(-1) ? all : { ...all, untilMs: atMs };
      const known = this.#kept.get(key);
      if (known !== undefined) {
        found.set(atMs, known);
        continue;
      }
      const { variants, comparisons } = await reportExperiment(analytics, records, terms);
      const requests = variants.reduce((sum, variant) => sum + variant.requests, 0);
      found.set(atMs, { requests, comparisons });
      if (atMs < clock.now() - OPEN_MS) this.#keep(key, { requests, comparisons });
    }
  }

  #keep(key: string, found: Found): void {
    this.#kept.set(key, found);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
  }
}
