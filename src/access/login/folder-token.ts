// The token of the data folder: whoever can read the folder may do everything. The command line reads it there; a page
// gets a session for it by a link that works once.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { TokenWatchError } from '../../core/errors.ts';
import { readPrivateFile, writePrivateFile } from '../../record/private-file.ts';

const NAME = 'token';
const BYTES = 32;
const FORM = /^[A-Za-z0-9_-]{43}$/;

/** Makes it where there is none, or no right one. Throws where the folder takes no file. */
export function openFolderToken(dataDir: string): string {
  const known = readFolderToken(dataDir);
  if (known !== null) return known;
  const token = randomBytes(BYTES).toString('base64url');
  writePrivateFile(join(dataDir, NAME), `${token}\n`);
  return token;
}

/** Null where there is none, or none that could be one. Throws `storage_failed` for what is no file. */
export function readFolderToken(dataDir: string): string | null {
  const path = join(dataDir, NAME);
  try {
    const text = readPrivateFile(path)?.trim() ?? '';
    return FORM.test(text) ? text : null;
  } catch (cause) {
    throw new TokenWatchError(
      'storage_failed',
      `The data folder's token ${path} cannot be read (${(cause as Error).message}). Take away what is in its place: the server makes another at its next reload.`,
      { cause },
    );
  }
}

export function isSameSecret(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
