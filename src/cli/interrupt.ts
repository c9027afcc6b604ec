// Ctrl-C and termination signals. Heard before the first command is loaded.

import { constants } from 'node:os';

/**
 * One Ctrl-C can arrive several times: a terminal sends it to every process of the group, and npm and the launcher
 * pass it on as well. What comes within this time is the same one; what comes later is somebody who does not want
 * to wait.
 */
const SAME_INTERRUPT_MS = 250;
/** Whoever was told twice has this long for last words and records. */
const HURRY_MS = 3000;

const interrupt = new AbortController();
const hurry = new AbortController();
let interruptedAtMs: number | null = null;

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    const nowMs = performance.now();
    const sinceLastMs = nowMs - (interruptedAtMs ?? nowMs);
    if (interruptedAtMs !== null && sinceLastMs <= SAME_INTERRUPT_MS) return;
    const exit = (): void => process.exit(128 + constants.signals[name]);
    if (hurry.signal.aborted) exit();
    else if (interruptedAtMs !== null) {
      hurry.abort();
      setTimeout(exit, HURRY_MS).unref();
    }
    interruptedAtMs = nowMs;
    interrupt.abort();
  });
}

/** Aborted by the first one. */
export const interruptSignal: AbortSignal = interrupt.signal;
/** Aborted by the second one. */
export const hurrySignal: AbortSignal = hurry.signal;
