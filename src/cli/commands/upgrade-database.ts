// `tokenwatch upgrade-database`: brings the tables up to date, as a start does, and starts nothing.

import { TokenWatchError } from '../../core/errors.ts';
import { claimFolder } from '../../record/folder-claim.ts';
import { processOwner } from '../../record/spool.ts';
import type { Settings } from '../../settings.ts';
import { visitStore } from '../../storage/registry.ts';
import { type Command, JSON_OPTION } from '../command.ts';

export const upgradeDatabase: Command = {
  name: 'upgrade-database',
  summary: 'bring the database of an earlier version up to date, as a start does',
  options: [JSON_OPTION],
  examples: ['tokenwatch backup before.sqlite && tokenwatch upgrade-database'],
  more: () => [
    '',
    'An earlier TokenWatch cannot use it afterwards: keep a copy, and stop the servers that use it first.',
  ],
  async run({ settings, options, print }) {
    const read = settings();
    const giveUp = claimFolder(read.TOKENWATCH_DATA_DIR, processOwner());
    try {
      const isOlder = await isOfEarlierVersion(read);
      const place = await upToDate(read);
      if (options.json === true) print(JSON.stringify({ database: place, upgraded: isOlder }));
      else print(isOlder ? `${place} is up to date now.` : `${place} was up to date already.`);
    } finally {
      giveUp();
    }
  },
};

async function isOfEarlierVersion(settings: Settings): Promise<boolean> {
  try {
    await (await visitStore(settings, 'look')).close();
    return false;
  } catch (error) {
    if (error instanceof TokenWatchError && error.code === 'database_older') return true;
    throw error;
  }
}

/** Returns where it is. */
async function upToDate(settings: Settings): Promise<string> {
  const visit = await visitStore(settings, 'upgrade');
  try {
    return (await visit.facts()).path;
  } finally {
    await visit.close();
  }
}
