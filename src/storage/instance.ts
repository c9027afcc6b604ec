// Which data folder this is, among those whose proxies share a database: an id that the folder keeps.

import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TokenWatchError } from '../core/errors.ts';
import { readPrivateFile } from '../record/private-file.ts';
import { makeFolders } from '../runtime/make-folders.ts';

/** Whose records these are: a data folder, and the process that runs on it. */
export interface Self {
  readonly instance: string;
  readonly owner: string;
}

const NAME = 'instance';
const FORM = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Throws `storage_failed` where the folder keeps no file, or something else is in its place. */
export function instanceOf(dataDir: string): string {
  const path = join(dataDir, NAME);
  try {
    makeFolders(dataDir);
    const known = readPrivateFile(path)?.trim() ?? '';
    if (FORM.test(known)) return known;
    // Emptied by a power cut, say: whoever has no id of its own takes a new one.
    if (known !== '' || existsSync(path)) rmSync(path);
    return madeAt(path);
  } catch (cause) {
    throw new TokenWatchError(
      'storage_failed',
      `${path}, which tells this data folder from others, cannot be read or made (${(cause as Error).message}). Take away what is in its place, or name another folder with TOKENWATCH_DATA_DIR.`,
      { cause },
    );
  }
}

function madeAt(path: string): string {
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
