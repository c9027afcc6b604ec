// Which data folder this is, among those whose proxies share a database: an id that the folder keeps.

import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whose records these are: a data folder, and the process that runs on it. */
export interface Self {
  readonly instance: string;
  readonly owner: string;
}

export function instanceOf(dataDir: string): string {
  const path = join(dataDir, 'instance');
  mkdirSync(dataDir, { recursive: true });
  // Whole or not at all, also where two processes come at once: a file that is linked into its place.
  const mine = `${path}.${process.pid}.${randomUUID()}`;
  writeFileSync(mine, randomUUID(), { mode: 0o600 });
  try {
    linkSync(mine, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(mine);
  }
  return readFileSync(path, 'utf8').trim();
}
