// What A/B tests have shown: from the sums that are kept of them, however many records they have; from the records
// where none are kept, and exact latencies where they are few.

import type { ExperimentRecords, UnitSums, VariantFigures } from '../../core/experiment-figures.ts';
import { momentBehind } from '../../core/experiment-moments.ts';
import { answersOf, type VariantSums, variantFiguresFrom, variantFrom } from '../rollup/experiment-sums.ts';
import { slotQuantile, slotsUpTo } from '../rollup/latency-slots.ts';
import type { Row } from '../rows/request-row.ts';
import {
  latenciesSql,
  latencyUpToSql,
  NEVER_MS,
  unitSumsOf,
  variantFiguresOf,
  variantFiguresSql,
} from './experiment-sql.ts';
import { SPAN_OF, variantSumsSql } from './experiment-sums-sql.ts';
import { ROWS_FROM } from './retention-sql.ts';
import type { SqlReader, SqlValue } from './sql-reader.ts';

/** A look at each of a test's records takes microseconds, and a report looks a dozen times. */
const LOOKS = 10;

export class ExperimentReports {
  readonly #database: SqlReader;
  readonly #exactRowsMax: number;

  constructor(database: SqlReader, exactRowsMax: number) {
    this.#database = database;
    this.#exactRowsMax = exactRowsMax / LOOKS;
  }

  async variantFigures(records: ExperimentRecords): Promise<readonly VariantFigures[]> {
    const sums = await this.#sumsOf(records);
    if (sums !== null)
      return [...sums]
        .map(([variant, one]) => variantFiguresFrom(variant, one))
        .filter(({ requests }) => requests > 0);
    const { sql, values } = variantFiguresSql(records);
    return (await this.#rows(sql, ...values)).map(variantFiguresOf);
  }

  async latencyQuantiles(
    records: ExperimentRecords,
    variant: string,
    shares: readonly number[],
  ): Promise<readonly number[]> {
    const sums = await this.#latencySums(records, variant);
    if (sums !== null)
      return answersOf(sums).count === 0 ? [] : shares.map((share) => slotQuantile(sums.latencies, share));
    const { counted, at, values } = latenciesSql(records, variant);
    const answers = Number((await this.#rows(counted, ...values))[0]?.n ?? 0);
    if (answers === 0) return [];
    const rank = (share: number): number =>
      Math.min(Math.max(Math.ceil(share * answers) - 1, 0), answers - 1);
    const quantiles: number[] = [];
    for (const share of shares) {
      const [row] = await this.#rows(at, ...values, rank(share));
      quantiles.push(Number(row?.value ?? 0));
    }
    return quantiles;
  }

  async latenciesUpTo(
    records: ExperimentRecords,
    variant: string,
    latenciesMs: readonly number[],
  ): Promise<readonly UnitSums[]> {
    const known = await this.#latencySums(records, variant);
    if (known !== null)
      return latenciesMs.map((latencyMs) => ({
        ...slotsUpTo(known.latencies, latencyMs),
        ...answersOf(known),
      }));
    const { sql, values } = latencyUpToSql(records, variant);
    const sums: UnitSums[] = [];
    for (const latencyMs of latenciesMs) {
      const [row = {}] = await this.#rows(sql, latencyMs, ...values);
      sums.push(unitSumsOf(row, 'up_to'));
    }
    return sums;
  }

  /** Whether a test's figures are of all its records, deleted ones among them. */
  async figuresAreWhole(records: ExperimentRecords): Promise<boolean> {
    return records.sinceMs >= (await this.#rowsFromMs()) || (await this.#sumsOf(records)) !== null;
  }

  /** Null where they are better read from the records, and where they must be. */
  async #latencySums(records: ExperimentRecords, variant: string): Promise<VariantSums | null> {
    const sums = (await this.#sumsOf(records))?.get(variant);
    if (sums === undefined) return null;
    const isMany = answersOf(sums).count > this.#exactRowsMax;
    return isMany || records.sinceMs < (await this.#rowsFromMs()) ? sums : null;
  }

  /** Null where none are kept: of an earlier test of the name, of other units, up to a moment in between. */
  async #sumsOf(records: ExperimentRecords): Promise<ReadonlyMap<string, VariantSums> | null> {
    const { experiment, unit, sinceMs, untilMs = NEVER_MS } = records;
    if (untilMs !== NEVER_MS && momentBehind(sinceMs, untilMs - 1) !== untilMs) return null;
    const [span] = await this.#rows(SPAN_OF, experiment);
    if (span === undefined || Number(span.since_ms) !== sinceMs || span.unit !== unit) return null;
    const { sql, values } = variantSumsSql(records, untilMs);
    const rows = await this.#rows(sql, ...values);
    return new Map(rows.map((row) => [String(row.variant), variantFrom(String(row.sums))]));
  }

  async #rowsFromMs(): Promise<number> {
    return Number((await this.#rows(ROWS_FROM))[0]?.ms ?? 0);
  }

  #rows(sql: string, ...values: readonly SqlValue[]): Promise<Row[]> {
    return this.#database.rows(sql, values);
  }
}
