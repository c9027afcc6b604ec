// Sessions of the dashboard: what a cookie stands for. In memory, by the cookie's hash: whoever reads the process's
// memory dump finds no cookie, and a restart ends them all.

import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { Role, Visitor } from './role.ts';

/** The oldest goes beyond it. */
const SESSIONS_MAX = 10_000;
const SECRET_BYTES = 32;

export interface SessionTimes {
  readonly idleMs: number;
  readonly lifetimeMs: number;
}

/** What a session may need at its end. */
export interface SessionEnd {
  readonly visitor: Visitor;
  /** Where whoever let the visitor in ends its own session; null for nowhere. */
  readonly leaveUrl: string | null;
}

interface Session extends SessionEnd {
  /** Of the user's credentials when it began: it ends when they change. Null for one without a user. */
  readonly stamp: string | null;
  readonly beganMs: number;
  seenMs: number;
}

export class Sessions {
  readonly #clock: Clock;
  #times: SessionTimes;
  readonly #byHash = new Map<string, Session>();

  constructor(clock: Clock, times: SessionTimes) {
    this.#clock = clock;
    this.#times = times;
  }

  /** For those that run, too. */
  retune(times: SessionTimes): void {
    this.#times = times;
  }

  get size(): number {
    return this.#byHash.size;
  }

  /** Returns the cookie's value, which is kept nowhere. */
  begin(visitor: Visitor, stamp: string | null, leaveUrl: string | null = null): string {
    if (this.#byHash.size >= SESSIONS_MAX) this.#forgetOldest();
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const nowMs = this.#clock.now();
    this.#byHash.set(hashOf(secret), { visitor, stamp, leaveUrl, beganMs: nowMs, seenMs: nowMs });
    return secret;
  }

  /**
   * Whose it is; null for one that is not known, or is over. `current` tells the user's credentials and role now: a
   * session ends with its user, or a new password. `isAsking`: whether it begins its rest anew.
   */
  visitorOf(
    secret: string,
    current: (visitor: Visitor) => { readonly stamp: string; readonly role: Role } | null,
    isAsking = true,
  ): Visitor | null {
    const hash = hashOf(secret);
    const session = this.#byHash.get(hash);
    if (session === undefined) return null;
    const nowMs = this.#clock.now();
    const { idleMs, lifetimeMs } = this.#times;
    const isOver = nowMs - session.seenMs > idleMs || nowMs - session.beganMs > lifetimeMs;
    const user = session.stamp === null ? null : current(session.visitor);
    if (isOver || (session.stamp !== null && user?.stamp !== session.stamp)) {
      this.#byHash.delete(hash);
      return null;
    }
    if (isAsking) session.seenMs = nowMs;
    return user === null ? session.visitor : { name: session.visitor.name, role: user.role };
  }

  /** Null for one that is not known. */
  end(secret: string): SessionEnd | null {
    const hash = hashOf(secret);
    const session = this.#byHash.get(hash) ?? null;
    this.#byHash.delete(hash);
    return session;
  }

  /** Ends all of one visitor, on whatever device; null: of everybody. Returns how many there were. */
  endAll(name: string | null): number {
    const meant = [...this.#byHash].filter(([, { visitor }]) => name === null || visitor.name === name);
    for (const [hash] of meant) this.#byHash.delete(hash);
    return meant.length;
  }

  #forgetOldest(): void {
    const [oldest] = this.#byHash.keys();
    if (oldest !== undefined) this.#byHash.delete(oldest);
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
