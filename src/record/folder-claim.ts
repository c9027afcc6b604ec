// One server for a data folder: two would keep two ledgers of the same budgets. The claim names its owner, so that what
// a killed server left behind does not count.

import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TokenWatchError } from '../core/errors.ts';
import { makeFolders } from '../runtime/make-folders.ts';
import { ownerIsAlive } from './spool.ts';

const NAME = 'server.claim';
const ATTEMPTS = 3;

/** Throws `folder_in_use` where another process holds the folder. Returns what gives it up. */
export function claimFolder(dataDir: string, owner: string): () => void {
  makeFolder(dataDir);
  return claimFile(join(dataDir, NAME), owner, (holder) => inUse(dataDir, holder));
}

/** One process for a file: throws what `refusal` says where another one that lives has it. Returns what gives it up. */
export function claimFile(
  path: string,
  owner: string,
  refusal: (holder: string) => TokenWatchError,
): () => void {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (wrote(path, owner)) return () => giveUp(path, owner);
    assertFile(path);
    const holder = holderOf(path);
    if (holder === owner) return () => undefined;
    if (holder !== null && ownerIsAlive(holder)) throw refusal(holder);
    clear(path, holder);
  }
  throw refusal(holderOf(path) ?? 'unknown');
}

/** Whether a process that lives holds the folder. */
export function isClaimed(dataDir: string): boolean {
  const holder = holderOf(join(dataDir, NAME));
  return holder !== null && ownerIsAlive(holder);
}

function makeFolder(dataDir: string): void {
  try {
    makeFolders(dataDir);
  } catch (cause) {
    throw new TokenWatchError(
      'storage_failed',
      `The data folder ${dataDir} cannot be made (${(cause as Error).message}). Name another one with TOKENWATCH_DATA_DIR.`,
      { cause },
    );
  }
}

/** False where there is a claim already. A folder that takes no file is for others to complain of. */
function wrote(path: string, owner: string): boolean {
  try {
    writeFileSync(path, owner, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EEXIST';
  }
}

/** Nobody's claim is a folder, and nobody takes one away. */
function assertFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  throw new TokenWatchError(
    'storage_failed',
    `${path}, which says who runs on the data folder, is a folder. Take away what is in its place.`,
  );
}

function holderOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim() || null;
  } catch {
    // It is gone again, or cannot be read: nobody's.
    return null;
  }
}

/** Takes the claim of a dead owner away: whoever moves it first, and only that one. */
function clear(path: string, holder: string | null): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    // Another one was quicker.
    return;
  }
  // A fresh claim that came in between goes back to its place.
  if (holderOf(aside) === holder) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function giveUp(path: string, owner: string): void {
  if (holderOf(path) === owner) rmSync(path, { force: true });
}

function inUse(dataDir: string, holder: string): TokenWatchError {
  return new TokenWatchError(
    'folder_in_use',
    `Another TokenWatch server (process ${holder.split('-')[0]}) runs on the data folder ${dataDir}: two would not know of each other's budgets. Stop it, or give this one a folder of its own with TOKENWATCH_DATA_DIR.`,
  );
}
