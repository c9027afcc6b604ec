// What the records of an A/B test say of a variant, in sums over its units: what was drawn as a whole (a session, a
// request, an application). Enough for means per request and how they vary, however many units there are.

/** Sums over units of a figure that some or all of a unit's requests have. */
export interface UnitSums {
  /** Units with a request that has the figure. */
  readonly units: number;
  readonly sum: number;
  /** Requests that have it. */
  readonly count: number;
  /** Sums of a unit's sum squared, of its count squared, and of the one times the other. */
  readonly sumSquare: number;
  readonly countSquare: number;
  readonly product: number;
}

export const NO_SUMS: UnitSums = Object.freeze({
  units: 0,
  sum: 0,
  count: 0,
  sumSquare: 0,
  countSquare: 0,
  product: 0,
});

/** What is drawn for a variant, and stays with it. */
export type DrawnUnit = 'session' | 'request' | 'app';

/** Which records belong to a test: those of an earlier one of the same name do not. */
export interface ExperimentRecords {
  readonly experiment: string;
  readonly unit: DrawnUnit;
  readonly sinceMs: number;
  /** Only those that began before; absent: all. */
  readonly untilMs?: number;
}

/** One variant, over its ended requests. */
export interface VariantFigures {
  readonly variant: string;
  readonly units: number;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In nano-dollars; a request of unknown cost has none. */
  readonly cost: UnitSums;
  /** 1 for a request that ended as no success. */
  readonly failures: UnitSums;
  /** Everything read and written. */
  readonly tokens: UnitSums;
  /** From 1 to 5; a request that nobody rated has none. */
  readonly ratings: UnitSums;
  /** From 1 to 5; a request that no judge graded has none. */
  readonly grades: UnitSums;
  /** Who gave them: one where all are of one judge, the first and the last by name where there are more. */
  readonly judges: readonly string[];
  /** Of those that succeeded: an error's time is no answer's. */
  readonly latencyCount: number;
}

/** What a report asks of the records. Latencies are those of requests that succeeded. */
export interface ExperimentFigures {
  /** Every variant with an ended request, `a` first. */
  variantFigures(records: ExperimentRecords): Promise<readonly VariantFigures[]>;
  /** The smallest latency that at least this share of the variant's do not exceed, for each share; in their order. */
  latencyQuantiles(
    records: ExperimentRecords,
    variant: string,
    shares: readonly number[],
  ): Promise<readonly number[]>;
  /** How the variant's units share in latencies up to each of these: 1 for such a request, 0 for another. */
  latenciesUpTo(
    records: ExperimentRecords,
    variant: string,
    latenciesMs: readonly number[],
  ): Promise<readonly UnitSums[]>;
  /** Whether they are of all its records: where some were deleted because they were old, only sums tell. */
  figuresAreWhole(records: ExperimentRecords): Promise<boolean>;
}
