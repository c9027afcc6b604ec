// Which lines of results were charged: what the pipeline needs to know of it, and what it makes of an answer.

import type { MeterReading } from './protocol.ts';
import { RunSums } from './run-sums.ts';

/** `results` and `mark` hold no blanks. */
export interface ChargedLines {
  has(results: string, mark: string): boolean;
  /** Takes it for charged from now on; false where it was before. */
  take(results: string, mark: string): boolean;
  /** Writes down what was taken. */
  write(results: string, marks: readonly string[]): void;
}

/** To be written down once they are charged. */
export interface FreshLines {
  readonly results: string;
  readonly marks: readonly string[];
}

export interface FreshReading {
  readonly reading: MeterReading;
  /** Null for what is no results. */
  readonly fresh: FreshLines | null;
}

/** Lines that are looked at in one turn of the loop: some milliseconds. */
const LINES_A_TURN = 500;

/**
 * The reading with those lines only that were not charged before; whoever asks next finds them charged. `isWhole` tells
 * whether the results were fetched to their end. Their key is the whole's where that is so: another proxy on the same
 * database may have charged them.
 */
export async function freshReading(
  reading: MeterReading,
  isWhole: boolean,
  charged: ChargedLines,
): Promise<FreshReading> {
  const { lines, billingKey } = reading;
  if (lines === null || billingKey === null) return { reading, fresh: null };
  const results = billingKey.replace(/\s/g, '_');
  const marks = new Set<string>();
  const sums = new RunSums();
  for (const [index, { mark, runs }] of lines.entries()) {
    if (index % LINES_A_TURN === LINES_A_TURN - 1) await turn();
    if (charged.take(results, mark)) marks.add(mark);
    // Several of one name within these results are several: the readers leave out what comes twice.
    if (marks.has(mark)) for (const run of runs) sums.add(run);
  }
  const [first] = marks;
  const key = first === undefined ? null : isWhole ? billingKey : `${billingKey}:${first}`;
  return {
    reading: { ...reading, runs: sums.runs, lines: null, billingKey: key },
    fresh: { results, marks: [...marks] },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
