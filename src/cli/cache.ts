// What the cache commands share: opening the cache of a data folder, with a server running or not.

import type { CacheEntries } from '../cache/ports.ts';
import { openRecords } from '../storage/sqlite/open-records.ts';
import type { CommandContext } from './command.ts';

export async function withCache<T>(
  context: CommandContext,
  work: (entries: CacheEntries) => Promise<T>,
): Promise<T> {
  const records = await openRecords(context.settings().TOKENWATCH_DATA_DIR);
  try {
    return await work(records.cache);
  } finally {
    await records.close();
  }
}

/** As much of a key as people need to name an answer. */
export const ID_CHARACTERS = 12;
