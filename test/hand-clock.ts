// A clock that a test sets by hand: the machine's own goes on while a busy one is held up, or makes the test wait.

import { type Clock, systemClock } from '../src/core/clock.ts';

export interface HandClock extends Clock {
  pass(ms: number): void;
}

/** Stands at this moment until time is made to pass. What is measured between two moments is the machine's all the same. */
export function handClock(): HandClock {
  let nowMs = systemClock.now();
  return {
    now: () => nowMs,
    monotonicMs: () => systemClock.monotonicMs(),
    pass: (ms) => {
      nowMs += ms;
    },
  };
}
