// Ctrl-C and termination signals. Heard before the first command is loaded.

import { closeSync, openSync } from 'node:fs';
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

/** What SIGHUP does instead of a stop; null: it stops. */
let onHangup: (() => void) | null = null;
const hadTerminal = hasTerminal();

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    // A terminal that was closed takes its programs along.
    if (name === 'SIGHUP' && onHangup !== null && (!hadTerminal || hasTerminal())) {
      onHangup();
      return;
    }
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

// Without a listener Node opens its debugger on a port of this machine: whoever connects can do what this process can.
process.on('SIGUSR1', () => {
  process.stderr.write(
    'tokenwatch: SIGUSR1 does nothing here: Node.js would open its debugger, for every user of this machine. Start with "node --inspect" to debug.\n',
  );
});

/** Until the returned function is called, SIGHUP does this, and stops nothing. */
export function onHangupSignal(reload: () => void): () => void {
  onHangup = reload;
  return () => {
    onHangup = null;
  };
}

/** Whether there is a terminal that could be closed. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r+'));
    return true;
  } catch {
    // None, or no longer; a platform without terminals as files has no SIGHUP that asks for more than a stop.
    return false;
  }
}

/** Aborted by the first one. */
export const interruptSignal: AbortSignal = interrupt.signal;
/** Aborted by the second one. */
export const hurrySignal: AbortSignal = hurry.signal;
