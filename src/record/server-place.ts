// Where the server of a data folder answers, for commands: written beside the folder's claim, and believed only as long
// as its owner lives.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownerIsAlive } from './spool.ts';

const NAME = 'server.place';

/** Returns what takes it away again. A folder that takes no file leaves commands to the settings. */
export function tellPlace(
  dataDir: string,
  owner: string,
  dashboardUrl: string,
  warn: (message: string) => void,
): () => void {
  const path = join(dataDir, NAME);
  try {
    writeFileSync(path, JSON.stringify({ owner, dashboardUrl }), { mode: 0o600 });
  } catch (error) {
    warn(`${path} cannot be written (${(error as Error).message}): commands look where their settings say.`);
  }
  return () => rmSync(path, { force: true });
}

/** Null where no server runs on the folder, as far as can be told. */
export function placeOf(dataDir: string): string | null {
  try {
    const { owner, dashboardUrl } = JSON.parse(readFileSync(join(dataDir, NAME), 'utf8')) as Partial<
      Record<'owner' | 'dashboardUrl', unknown>
    >;
    const isThere = typeof owner === 'string' && typeof dashboardUrl === 'string' && ownerIsAlive(owner);
    return isThere ? dashboardUrl : null;
  } catch {
    // No file, or half of one: nothing is known.
    return null;
  }
}
