// The data folder: whether it takes files, whose it is, and how much room is left.

import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { damagedFiles } from '../app/damaged-files.ts';
import type { Finding } from '../core/finding.ts';
import { inTheWay } from '../runtime/make-folders.ts';
import type { CheckUp } from './check-up.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const FREE_BYTES_MIN = GIB;
/** What a database, a spool and a copy beside them write at once. */
const FREE_BYTES_NEEDED = 16 * 1024 * 1024;
const OTHERS_MAY = 0o077;

export const folder: CheckUp = {
  name: 'Data folder',
  isNeeded: () => true,
  run: async ({ settings, nowMs }, stored) => {
    const path = settings.TOKENWATCH_DATA_DIR;
    const subject = 'folder';
    // One that is not there yet is made in the nearest folder that is.
    let there = resolve(path);
    const found = inTheWay(there);
    if (found !== null) {
      const advice = 'Name a folder with TOKENWATCH_DATA_DIR, or move away what is in its place.';
      return [{ subject, verdict: 'fault', found, advice }];
    }
    while (!existsSync(there)) there = dirname(there);
    try {
      accessSync(there, constants.W_OK);
    } catch {
      const advice =
        'Give this user the right to write there, or name another folder with TOKENWATCH_DATA_DIR.';
      return [{ subject, verdict: 'fault', found: `${there} takes no files`, advice }];
    }
    const isThere = there === resolve(path);
    const state = isThere ? path : `${path} is not there yet; the first start makes it`;
    return [
      { subject, verdict: 'ok', found: state, advice: null },
      ...(isThere ? [rightsOf(path)] : []),
      roomOf(there),
      ...damagedFiles({ settings, keys: stored?.keys ?? [], nowMs: nowMs() }).map(damageOf),
    ];
  },
};

function damageOf(found: string): Finding {
  return { subject: 'files', verdict: 'fault', found, advice: 'A server says so at its start, too.' };
}

function rightsOf(path: string): Finding {
  const subject = 'rights';
  const mode = statSync(path).mode & 0o777;
  if (process.platform === 'win32' || (mode & OTHERS_MAY) === 0)
    return { subject, verdict: 'ok', found: 'its owner’s alone', advice: null };
  const found = `others of this machine may look into it (0${mode.toString(8)})`;
  return { subject, verdict: 'warning', found, advice: `chmod 700 ${path}` };
}

function roomOf(path: string): Finding {
  const { bavail, bsize, files, ffree } = statfsSync(path);
  const free = bavail * bsize;
  const isOutOfFiles = files > 0 && ffree === 0;
  const found = isOutOfFiles
    ? 'its disk takes no more files (no inode is free)'
    : free < GIB
      ? `${(free / MIB).toFixed(1)} MiB are free`
      : `${(free / GIB).toFixed(1)} GiB are free`;
  if (!isOutOfFiles && free >= FREE_BYTES_MIN) return { subject: 'room', verdict: 'ok', found, advice: null };
  const advice =
    'On a full disk records wait in memory, hard budgets refuse what they cannot write down, and changes are refused: free some.';
  return {
    subject: 'room',
    verdict: isOutOfFiles || free < FREE_BYTES_NEEDED ? 'fault' : 'warning',
    found,
    advice,
  };
}
