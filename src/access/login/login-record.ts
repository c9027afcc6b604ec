// Tells the audit log who came in, who left, and who was not let in. Failures are told up to a number an hour: whoever
// guesses passwords must not fill the disk.

import type { Clock } from '../../core/clock.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Visitor } from './role.ts';

export interface LoginRecordOptions {
  readonly log: AuditLog;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

const HOUR_MS = 3_600_000;
const FAILURES_MAX = 60;

export class LoginRecord {
  readonly #options: LoginRecordOptions;
  #hourMs = 0;
  #failures = 0;

  constructor(options: LoginRecordOptions) {
    this.#options = options;
  }

  /** A log that cannot be written keeps nobody out: nothing was changed. */
  told({ name, role }: Visitor, action: string, after: unknown = null): void {
    this.#add({ who: name, role, action, before: null, after });
  }

  /** `name` is null for one that nobody has: it may be a password that was typed into the wrong field. */
  failed(name: string | null, action: string, refusal: string): void {
    const hourMs = Math.floor(this.#options.clock.now() / HOUR_MS);
    if (hourMs !== this.#hourMs) [this.#hourMs, this.#failures] = [hourMs, 0];
    this.#failures += 1;
    if (this.#failures > FAILURES_MAX) return;
    const isLast = this.#failures === FAILURES_MAX;
    const more = isLast ? ' Others of this hour are not told.' : '';
    const who = name ?? '(a name that nobody has)';
    this.#add({ who, role: 'none', action, before: null, after: null, refusal: refusal + more });
  }

  #add(change: Parameters<AuditLog['add']>[0]): void {
    const { log, clock, warn } = this.#options;
    try {
      log.add(change, clock.now());
    } catch (error) {
      warn(`A login is missing in the audit log: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
