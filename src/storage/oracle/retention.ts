// Deletes old requests in Oracle Database, some at a time.

import {
  type DeletedRows,
  KNOWN_AFTER_MS,
  type OldRows,
  type RecordRetention,
} from '../../core/retention.ts';
import { KEPT_LISTS, RETENTION } from './catalogue/retention.ts';
import type { OracleDatabase } from './database.ts';
import { listsOf } from './texts.ts';
import type { Value } from './values.ts';

const ROWS_MAX = 2000;

export class OracleRetention implements RecordRetention {
  readonly #database: OracleDatabase;
  readonly #rowsMax: number;

  constructor(database: OracleDatabase, rowsMax = ROWS_MAX) {
    this.#database = database;
    this.#rowsMax = rowsMax;
  }

  deleteOld({ beforeMs, fromMs, experiments, nowMs }: OldRows): Promise<DeletedRows> {
    const how_many = this.#rowsMax;
    const kept = keptValues(experiments);
    return this.#database.transaction(async (asked) => {
      await asked.rows(RETENTION.lockCounter);
      const range = { from_ms: fromMs, until_ms: beforeMs, ...kept };
      const [batch] = await asked.rows(RETENTION.batch, { ...range, how_many });
      const found = Number(batch?.n);
      const newestMs = Number(batch?.newest ?? fromMs);
      let deleted = 0;
      if (found > 0) {
        // With all that began in the last one's millisecond.
        const theirs = { ...range, until_ms: Math.min(newestMs + 1, beforeMs) };
        await asked.run(RETENTION.turn, { from_ms: beforeMs });
        await asked.run(RETENTION.keepSpend, theirs);
        await asked.run(RETENTION.keepIds, { ...theirs, deleted_at: nowMs });
        await asked.run(RETENTION.deleteRatings, theirs);
        deleted = await asked.run(RETENTION.deleteRows, theirs);
      }
      const forgotten = await asked.run(RETENTION.forgetIds, { until_ms: nowMs - KNOWN_AFTER_MS, how_many });
      const isMore = found === how_many || forgotten === how_many;
      return { deleted, nextFromMs: isMore ? newestMs : null };
    });
  }
}

function keptValues(experiments: readonly string[]): Record<string, Value> {
  const lists = listsOf(experiments);
  if (lists.length > KEPT_LISTS)
    throw new RangeError(`${experiments.length} A/B tests at once are more than a question can leave out`);
  return Object.fromEntries(
    Array.from({ length: KEPT_LISTS }, (_, index) => [`kept_${index}`, lists[index] ?? '[]'] as const),
  );
}
