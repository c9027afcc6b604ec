// Ended requests in the orders that lists are sorted by, hour by hour: a page of a long list is found wherever it begins,
// by a look into each hour. An hour's entries are written some thousand at a time, a while after its requests came, so
// that a page of the table is written for many of them; what ends later, changes or is deleted is put right by triggers.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LISTS, ORDER_HOUR_MS } from '../sql/ordered-requests.ts';
import { SORT_VALUE } from '../sql/request-filter.ts';

/** Most requests have ended so long after they began. */
const ENDED_AFTER_MS = 5 * 60_000;
/** So many are put in order at once: some milliseconds. */
const SLICE_ROWS = 2000;

const valueIn = (list: (typeof LISTS)[number], row: 'old.' | 'new.' | ''): string =>
  String(SORT_VALUE[list]).replace(/\b(cost_nano_usd|latency_ms|output_tokens)\b/, `${row}$1`);

const entry = (list: (typeof LISTS)[number], row: 'new.' | ''): string =>
  `${LISTS.indexOf(list)}, ${row}started_at_ms / ${ORDER_HOUR_MS}, ${valueIn(list, row)},
    ${row}started_at_ms % ${ORDER_HOUR_MS}, ${row}change, ${row}key_id`;

const isOrdered = (row: 'old' | 'new'): string =>
  `${row}.outcome <> 'in_flight' AND ${row}.started_at_ms < (SELECT until_ms FROM request_order_state)`;

const PUT = LISTS.map(
  (list) => `INSERT OR REPLACE INTO request_order SELECT ${entry(list, 'new.')} WHERE ${isOrdered('new')};`,
);
const TAKE_OUT = LISTS.map(
  (
    list,
    index,
  ) => `DELETE FROM request_order WHERE list = ${index} AND hour = old.started_at_ms / ${ORDER_HOUR_MS}
    AND value = ${valueIn(list, 'old.')} AND at_ms = old.started_at_ms % ${ORDER_HOUR_MS} AND change = old.change;`,
);

/** `hour` since 1970, and `at_ms` within it. Everything that began before `until_ms` is in order. */
const TABLES = `
CREATE TABLE request_order (
  list INTEGER NOT NULL, hour INTEGER NOT NULL, value REAL NOT NULL, at_ms INTEGER NOT NULL, change INTEGER NOT NULL,
  key_id INTEGER, PRIMARY KEY (list, hour, value, at_ms, change)
) STRICT, WITHOUT ROWID;
CREATE TABLE request_order_state (until_ms INTEGER NOT NULL) STRICT;
INSERT INTO request_order_state VALUES (0);
CREATE TRIGGER request_order_put AFTER INSERT ON requests WHEN ${isOrdered('new')} BEGIN ${PUT.join(' ')} END;
CREATE TRIGGER request_order_change AFTER UPDATE ON requests
  WHEN ${isOrdered('old')} OR ${isOrdered('new')} BEGIN ${TAKE_OUT.join(' ')} ${PUT.join(' ')} END;
CREATE TRIGGER request_order_take_out AFTER DELETE ON requests WHEN ${isOrdered('old')} BEGIN ${TAKE_OUT.join(' ')} END;
`;

export function migrateRequestOrder(connection: DatabaseSync): void {
  connection.exec(TABLES);
  new SqliteRequestOrder(connection).rebuild();
}

export class SqliteRequestOrder {
  readonly #connection: DatabaseSync;
  readonly #now: () => number;
  readonly #until: StatementSync;
  readonly #turn: StatementSync;
  readonly #last: StatementSync;
  readonly #put: readonly StatementSync[];

  constructor(connection: DatabaseSync, now: () => number = Date.now) {
    this.#now = now;
    this.#connection = connection;
    this.#until = connection.prepare('SELECT until_ms AS ms FROM request_order_state');
    this.#turn = connection.prepare('UPDATE request_order_state SET until_ms = ?');
    this.#last = connection.prepare(
      `SELECT started_at_ms AS ms FROM requests WHERE started_at_ms >= ? AND started_at_ms < ?
        ORDER BY started_at_ms LIMIT 1 OFFSET ${SLICE_ROWS - 1}`,
    );
    this.#put = LISTS.map((list) =>
      connection.prepare(
        `INSERT INTO request_order SELECT ${entry(list, '')} FROM requests
          WHERE started_at_ms >= ? AND started_at_ms < ? AND outcome <> 'in_flight' ORDER BY 2, 3, 4, 5`,
      ),
    );
  }

  /** Before all ended requests are deleted, or changed. */
  clear(): void {
    this.#connection.exec('DELETE FROM request_order; UPDATE request_order_state SET until_ms = 0');
  }

  /** Makes all of it anew, of the requests that are there. */
  rebuild(): void {
    this.clear();
    const newest = this.#connection.prepare('SELECT max(started_at_ms) AS ms FROM requests').get();
    const untilMs = Math.max(0, this.#endedUntil(Number(newest?.ms ?? 0)));
    for (const put of this.#put) put.run(0, untilMs);
    this.#turn.run(untilMs);
  }

  /** After some requests of which the newest began then. Runs within the transaction that took them in. */
  goOn(newestMs: number, requests: number): void {
    const untilMs = this.#endedUntil(newestMs);
    for (let put = 0; put < 2 * requests + SLICE_ROWS; put += SLICE_ROWS) {
      const fromMs = Number(this.#until.get()?.ms);
      const last = this.#last.get(fromMs, untilMs);
      // A whole hour is put in order, however few it had.
      const endMs = last === undefined ? untilMs - (untilMs % ORDER_HOUR_MS) : Number(last.ms) + 1;
      if (endMs <= fromMs) return;
      for (const put of this.#put) put.run(fromMs, endMs);
      this.#turn.run(endMs);
    }
  }

  /** A clock that was ahead says nothing of the requests that come until then. */
  #endedUntil(newestMs: number): number {
    return Math.min(newestMs, this.#now()) - ENDED_AFTER_MS;
  }
}
