// One answer of the API, kept fresh. The next question waits for the answer to the last one, however slow it is, and
// what was answered before stays on the page, marked as old, until something newer or an error stands beside it. Where
// the server is not there or cannot answer it is asked again by itself, with growing pauses; and whoever comes back to
// the page sees what was changed meanwhile, in another tab or by a command.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask, isPassing, messageOf } from './ask.ts';

export interface Answer<T> {
  readonly value: T | null;
  /** What went wrong with the last question, in a sentence. */
  readonly fault: string | null;
  /** True while `value` answers another path than the one that is asked. */
  readonly isOld: boolean;
  readonly reload: () => void;
}

export interface Freshness {
  /** Asks again this long after an answer; null: only when told to. */
  readonly everyMs?: number | null;
  /** A number that changes when something has happened: asks again, `soonMs` after the last answer at the earliest. */
  readonly tick?: number;
  readonly soonMs?: number;
}

const SOON_MS = 5000;
const RETRY_FIRST_MS = 2000;
const RETRY_MAX_MS = 15_000;

/** `path` null asks nothing. */
export function useAnswer<T>(path: string | null, freshness: Freshness = {}): Answer<T> {
  const { everyMs = null, tick = 0, soonMs = SOON_MS } = freshness;
  const [held, setHeld] = useState<{ path: string; value: T } | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const asked = useRef<{ readonly reload: (now: boolean) => void } | null>(null);

  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    let isAsking = false;
    let wantsMore: 'soon' | 'now' | null = null;
    let answeredAtMs = 0;
    let retryMs: number | null = null;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const later = (ms: number): void => {
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(() => void load(), ms);
    };
    const load = async (): Promise<void> => {
      timer = null;
      if (isAsking) {
        wantsMore ??= 'soon';
        return;
      }
      isAsking = true;
      wantsMore = null;
      try {
        const value = await ask<T>(path, { signal: abort.signal });
        setHeld({ path, value });
        setFault(null);
        retryMs = null;
      } catch (error) {
        if (abort.signal.aborted) return;
        setFault(messageOf(error));
        retryMs = isPassing(error) ? Math.min(RETRY_MAX_MS, 2 * (retryMs ?? RETRY_FIRST_MS / 2)) : null;
      } finally {
        isAsking = false;
        answeredAtMs = performance.now();
      }
      const waits = [wantsMore === 'now' ? 0 : wantsMore === 'soon' ? soonMs : null, everyMs, retryMs];
      const soonest = Math.min(...waits.map((ms) => ms ?? Number.POSITIVE_INFINITY));
      if (Number.isFinite(soonest)) later(soonest);
    };
    asked.current = {
      reload: (now) => {
        if (document.hidden && !now) return;
        // The answer under way may be of before what has just been changed.
        if (isAsking) wantsMore = now ? 'now' : (wantsMore ?? 'soon');
        else if (now) void load();
        else later(Math.max(0, answeredAtMs + soonMs - performance.now()));
      },
    };
    void load();
    const come = (): void => asked.current?.reload(false);
    addEventListener('focus', come);
    document.addEventListener('visibilitychange', come);
    return () => {
      removeEventListener('focus', come);
      document.removeEventListener('visibilitychange', come);
      abort.abort();
      if (timer !== null) clearTimeout(timer);
      asked.current = null;
    };
  }, [path, everyMs, soonMs]);

  useEffect(() => {
    if (tick > 0) asked.current?.reload(false);
  }, [tick]);

  const reload = useCallback(() => asked.current?.reload(true), []);
  const isOld = held !== null && held.path !== path;
  return { value: path === null ? null : (held?.value ?? null), fault, isOld, reload };
}
