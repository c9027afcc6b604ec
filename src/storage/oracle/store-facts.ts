// How much is stored, and since when; and how it is emptied.

import { GRAINS_MS } from '../rollup/grains.ts';
import { agesOf } from '../sql/ages.ts';
import type { StoreFacts } from '../store.ts';
import { BUDGET_BANK } from './catalogue/budget-bank.ts';
import { RECORD_SINK } from './catalogue/record-sink.ts';
import { RETENTION } from './catalogue/retention.ts';
import { STORE_FACTS } from './catalogue/store-facts.ts';
import { type OracleDatabase, placeOf } from './database.ts';
import { clearSums } from './experiment-sums.ts';
import { clearRollups } from './rollup-writer.ts';
import { searchPlace } from './vector-search.ts';

export async function storeFacts(database: OracleDatabase): Promise<StoreFacts> {
  const [row] = await database.rows(STORE_FACTS.records, { grain_ms: GRAINS_MS.at(-1) as number });
  const [size] = await database.rows(STORE_FACTS.bytes);
  return {
    path: placeOf(database.address),
    bytes: Number(size?.bytes),
    records: Number(row?.records),
    ...agesOf(row),
    promptSearch: await searchPlace(database),
  };
}

/** Deletes every ended record, and says how many there were. */
export function resetRecords(database: OracleDatabase): Promise<number> {
  return database.transaction(async (asked) => {
    // As who takes records in: sums and rows stay one.
    await asked.rows(RECORD_SINK.lockCounter);
    const deleted = await asked.run(STORE_FACTS.deleteEnded);
    await asked.run(STORE_FACTS.deleteRatings);
    await asked.run(RETENTION.forgetSpend);
    await asked.run(RETENTION.reset);
    await clearRollups(asked);
    await clearSums(asked);
    await asked.run(BUDGET_BANK.countReset);
    return deleted;
  });
}
