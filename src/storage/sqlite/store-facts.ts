// How much is stored, and since when.

import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { GRAINS_MS } from '../rollup/grains.ts';
import type { StoreFacts } from '../store.ts';

/** The days hold what has ended: nothing counts the records one by one. */
const FACTS = `SELECT
  (SELECT total(requests) FROM rollup_total WHERE grain_ms = ${GRAINS_MS.at(-1)})
    + (SELECT count(*) FROM requests WHERE outcome = 'in_flight') AS records,
  (SELECT min(started_at_ms) FROM requests) AS oldest`;

export function storeFacts(connection: DatabaseSync): StoreFacts {
  const path = String(connection.location());
  const row = connection.prepare(FACTS).get();
  return {
    path,
    bytes: statSync(path).size,
    records: Number(row?.records ?? 0),
    oldestStartedAtMs: typeof row?.oldest === 'number' ? row.oldest : null,
  };
}
