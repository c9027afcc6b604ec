// The demo's own data folder: beside the user's real one, never in it, and emptied only where we made it.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TokenWatchError } from '../../core/errors.ts';
import { makeFolders } from '../../runtime/make-folders.ts';

const MARKER = 'THIS-IS-DEMO-DATA.txt';
const OWNER = 'demo.pid';

/** `…/tokenwatch` → `…/tokenwatch-demo`. */
export function demoFolder(dataFolder: string): string {
  return `${dataFolder.replace(/[/\\]+$/, '')}-demo`;
}

/**
 * Makes the folder and marks it as in use; without `keep` it is emptied first. Throws `invalid_argument` for a
 * folder with content that no demo has written, and for one that a running demo uses.
 */
export function prepareDemoFolder(folder: string, keep: boolean): void {
  const entries = existsSync(folder) ? readdirSync(folder) : [];
  if (entries.length > 0 && !entries.includes(MARKER)) {
    throw new TokenWatchError(
      'invalid_argument',
      `"${folder}" holds files that are not the demo's; move them, or set TOKENWATCH_DATA_DIR to another folder.`,
    );
  }
  if (existsSync(join(folder, OWNER))) {
    const owner = Number(readFileSync(join(folder, OWNER), 'utf8'));
    if (isRunning(owner)) {
      throw new TokenWatchError(
        'invalid_argument',
        `another demo (process ${owner}) is using "${folder}"; stop it first, or set TOKENWATCH_DATA_DIR.`,
      );
    }
  }
  if (!keep) rmSync(folder, { recursive: true, force: true });
  makeFolders(folder);
  writeFileSync(
    join(folder, MARKER),
    'Records in this folder come from "tokenwatch demo". Delete it at any time.\n',
  );
  writeFileSync(join(folder, OWNER), String(process.pid));
}

/** The demo has ended; its records stay. */
export function releaseDemoFolder(folder: string): void {
  rmSync(join(folder, OWNER), { force: true });
}

function isRunning(processId: number): boolean {
  if (!Number.isSafeInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, under another user. Anything else: it is gone.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
