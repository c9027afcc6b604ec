// Which lines of results were charged: what the pipeline needs to know of it, and what it makes of an answer.

import type { MeterReading } from './protocol.ts';
import { RunSums } from './run-sums.ts';

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
  const sums = new RunSums();
  for (const line of unpaid) for (const run of line.runs) sums.add(run);
  const key = unpaid.length === 0 ? null : isWhole ? billingKey : `${billingKey}:${marks[0]}`;
  return {
    reading: { ...reading, runs: sums.runs, lines: null, billingKey: key },
    fresh: { results, marks },
  };
}
