// How much is stored, and since when.

import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { GRAINS_MS } from '../rollup/grains.ts';
import { agesOf } from '../sql/ages.ts';
import type { StoreFacts } from '../store.ts';
import { COMPARED } from './semantic-entries.ts';

/** The days hold what has ended: nothing counts the records one by one. */
const FACTS = `SELECT
  (SELECT total(requests) FROM rollup_total WHERE grain_ms = ${GRAINS_MS.at(-1)})
    + (SELECT count(*) FROM requests WHERE outcome = 'in_flight') AS records,
  (SELECT min(started_at_ms) FROM requests) AS oldest,
  (SELECT min(bucket_ms) FROM rollup_total WHERE grain_ms = ${GRAINS_MS.at(-1)}) AS oldest_day,
  (SELECT rows_from_ms FROM retention_state) AS rows_from`;

export function storeFacts(connection: DatabaseSync): StoreFacts {
  const path = String(connection.location());
  const row = connection.prepare(FACTS).get();
  return {
    path,
    bytes: statSync(path).size,
    records: Number(row?.records ?? 0),
    ...agesOf(row),
    promptSearch: COMPARED,
  };
}
