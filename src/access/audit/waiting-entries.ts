// What a running server has to tell the audit log, and could not: what stops spending is not held up by a full disk. The
// entries wait in memory, each is told to the server's own log at once, and they go where they belong when there is room.

import type { Clock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { reasonOf } from '../../core/repeated-fault.ts';
import { type AuditLog, type Change, describeChange } from './audit-log.ts';
import type { ChangeLog } from './change-log.ts';
import { withoutSecrets } from './without-secrets.ts';

export interface WaitingEntriesOptions {
  readonly log: Pick<AuditLog, 'add' | 'assertWritable'>;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  readonly retryMs?: number;
  /** Beyond so many, the server's own log alone tells of a change. */
  readonly waitingMax?: number;
}

export interface EntriesWaiting {
  readonly count: number;
  readonly sinceMs: number;
  readonly reason: string;
}

interface Entry {
  readonly change: Change;
  readonly atMs: number;
}

const RETRY_MS = 1000;
const WAITING_MAX = 1000;
/** Each takes a millisecond or two of everybody's time: so many at once, and the others after a pause. */
const TOGETHER = 10;
const PAUSE_MS = 50;
/** Whoever holds the log has it for a few milliseconds; one that was killed holds up no traffic. */
const LOCK_TRIES = 10;
/** How a line of the server's own log begins that tells of a change instead. */
const NOT_YET_TOLD = 'NOT IN THE AUDIT LOG YET';

export class WaitingEntries implements ChangeLog {
  readonly #options: Required<WaitingEntriesOptions>;
  #waiting: Entry[] = [];
  /** Of those that wait, and of those that were not kept. */
  #late = 0;
  #lost = 0;
  #reason = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WaitingEntriesOptions) {
    this.#options = { retryMs: RETRY_MS, waitingMax: WAITING_MAX, ...options };
  }

  /** Null where none do. */
  get trouble(): EntriesWaiting | null {
    const [oldest] = this.#waiting;
    return oldest === undefined
      ? null
      : { count: this.#late + this.#lost, sinceMs: oldest.atMs, reason: this.#reason };
  }

  assertWritable(): void {
    this.#options.log.assertWritable();
  }

  tell(change: Change, atMs: number): string | null {
    const { waitingMax } = this.#options;
    const isKept = this.#waiting.length < waitingMax;
    if (isKept) this.#waiting.push({ change, atMs });
    // In the place of all that are not.
    else this.#waiting[waitingMax] = { change: gap(this.#lost + 1), atMs };
    if (this.#write()) return null;
    if (isKept) this.#late += 1;
    else this.#lost += 1;
    this.#warnOf(change);
    return isKept
      ? `${this.#reason}. It tells of this as soon as it can be written; until then the server's own log does.`
      : `${this.#reason}. ${counted(waitingMax, 'change waits', 'changes wait')} for it: of this one the server's own log alone tells.`;
  }

  /** Writes what waits. What then still does is lost, but for the server's own log. */
  close(): void {
    while (this.#waiting.length > 0 && this.#writeSome());
    clearTimeout(this.#timer);
    const { trouble } = this;
    if (trouble === null) return;
    const { count, reason } = trouble;
    this.#options.warn(
      `${counted(count, 'change is', 'changes are')} not in the audit log (${reason}). The lines that begin with "${NOT_YET_TOLD}" tell of them.`,
    );
  }

  /** Whether nothing waits any longer. */
  #write(): boolean {
    clearTimeout(this.#timer);
    const isTaken = this.#writeSome();
    if (this.#waiting.length === 0) return true;
    this.#timer = setTimeout(() => this.#write(), isTaken ? PAUSE_MS : this.#options.retryMs).unref();
    return false;
  }

  /** Whether the log takes entries. */
  #writeSome(): boolean {
    const { log, warn } = this.#options;
    try {
      for (let written = 0; written < TOGETHER && this.#waiting.length > 0; written += 1) {
        const { change, atMs } = this.#waiting[0] as Entry;
        log.add(change, atMs, LOCK_TRIES);
        this.#waiting.shift();
      }
    } catch (error) {
      this.#reason = reasonOf(error);
      return false;
    }
    if (this.#waiting.length === 0 && this.#late > 0) {
      warn(
        `The audit log is written again, and tells of ${counted(this.#late, 'change')} that waited for it.`,
      );
      [this.#late, this.#lost] = [0, 0];
    }
    return true;
  }

  #warnOf(change: Change): void {
    const { who, role, asked, refusal } = change;
    const fate = refusal === undefined ? 'in force' : `refused: ${refusal}`;
    const words = asked === undefined ? '' : ` ${JSON.stringify(withoutSecrets(asked))}`;
    this.#options.warn(
      `${NOT_YET_TOLD} (${this.#reason}): ${who} (${role}) ${describeChange(change)}${words}, ${fate}.`,
    );
  }
}

/** So that nobody takes the log for complete. */
function gap(changes: number): Change {
  return { who: 'TokenWatch', role: 'admin', action: 'changes not told', before: null, after: { changes } };
}
