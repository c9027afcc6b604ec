// Keeps every change of budgets and access keys in the data folder: a line each, with who, when, before and after.

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, Witness } from '../core/change.ts';
import { TokenWatchError } from '../core/errors.ts';
import { makePrivate, makePrivateFile } from './private-folder.ts';

const FILE = 'changes.jsonl';

export function changeLog(dataDir: string): Witness {
  const path = join(dataDir, FILE);
  return ({ who, action, subject, before, after }: Change) => {
    try {
      makePrivate(dataDir);
      makePrivateFile(path);
      const line = { at: new Date().toISOString(), who, action, subject, before, after };
      appendFileSync(path, `${JSON.stringify(line)}\n`);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new TokenWatchError(
        'storage_failed',
        `Nothing was changed: ${path}, which keeps who changed what, cannot be written (${reason}).`,
        { cause },
      );
    }
  };
}
