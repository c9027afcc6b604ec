// Threads whose work may wait: traffic goes first where the processors are busy.

import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Puts the thread that calls it behind the process's others. Linux alone lets a thread say so; elsewhere, and in a
 * container that forbids it, it stays as important as they are.
 */
export function giveWay(): void {
  try {
    // PID/task/TID
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // See above.
  }
}
