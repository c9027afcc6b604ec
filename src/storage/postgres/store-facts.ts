// How much is stored, and since when; and how it is emptied.

import { GRAINS_MS } from '../rollup/grains.ts';
import { agesOf } from '../sql/ages.ts';
import type { StoreFacts } from '../store.ts';
import { type PostgresDatabase, withoutPassword } from './database.ts';
import { clearSums } from './experiment-sums.ts';
import { clearRollups } from './rollup-writer.ts';
import { searchPlace } from './vector-table.ts';

/** The days hold what has ended: nothing counts the records one by one. */
const FACTS = `SELECT
  (SELECT total(requests) FROM rollup_total WHERE grain_ms = ${GRAINS_MS.at(-1)})
    + (SELECT count(*) FROM requests WHERE outcome = 'in_flight') AS records,
  (SELECT min(started_at_ms) FROM requests) AS oldest,
  (SELECT min(bucket_ms) FROM rollup_total WHERE grain_ms = ${GRAINS_MS.at(-1)}) AS oldest_day,
  (SELECT rows_from_ms FROM retention_state) AS rows_from,
  pg_database_size(current_database()) AS bytes`;

export async function storeFacts(database: PostgresDatabase): Promise<StoreFacts> {
  const [row] = await database.rows(FACTS);
  return {
    path: withoutPassword(database.url),
    bytes: Number(row?.bytes),
    records: Number(row?.records),
    ...agesOf(row),
    promptSearch: await searchPlace(database),
  };
}

/** Deletes every ended record, and says how many there were. */
export function resetRecords(database: PostgresDatabase): Promise<number> {
  return database.transaction(async (asked) => {
    // As who takes records in: sums and rows stay one.
    await asked.rows('SELECT last FROM change_counter FOR UPDATE');
    const deleted = await asked.run(`DELETE FROM requests WHERE outcome <> 'in_flight'`);
    await asked.run('DELETE FROM deleted_spend');
    await asked.run('UPDATE retention_state SET rows_from_ms = 0');
    await clearRollups(asked);
    await clearSums(asked);
    await asked.run('UPDATE budget_version SET version = version + 1, resets = resets + 1');
    return deleted;
  });
}
