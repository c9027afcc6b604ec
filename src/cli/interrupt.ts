// Ctrl-C and termination signals. Heard before the first command is loaded.

import { constants } from 'node:os';

/**
 * One Ctrl-C can arrive several times: a terminal sends it to every process of the group, and npm and the launcher
 * pass it on as well. What comes within this time is the same one; what comes later is somebody who does not want
 * to wait.
 */
const SAME_INTERRUPT_MS = 1000;

const interrupt = new AbortController();
let interruptedAtMs: number | null = null;

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    const nowMs = performance.now();
    interruptedAtMs ??= nowMs;
    if (nowMs - interruptedAtMs > SAME_INTERRUPT_MS) process.exit(128 + constants.signals[name]);
    interrupt.abort();
  });
}

/** Aborted by the first one. */
export const interruptSignal: AbortSignal = interrupt.signal;
