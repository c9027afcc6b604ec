// Where changes are told as they are made. The audit log itself may take none: its disk is full, its folder forbidden.

import { type AuditLog, type Change, describeChange } from './audit-log.ts';

export interface ChangeLog {
  /** Throws `storage_failed` where nothing is to be changed, because it could not be told. */
  assertWritable(): void;
  /** Of what has been made or refused. Null where it is told; otherwise what has become of it, in words. */
  tell(change: Change, atMs: number): string | null;
}

/** Of a process that ends at once: what the log does not take stays untold. */
export function changeLogOf(log: AuditLog): ChangeLog {
  return {
    assertWritable: () => log.assertWritable(),
    tell(change, atMs) {
      try {
        log.add(change, atMs);
        return null;
      } catch (error) {
        return `${(error as Error).message} It does not tell of this change: ${describeChange(change)}.`;
      }
    },
  };
}
