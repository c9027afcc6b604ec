// A change that a command makes itself, without a server's API: the audit log of the data folder tells of it.

import { AuditLog } from '../access/audit/audit-log.ts';
import { changeLogOf } from '../access/audit/change-log.ts';
import { commandVisitor } from '../access/login/role.ts';
import { userName } from '../access/login/user-name.ts';
import { systemClock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import { makePrivate } from '../record/private-folder.ts';

export interface HandChange {
  /** `prices set gpt-4o`. */
  readonly action: string;
  readonly before: unknown;
  readonly asked?: unknown;
}

/**
 * `work` makes it, and returns what is there afterwards. Where the log cannot be written, it is not called; one that takes
 * no entry afterwards is an error, too.
 */
export async function auditedChange<T>(
  dataDir: string,
  { action, before, asked }: HandChange,
  work: () => T | Promise<T>,
): Promise<T> {
  makePrivate(dataDir);
  const log = changeLogOf(new AuditLog(dataDir));
  log.assertWritable();
  const { name: who, role } = commandVisitor(userName());
  const change = { who, role, action, before, ...(asked !== undefined && { asked }) };
  let after: T;
  try {
    after = await work();
  } catch (error) {
    const refusal = error instanceof Error ? error.message : String(error);
    log.tell({ ...change, after: null, refusal }, systemClock.now());
    throw error;
  }
  const untold = log.tell({ ...change, after }, systemClock.now());
  if (untold !== null) throw new TokenWatchError('storage_failed', `The change was made. ${untold}`);
  return after;
}
