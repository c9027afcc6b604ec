// Asks for a list anew where the feed could not tell all that belongs into it: at most every few seconds, and not while
// somebody looks at a paused one.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface CatchUp {
  /** Requests that came too fast to be told one by one. */
  readonly passedBy: number;
  readonly pass: (requests: number) => void;
  /** What a paused list missed is not known. */
  readonly missSome: () => void;
  /** The list anew, at once. */
  readonly reload: () => Promise<boolean>;
}

/** In a flood the list is asked for no sooner than this after it came. */
const CATCH_UP_MS = 5000;

export function useCatchUp(isPaused: boolean, load: (after: null) => Promise<boolean>): CatchUp {
  const [passedBy, setPassedBy] = useState(0);
  const loadedAtMs = useRef(0);
  const hasGap = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const stop = useCallback((): void => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
  }, []);
  const reload = useCallback(async (): Promise<boolean> => {
    stop();
    setPassedBy(0);
    hasGap.current = false;
    loadedAtMs.current = performance.now();
    const isLoaded = await load(null);
    loadedAtMs.current = performance.now();
    return isLoaded;
  }, [load, stop]);
  useEffect(() => stop, [reload]);
  useEffect(() => {
    // Nothing is moved under whoever looks at a paused list.
    if (isPaused) stop();
    else if (timer.current === null && (passedBy > 0 || hasGap.current)) {
      const inMs = Math.max(0, loadedAtMs.current + CATCH_UP_MS - performance.now());
      timer.current = setTimeout(() => void reload(), inMs);
    }
  }, [isPaused, passedBy, reload]);
  return {
    passedBy,
    pass: useCallback((requests: number) => setPassedBy((before) => before + requests), []),
    missSome: useCallback(() => {
      hasGap.current = true;
    }, []),
    reload,
  };
}
