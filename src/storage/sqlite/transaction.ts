// One writer at a time, and all of its work or nothing.

import type { DatabaseSync } from 'node:sqlite';

/** Begins with the right to write: who waits for it waits here, and not in the middle. */
export function inTransaction<T>(connection: DatabaseSync, work: () => T): T {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    connection.exec('COMMIT');
    return result;
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}
