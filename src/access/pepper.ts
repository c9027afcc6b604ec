// The secret with which access keys are hashed: of the settings, else a file of the data folder that is made once. Without
// it, nobody can tell from the store which key is good.

import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TokenWatchError } from '../core/errors.ts';

const FILE = 'key-pepper';
/** Earlier versions made no other; shorter ones could be guessed. */
const FORM = /^[\x21-\x7e]{32,}$/;

/** `set` is what the settings say: the first for new keys, others for keys that were made with them. */
export function peppersOf(dataDir: string, set: readonly string[]): readonly string[] {
  return set.length > 0 ? set : [filePepper(dataDir, join(dataDir, FILE))];
}

function filePepper(folder: string, path: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = openSync(path, 'wx', 0o600);
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`);
    closeSync(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unreadable(path, cause);
  }
  let text = '';
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (!FORM.test(text)) throw unreadable(path, new Error('it holds no secret of 32 characters'));
  return text;
}

function unreadable(path: string, cause: unknown): TokenWatchError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TokenWatchError(
    'storage_failed',
    `${path}, with which access keys are hashed, cannot be read (${reason}). Restore it, or revoke all keys and make new ones.`,
    { cause },
  );
}
