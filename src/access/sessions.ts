// Sessions of the dashboard: what a cookie stands for. In memory, by the cookie's hash: whoever reads the process's
// memory dump finds no cookie, and a restart ends them all.

import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Role, Visitor } from './role.ts';

const HOUR_MS = 3_600_000;
const IDLE_MS = 12 * HOUR_MS;
const LIFETIME_MS = 7 * 24 * HOUR_MS;
/** The oldest goes beyond it. */
const SESSIONS_MAX = 10_000;
const SECRET_BYTES = 32;

interface Session {
  readonly visitor: Visitor;
  /** Of the user's credentials when it began: it ends when they change. Null for one without a user. */
  readonly stamp: string | null;
  readonly beganMs: number;
  seenMs: number;
}

export class Sessions {
  readonly #clock: Clock;
  readonly #byHash = new Map<string, Session>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byHash.size;
  }

  /** Returns the cookie's value, which is kept nowhere. */
  begin(visitor: Visitor, stamp: string | null): string {
    if (this.#byHash.size >= SESSIONS_MAX) this.#forgetOldest();
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const nowMs = this.#clock.now();
    this.#byHash.set(hashOf(secret), { visitor, stamp, beganMs: nowMs, seenMs: nowMs });
    return secret;
  }

  /**
   * Whose it is; null for one that is not known, or is over. `current` tells the user's credentials and role now: a
   * session ends with its user, or a new password.
   */
  visitorOf(
    secret: string,
    current: (name: string) => { readonly stamp: string; readonly role: Role } | null,
  ): Visitor | null {
    const hash = hashOf(secret);
    const session = this.#byHash.get(hash);
    if (session === undefined) return null;
    const nowMs = this.#clock.now();
    const isOver = nowMs - session.seenMs > IDLE_MS || nowMs - session.beganMs > LIFETIME_MS;
    const user = session.stamp === null ? null : current(session.visitor.name);
    if (isOver || (session.stamp !== null && user?.stamp !== session.stamp)) {
      this.#byHash.delete(hash);
      return null;
    }
    session.seenMs = nowMs;
    return user === null ? session.visitor : { name: session.visitor.name, role: user.role };
  }

  end(secret: string): void {
    this.#byHash.delete(hashOf(secret));
  }

  #forgetOldest(): void {
    const [oldest] = this.#byHash.keys();
    if (oldest !== undefined) this.#byHash.delete(oldest);
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
