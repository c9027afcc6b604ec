// What somebody who looked at a part of an installation found there.

/** `note`: worth knowing, nothing to do. `warning`: works, and will hurt. `fault`: does not work. */
export type Verdict = 'ok' | 'note' | 'warning' | 'fault';

export interface Finding {
  readonly subject: string;
  readonly verdict: Verdict;
  /** What is so. */
  readonly found: string;
  /** What to do about it; null where there is nothing to do. */
  readonly advice: string | null;
}
