// Whether the server does its work, part by part.

/** `degraded`: traffic flows, but something waits or is worse than it was. `failed`: traffic is refused. */
export type CheckState = 'ok' | 'degraded' | 'failed';

export interface CheckResult {
  readonly state: CheckState;
  /** What is wrong, and what that means. Null where nothing is. */
  readonly about: string | null;
}

export interface Check {
  readonly name: string;
  /** What it is when the check throws or takes too long, and what that means. */
  readonly silence: { readonly state: Exclude<CheckState, 'ok'>; readonly about: string };
  look(): CheckResult | Promise<CheckResult>;
}

export const WELL: CheckResult = { state: 'ok', about: null };

export function degraded(about: string): CheckResult {
  return { state: 'degraded', about };
}
