// Lets the requests in flight end before the proxy stops, for a while; what is left then is ended in its own protocol.

import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { LinkedSet } from '../core/linked-set.ts';
import type { Exchange } from './exchange.ts';

export interface DrainOptions {
  readonly clock: Clock;
  /** Requests that have arrived and are not settled. */
  readonly open: LinkedSet<Exchange>;
  readonly graceMs: number;
  /** Aborted: nothing is waited for any longer. */
  readonly hurry: AbortSignal;
  /** Called at each look. */
  readonly onLook: () => void;
}

const LOOK_MS = 100;
/** An answer that has begun and sends nothing for so long is not waited for: most likely it never ends. */
const SILENCE_MS_MAX = 6000;

/** Resolves when nothing is open, or when what was open has been cut. */
export async function drain({ clock, open, graceMs, hurry, onLook }: DrainOptions): Promise<void> {
  const beganMs = clock.monotonicMs();
  const progress = new Map<Exchange, { readonly bytes: number; readonly atMs: number }>();
  while (open.size > 0 && !hurry.aborted) {
    const nowMs = clock.monotonicMs();
    if (nowMs - beganMs >= graceMs) break;
    for (const exchange of [...open]) {
      const bytes = sentBytes(exchange);
      const before = progress.get(exchange);
      if (before?.bytes !== bytes) progress.set(exchange, { bytes, atMs: nowMs });
      else if (nowMs - before.atMs >= SILENCE_MS_MAX && exchange.hasBegunAnswer) exchange.cut(stopping());
    }
    onLook();
    await pause(LOOK_MS, hurry);
  }
  for (const exchange of [...open]) exchange.cut(stopping());
}

const stopping = (): TokenWatchError =>
  new TokenWatchError('shutting_down', 'TokenWatch is stopping. Send the request again in a moment.');

function sentBytes({ response }: Exchange): number {
  return response.socket?.bytesWritten ?? 0;
}

function pause(ms: number, hurry: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      hurry.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    hurry.addEventListener('abort', done);
  });
}
