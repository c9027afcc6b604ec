// Takes records of the past in, by the way that every record takes: the journal, the spool, the loader.

import { setImmediate as turn } from 'node:timers/promises';
import type { RequestEnd, RequestStart } from '../../core/record.ts';
import { SpoolJournal } from '../../record/journal.ts';
import { processOwner, SpoolWriter } from '../../record/spool.ts';
import { openStore } from '../registry.ts';
import type { Rooms, StoreSettings } from '../store.ts';

export interface ImportedRecord {
  readonly start: RequestStart;
  readonly end: RequestEnd;
}

/** So many records go to the spool at once. */
const BATCH = 500;

/** Returns how many there were; `then` may add to the store what belongs to them. */
export async function importRecords<Past extends ImportedRecord>(
  settings: StoreSettings,
  records: Iterable<Past>,
  warn: (message: string) => void,
  then: (rooms: Rooms, records: readonly Past[]) => Promise<void>,
): Promise<number> {
  const owner = processOwner();
  const store = await openStore(settings, { owner, warn });
  try {
    const journal = new SpoolJournal({
      spool: new SpoolWriter(settings.TOKENWATCH_DATA_DIR, owner),
      onWritten: () => store.nudge(),
      warn,
    });
    const taken: Past[] = [];
    for (const record of records) {
      journal.settle(journal.start(record.start), record.end);
      taken.push(record);
      if (taken.length % BATCH !== 0) continue;
      journal.flush();
      await turn();
    }
    journal.close();
    await store.load();
    await then(store, taken);
    return taken.length;
  } finally {
    await store.close();
  }
}
