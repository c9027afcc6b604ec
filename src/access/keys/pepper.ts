// The secret with which access keys are hashed: of the settings, else a file of the data folder that is made once. Without
// it, nobody can tell from the store which key is good.

import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TokenWatchError } from '../../core/errors.ts';
import { readPrivateFile } from '../../record/private-file.ts';
import { makeFolders } from '../../runtime/make-folders.ts';
import { type AccessKey, isInUse } from './access-key.ts';
import { pepperMark } from './key-text.ts';

const FILE = 'key-pepper';
const NAMES_SHOWN = 5;
/** Earlier versions made no other; shorter ones could be guessed. */
const FORM = /^[\x21-\x7e]{32,}$/;

/**
 * `set` is what the settings say: the first for new keys, others for keys that were made with them. None where the file
 * is missing or cannot be read: then no key is good. `pepperTrouble` says why.
 */
export function peppersOf(dataDir: string, set: readonly string[]): readonly string[] {
  if (set.length > 0) return set;
  const pepper = pepperIn(join(dataDir, FILE));
  return 'text' in pepper ? [pepper.text] : [];
}

/** Why keys in use are refused; null where none is. */
export function pepperTrouble(
  dataDir: string,
  set: readonly string[],
  keys: readonly AccessKey[],
  nowMs: number,
): string | null {
  const inUse = keys.filter((key) => isInUse(key, nowMs));
  if (inUse.length === 0) return null;
  return lossOf(dataDir, set) ?? strangersOf(dataDir, set, inUse, nowMs);
}

function lossOf(dataDir: string, set: readonly string[]): string | null {
  if (set.length > 0) return null;
  const path = join(dataDir, FILE);
  const pepper = pepperIn(path);
  return 'text' in pepper
    ? null
    : `${path}, with which the access keys in use were hashed, ${pepper.fault}: every one of them is refused. Restore it, or set TOKENWATCH_KEY_PEPPER to what the file held (that of the other proxies, where several share a database), or revoke all keys and make new ones.`;
}

/** Keys that were made with a secret that nobody has here: another file came into the place of theirs. */
function strangersOf(
  dataDir: string,
  set: readonly string[],
  inUse: readonly AccessKey[],
  nowMs: number,
): string | null {
  const known = new Set<string | undefined>(peppersOf(dataDir, set).map(pepperMark));
  const strangers = inUse.filter(({ hashes }) =>
    hashes.some(
      ({ pepper, endsAtMs }) =>
        pepper !== undefined && !known.has(pepper) && (endsAtMs === null || nowMs < endsAtMs),
    ),
  );
  if (strangers.length === 0) return null;
  const names = strangers.slice(0, NAMES_SHOWN).map(({ name }) => `"${name}"`);
  if (strangers.length > NAMES_SHOWN) names.push(`${strangers.length - NAMES_SHOWN} more`);
  const here = set.length > 0 ? 'TOKENWATCH_KEY_PEPPER holds' : `${join(dataDir, FILE)} holds`;
  return `Access keys in use (${names.join(', ')}) were hashed with another secret than ${here}: what was made with it is refused as unknown. Bring that secret back, or put it behind the present one in TOKENWATCH_KEY_PEPPER (several proxies on one database need the same), or rotate these keys.`;
}

/**
 * For a new key. The file is made where there is none, unless keys in use (`hasKeys`) were hashed with what is lost: they
 * would be refused for good. Throws `storage_failed`.
 */
export function newKeyPepper(dataDir: string, set: readonly string[], hasKeys: boolean): string {
  const [known] = peppersOf(dataDir, set);
  if (known !== undefined) return known;
  const path = join(dataDir, FILE);
  try {
    if (hasKeys) throw new Error(lossOf(dataDir, set) ?? '');
    makeFolders(dataDir, 0o700);
    const file = openSync(path, 'wx', 0o600);
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`);
    closeSync(file);
  } catch (cause) {
    // Another process may have been quicker.
    const [made] = hasKeys ? [] : peppersOf(dataDir, set);
    if (made !== undefined) return made;
    const { message, code } = cause as NodeJS.ErrnoException;
    throw new TokenWatchError(
      'storage_failed',
      hasKeys
        ? `No key was made: ${message}`
        : `${path}, with which access keys are hashed, cannot be ${code === 'EEXIST' ? 'read' : 'made'} (${message}). Take away what is in its place.`,
      { cause },
    );
  }
  return newKeyPepper(dataDir, set, hasKeys);
}

function pepperIn(path: string): { readonly text: string } | { readonly fault: string } {
  try {
    const text = readPrivateFile(path)?.trim();
    if (text === undefined) return { fault: 'is missing' };
    return FORM.test(text) ? { text } : { fault: 'holds no secret of 32 characters' };
  } catch (error) {
    return { fault: `cannot be read (${(error as Error).message})` };
  }
}
