// Which lines of results were charged: what the pipeline needs to know of it, and what it makes of an answer.

import type { MeterReading } from './protocol.ts';
import { addRuns, type UsageRun } from './usage.ts';

export interface ChargedLines {
  /** `results` and `mark` hold no blanks. */
  has(results: string, mark: string): boolean;
  add(results: string, marks: readonly string[]): void;
}

/** To be added once it is charged. */
export interface FreshLines {
  readonly results: string;
  readonly marks: readonly string[];
}

export interface FreshReading {
  readonly reading: MeterReading;
  /** Null for what is no results. */
  readonly fresh: FreshLines | null;
}

/**
 * The reading with those lines only that were not charged before. `isWhole` tells whether the results were fetched to
 * their end. Their key is the whole's where that is so: another proxy on the same database may have charged them.
 */
export function freshReading(reading: MeterReading, isWhole: boolean, charged: ChargedLines): FreshReading {
  const { lines, billingKey } = reading;
  if (lines === null || billingKey === null) return { reading, fresh: null };
  const results = billingKey.replace(/\s/g, '_');
  const unpaid = lines.filter(({ mark }) => !charged.has(results, mark));
  const marks = unpaid.map(({ mark }) => mark);
  const runs = mergedRuns(unpaid.flatMap((line) => line.runs));
  const key = unpaid.length === 0 ? null : isWhole ? billingKey : `${billingKey}:${marks[0]}`;
  return { reading: { ...reading, runs, lines: null, billingKey: key }, fresh: { results, marks } };
}

/** No price list has a step by length below it: runs up to it cost the same, each by itself or together. */
const SHORT_RUN_TOKENS = 16_000;

/** Short runs of one kind as one: results have many thousands. */
function mergedRuns(runs: readonly UsageRun[]): readonly UsageRun[] {
  const merged = new Map<string, UsageRun>();
  for (const [index, run] of runs.entries()) {
    const { inputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = run.usage;
    const isShort =
      inputTokens + cacheReadTokens + cacheWrite5mTokens + cacheWrite1hTokens <= SHORT_RUN_TOKENS;
    const conditions = `${run.kind}\n${run.model}\n${run.serviceTier}\n${run.speed}\n${run.inferenceGeo}`;
    const key = isShort ? conditions : `${index}`;
    const before = merged.get(key);
    merged.set(key, before === undefined ? run : addRuns(before, run));
  }
  return [...merged.values()];
}
