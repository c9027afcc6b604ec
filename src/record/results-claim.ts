// One run at a time for a file of results: two would each pay for what the other is about to be told.

import { dirname } from 'node:path';
import { TokenWatchError } from '../core/errors.ts';
import { makeFolders } from '../runtime/make-folders.ts';
import { claimFile } from './folder-claim.ts';
import { processOwner } from './spool.ts';

/** Throws where another process that lives has it. Returns what gives it up. */
export function claimResults(path: string): () => void {
  makeFolders(dirname(path), 0o700);
  return claimFile(
    `${path}.claim`,
    processOwner(),
    (holder) =>
      new TokenWatchError(
        'run_in_progress',
        `Another run (process ${holder.split('-')[0]}) is writing to ${path}: both would pay for the same answers. Wait for its end, or stop it.`,
      ),
  );
}
