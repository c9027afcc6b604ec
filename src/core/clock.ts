// Time arrives through constructors, so that tests can hold it still.

export interface Clock {
  /** Wall-clock time in epoch milliseconds. */
  now(): number;
  /** A clock that never steps back, in milliseconds with a fraction; only differences mean anything. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/** What this thread has had of a processor, in milliseconds: what it takes by itself, however busy the machine is. */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
