// Deletes old requests in PostgreSQL. A day's part goes as a whole once all of it is old: its ids are kept in small
// steps, its sums in one, and the table is dropped. Rows are deleted one by one where others of their part have to
// stay, and from the parts that are no days. The row of the change counter is the lock, as for whoever takes records
// in: none of them is between a look and a write.

import {
  type DeletedRows,
  KNOWN_AFTER_MS,
  type OldRows,
  type RecordRetention,
} from '../../core/retention.ts';
import { type RetentionWords, retentionSql } from '../sql/retention-sql.ts';
import type { Asked, PostgresDatabase } from './database.ts';
import { lockPartitions, type Partition, partitionsOf } from './day-partitions.ts';

const ROWS_MAX = 2000;
/** Ids of a part that is about to go, at once. */
const IDS_MAX = 10_000;
const WORDS: RetentionWords = {
  items: 'SELECT * FROM json_array_elements_text(?)',
  instance: `CASE WHEN strpos(owner, '/') > 0 THEN split_part(owner, '/', 1) END`,
};
const DEFAULT = 'requests_default';
const ITEMS = '(SELECT * FROM json_array_elements_text(?))';

/** A part whose ids are being kept: up to which, and since which change. */
interface Going {
  readonly name: string;
  readonly sinceChange: number;
  readonly lastId: string;
}

export class PostgresRetention implements RecordRetention {
  readonly #database: PostgresDatabase;
  readonly #rowsMax: number;
  readonly #idsMax: number;
  #going: Going | null = null;

  constructor(database: PostgresDatabase, rowsMax = ROWS_MAX, idsMax = IDS_MAX) {
    this.#database = database;
    this.#rowsMax = rowsMax;
    this.#idsMax = idsMax;
  }

  async deleteOld(rows: OldRows): Promise<DeletedRows> {
    const { whole, others } = await this.#sorted(rows);
    const [next] = whole;
    if (next !== undefined) {
      const deleted = (await this.#keepSomeIds(next, rows)) ? 0 : await this.#drop(next, rows);
      return { deleted, nextFromMs: rows.fromMs };
    }
    for (const table of others) {
      const deleted = await this.#deleteRows(table, rows);
      if (deleted > 0) return { deleted, nextFromMs: rows.fromMs };
    }
    const forgotten = await this.#database.run(retentionSql(WORDS).forgetIds, [
      rows.nowMs - KNOWN_AFTER_MS,
      this.#rowsMax,
    ]);
    return { deleted: 0, nextFromMs: forgotten === this.#rowsMax ? rows.fromMs : null };
  }

  /** Days that can go as they are, and tables whose old rows go one by one. */
  async #sorted({ beforeMs, experiments }: OldRows): Promise<{ whole: Partition[]; others: string[] }> {
    const whole: Partition[] = [];
    const others = [DEFAULT];
    for (const partition of await partitionsOf(this.#database)) {
      const isOld = partition.toMs <= beforeMs;
      if (isOld && !(await hasRowsThatStay(this.#database, partition.name, experiments)))
        whole.push(partition);
      else if (isOld || partition.fromMs === Number.NEGATIVE_INFINITY) others.push(partition.name);
    }
    return { whole, others };
  }

  /** False where they all are. */
  #keepSomeIds({ name }: Partition, { nowMs }: OldRows): Promise<boolean> {
    return this.#database.transaction(async (asked) => {
      const [counter] = await asked.rows('SELECT last FROM change_counter FOR UPDATE');
      const going = this.#going?.name === name ? this.#going : null;
      const { lastId, sinceChange } = going ?? { lastId: '', sinceChange: Number(counter?.last) };
      const [found] = await asked.rows(
        `SELECT max(id) AS last FROM (SELECT id FROM ${name} WHERE id > ? ORDER BY id LIMIT ?) AS some_rows`,
        [lastId, this.#idsMax],
      );
      if (typeof found?.last !== 'string') return false;
      await keepIds(asked, name, nowMs, 'id > ? AND id <= ?', [lastId, found.last]);
      this.#going = { name, sinceChange, lastId: found.last };
      return true;
    });
  }

  /** What came into it meanwhile is kept too. */
  async #drop(partition: Partition, { nowMs, experiments }: OldRows): Promise<number> {
    const { name, toMs } = partition;
    const sql = retentionSql(WORDS, name, true);
    const sinceChange = this.#going?.name === name ? this.#going.sinceChange : 0;
    const deleted = await this.#database.transaction(async (asked) => {
      await lockPartitions(asked);
      const isThere = (await partitionsOf(asked)).some((each) => each.name === name);
      if (!isThere || (await hasRowsThatStay(asked, name, experiments))) return 0;
      await keepIds(asked, name, nowMs, 'change > ?', [sinceChange]);
      await asked.run(sql.turn, [toMs, toMs]);
      await asked.run(sql.keepSpend);
      await asked.run(sql.deleteRatings);
      const [row] = await asked.rows(`SELECT count(*) AS n FROM ${name}`);
      await asked.run(`ALTER TABLE requests DETACH PARTITION ${name}`);
      await asked.run(`DROP TABLE ${name}`);
      return Number(row?.n);
    });
    this.#going = null;
    return deleted;
  }

  #deleteRows(table: string, { beforeMs, experiments, nowMs }: OldRows): Promise<number> {
    const sql = retentionSql(WORDS, table);
    return this.#database.transaction(async (asked) => {
      await asked.rows('SELECT last FROM change_counter FOR UPDATE');
      const old = await asked.rows(sql.old, [0, beforeMs, JSON.stringify(experiments), this.#rowsMax]);
      if (old.length === 0) return 0;
      const ids = JSON.stringify(old.map(({ id }) => id));
      await asked.run(sql.turn, [beforeMs, beforeMs]);
      await asked.run(sql.keepSpend, [ids]);
      await keepIds(asked, table, nowMs, `id IN ${ITEMS}`, [ids]);
      await asked.run(sql.deleteRatings, [ids]);
      return asked.run(sql.deleteRows, [ids]);
    });
  }
}

/** What is in flight may still cost something, and a test that runs needs each of its requests. */
async function hasRowsThatStay(
  asked: Asked,
  table: string,
  experiments: readonly string[],
): Promise<boolean> {
  const sql = `SELECT EXISTS (SELECT 1 FROM ${table} WHERE outcome = 'in_flight')
    OR EXISTS (SELECT 1 FROM ${table} WHERE experiment IN ${ITEMS}) AS stays`;
  return (await asked.rows(sql, [JSON.stringify(experiments)]))[0]?.stays === true;
}

/** Their charges go with them: the ids know them from now on. */
async function keepIds(
  asked: Asked,
  table: string,
  nowMs: number,
  which: string,
  values: readonly (string | number)[],
): Promise<void> {
  await asked.run(
    `INSERT INTO deleted_requests (id, billing_key, deleted_at_ms)
     SELECT id, billing_key, ? FROM ${table} WHERE ${which} ON CONFLICT DO NOTHING`,
    [nowMs, ...values],
  );
  await asked.run(
    `DELETE FROM request_charges WHERE billing_key IN
       (SELECT billing_key FROM ${table} WHERE billing_key IS NOT NULL AND ${which})`,
    values,
  );
}
