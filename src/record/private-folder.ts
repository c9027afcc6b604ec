// The data folder is its owner's alone: what lies in it says who asked what, and may hold keys.

import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { makeFolders } from '../runtime/make-folders.ts';

const STICKY = 0o1000;
const OTHERS = 0o077;

/** Makes it, or takes others' rights from one that is there: not from a folder that others share, such as /tmp. */
export function makePrivate(folder: string): void {
  makeFolders(folder, 0o700);
  const { mode, uid } = statSync(folder);
  const isShared = (mode & STICKY) !== 0 || [homedir(), process.cwd(), '/'].includes(resolve(folder));
  if ((mode & OTHERS) === 0 || isShared || uid !== process.getuid?.()) return;
  chmodSync(folder, 0o700);
}

/**
 * Makes the file where it is not there. What SQLite puts beside its database gets the database's own rights. One that is
 * there is not opened: whoever closes a file takes all locks from it that their process has, SQLite's among them.
 */
export function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const { mode, uid } = statSync(path);
  if ((mode & OTHERS) !== 0 && uid === process.getuid?.()) chmodSync(path, 0o600);
}
