// Where the server of a data folder answers, for commands: written beside the folder's claim, and believed only as long
// as its owner lives.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownerIsAlive } from './spool.ts';

const NAME = 'server.place';

export interface ServerPlace {
  readonly dashboardUrl: string;
  /** Fingerprints of the certificates that the server shows; none without TLS. */
  readonly certificates: readonly string[];
}

/** Returns what takes it away again. A folder that takes no file leaves commands to the settings. */
export function tellPlace(
  dataDir: string,
  owner: string,
  place: ServerPlace,
  warn: (message: string) => void,
): () => void {
  const path = join(dataDir, NAME);
  try {
    writeFileSync(path, JSON.stringify({ owner, ...place }), { mode: 0o600 });
  } catch (error) {
    warn(`${path} cannot be written (${(error as Error).message}): commands look where their settings say.`);
    return () => undefined;
  }
  return () => rmSync(path, { force: true });
}

/** Null where no server runs on the folder, as far as can be told. */
export function placeOf(dataDir: string): string | null {
  return wholePlaceOf(dataDir)?.dashboardUrl ?? null;
}

/** The same with what it shows there. */
export function wholePlaceOf(dataDir: string): ServerPlace | null {
  try {
    const { owner, dashboardUrl, certificates } = JSON.parse(
      readFileSync(join(dataDir, NAME), 'utf8'),
    ) as Partial<Record<'owner' | 'dashboardUrl' | 'certificates', unknown>>;
    const isThere = typeof owner === 'string' && typeof dashboardUrl === 'string' && ownerIsAlive(owner);
    const shown = Array.isArray(certificates) ? certificates.map(String) : [];
    return isThere ? { dashboardUrl, certificates: shown } : null;
  } catch {
    // No file, or half of one: nothing is known.
    return null;
  }
}
