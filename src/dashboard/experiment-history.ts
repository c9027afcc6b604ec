// What an A/B test had shown at moments since it began. The moments lie on a fixed grid, so that what was found for one
// that has passed is found once.

import type { Clock } from '../core/clock.ts';
import type { ExperimentFigures } from '../core/experiment-figures.ts';
import type { RuleEntry } from '../core/rule-book.ts';
import type { ExperimentDefinition } from '../policy/rules.ts';
import { compareMeansOf } from '../statistics/experiment-report.ts';

export interface HistoryOptions {
  readonly analytics: Pick<ExperimentFigures, 'variantFigures'>;
  readonly clock: Clock;
}

type Found = Awaited<ReturnType<typeof compareMeansOf>>;
export type HistoryPoint = Found & { readonly atMs: number };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Between two moments. */
const STEPS_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  7 * DAY_MS,
  30 * DAY_MS,
];
const POINTS_MAX = 24;
/** A request that began before may end, and be rated, for a while: what it adds is looked at again. */
const OPEN_MS = HOUR_MS;
const KEPT_MAX = 1000;

export class ExperimentHistory {
  readonly #options: HistoryOptions;
  readonly #kept = new Map<string, Found>();

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Oldest first, the last one now. */
  async points({ name, createdAtMs, definition }: RuleEntry): Promise<readonly HistoryPoint[]> {
    const { analytics, clock } = this.#options;
    const nowMs = clock.now();
    const test = definition as ExperimentDefinition;
    const terms = { split: test.split, minSamples: test.minSamples, marginPercent: null };
    const points: HistoryPoint[] = [];
    for (const atMs of momentsOf(createdAtMs, nowMs)) {
      const key = JSON.stringify([name, createdAtMs, test.minSamples, atMs]);
      const records = { experiment: name, unit: test.sticky, sinceMs: createdAtMs, untilMs: atMs };
      const found = this.#kept.get(key) ?? (await compareMeansOf(analytics, records, terms));
      if (atMs < nowMs - OPEN_MS) this.#keep(key, found);
      points.push({ atMs, ...found });
    }
    return points;
  }

  #keep(key: string, found: Found): void {
    this.#kept.set(key, found);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
  }
}

export function momentsOf(fromMs: number, nowMs: number): readonly number[] {
  const lengthMs = nowMs - fromMs;
  const stepMs = STEPS_MS.find((step) => lengthMs / step <= POINTS_MAX) ?? lengthMs / POINTS_MAX;
  const first = (Math.floor(fromMs / stepMs) + 1) * stepMs;
  const count = Math.max(0, Math.ceil((nowMs - first) / stepMs));
  return [...Array.from({ length: count }, (_, index) => first + index * stepMs), nowMs];
}
