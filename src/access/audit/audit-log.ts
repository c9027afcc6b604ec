// The audit log: a line for every change, with who made it, when, and what was before and after. Each line holds the
// hash of the one before it, so that nobody can change, take out or put in one without every later line showing it. How
// far it goes is written beside it, so that lines cut off at its end are missed, too.

import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { readPrivateFile, writePrivateFile } from '../../record/private-file.ts';
import { lastLines, linesInChunks } from './line-file.ts';
import { withoutSecrets } from './without-secrets.ts';

export interface Change {
  /** The visitor's name. */
  readonly who: string;
  readonly role: string;
  /** `POST /api/v1/budgets`. */
  readonly action: string;
  /** What was changed; null for what was made. */
  readonly before: unknown;
  /** What it is now; null for what was removed. */
  readonly after: unknown;
  /** What was sent. */
  readonly asked?: unknown;
  /** Why it was not made; left out where it was. */
  readonly refusal?: string;
  /** The file of an earlier version that it was taken over from. */
  readonly from?: string;
}

export interface AuditEntry extends Change {
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** SHA-256 of the line before, in hex; of nothing for the first. */
  readonly previous: string;
}

/** What was done to what, for people: `POST /budgets "daily"`. */
export function describeChange({ action, asked }: Pick<Change, 'action' | 'asked'>): string {
  const name = (asked as { readonly name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' && !action.endsWith(`/${name}`) ? `${action} "${name}"` : action;
}

export interface AuditVerdict {
  readonly entries: number;
  /** Null where every line is as it was written. */
  readonly fault: { readonly line: number; readonly what: string } | null;
  /** Of the last line: kept elsewhere, it proves that nothing was written anew. */
  readonly head: string;
}

interface Head {
  readonly number: number;
  readonly hash: string;
}

const LOG = 'audit.jsonl';
const HEAD = 'audit-head.json';
const LOCK = 'audit.lock';
const MODE = 0o600;
/** Where earlier versions told of changes to budgets and keys. */
const EARLIER = 'changes.jsonl';
const TAKEN_OVER = 'changes.taken-over.jsonl';
const LOCK_TRIES = 200;
const LOCK_PAUSE_MS = 10;
/** More than a change and what is kept with it take. */
const ROOM_BYTES = 64 * 1024;
/** Whoever holds it for so long has died. */
const LOCK_STALE_MS = 10_000;
/** For `statSync`, of a file that is not there. */
const NONE = { throwIfNoEntry: false } as const;
const NO_LINES: Head = { number: 0, hash: hashOf('') };

export class AuditLog {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = dataDir;
  }

  /**
   * Throws `storage_failed` where it cannot be written: nothing of the change is in it then. Blocks for a millisecond or
   * two; for whoever holds it just now, `lockTries` times ten.
   */
  add(change: Change, atMs: number, lockTries = LOCK_TRIES): void {
    this.#alone(() => this.#write(change, new Date(atMs).toISOString()), lockTries);
  }

  #write(change: Change, at: string): void {
    const head = this.#last();
    const bytes = statSync(this.#path(LOG), NONE)?.size ?? 0;
    const entry: AuditEntry = {
      number: head.number + 1,
      at,
      ...change,
      before: withoutSecrets(change.before),
      after: withoutSecrets(change.after),
      ...(change.asked !== undefined && { asked: withoutSecrets(change.asked) }),
      previous: head.hash,
    };
    const line = JSON.stringify(entry);
    try {
      this.#append(line);
      writePrivateFile(this.#path(HEAD), JSON.stringify({ number: entry.number, hash: hashOf(line) }));
    } catch (error) {
      this.#takeBack(bytes, entry.number);
      throw error;
    }
  }

  /** What a full disk took of a line, or of a line without its head: whoever reads it would think it changed. */
  #takeBack(bytes: number, number: number): void {
    if (this.#head()?.number === number || statSync(this.#path(LOG), NONE)?.isFile() !== true) return;
    truncateSync(this.#path(LOG), bytes);
  }

  /** What an earlier version told elsewhere becomes part of this log, once. Throws `storage_failed`. */
  #takeOver(): void {
    if (statSync(this.#path(EARLIER), NONE) === undefined) return;
    this.#alone(() => undefined);
  }

  #takeOverAlone(): void {
    const text = readPrivateFile(this.#path(EARLIER));
    if (text === null) return;
    // Whoever is killed in the middle goes on behind what is there already.
    const done = linesOf(this.#text()).filter((line) => entryOf(line)?.from === EARLIER).length;
    for (const line of linesOf(text).slice(done)) {
      const { at, change } = earlierOf(line);
      this.#write(change, at);
    }
    renameSync(this.#path(EARLIER), this.#path(TAKEN_OVER));
  }

  /** Throws `storage_failed` where it cannot be written, or has no room: nothing is to be changed then. */
  assertWritable(): void {
    try {
      this.#alone(() => {
        closeSync(openSync(this.#path(LOG), 'a', MODE));
        writeFileSync(this.#path(LOCK), Buffer.alloc(ROOM_BYTES));
      });
    } catch (error) {
      const { message, cause } = error as Error;
      throw new TokenWatchError('storage_failed', `The change was not made. ${message}`, { cause });
    }
  }

  /** What of it cannot be read, without a look at its lines; null where all can. */
  get trouble(): string | null {
    const found = statSync(this.#path(LOG), NONE);
    if (found?.isFile() === false)
      return `The audit log ${this.#path(LOG)} is no file: no change can be made, but what stops spending, until what is in its place is taken away.`;
    if (found === undefined || found.size === 0 || this.#head() !== null) return null;
    return `${this.#path(HEAD)}, which says how far the audit log goes, is missing or damaged: the next change makes it anew, and whether lines were cut off before cannot be told any more. "tokenwatch audit verify" reads what is there.`;
  }

  /** The last ones, newest first. Lines that cannot be read are left out: `verify` tells of them. */
  recent(count: number): readonly AuditEntry[] {
    this.#takeOver();
    return lastLines(this.#path(LOG), count)
      .lines.toReversed()
      .flatMap((line) => entryOf(line) ?? []);
  }

  /** Whether a line has this hash. */
  holds(hash: string): boolean {
    return linesOf(this.#text()).some((line) => hashOf(line) === hash);
  }

  verify(): AuditVerdict {
    const steps = this.#verification();
    for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
  }

  /** The same, while others have their turns: a log of years has lines for a second. */
  async verifyInTurns(): Promise<AuditVerdict> {
    const steps = this.#verification();
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return step.value;
      await setImmediate();
    }
  }

  *#verification(): Generator<void, AuditVerdict> {
    this.#takeOver();
    // Before the lines: what is added meanwhile is behind those that it knows of.
    const known = this.#head();
    let previous = NO_LINES;
    let entries = 0;
    let fault: AuditVerdict['fault'] = null;
    const lastTwo: Head[] = [previous];
    for (const lines of linesInChunks(this.#path(LOG))) {
      for (const line of lines) {
        entries += 1;
        if (fault !== null) continue;
        const entry = entryOf(line);
        const what = entry === null ? 'it is no entry' : faultOf(entry, entries, previous.hash);
        if (what !== null) fault = { line: entries, what };
        else {
          previous = { number: entries, hash: hashOf(line) };
          lastTwo.splice(0, lastTwo.length - 1);
          lastTwo.push(previous);
        }
      }
      yield;
    }
    return { entries, fault: fault ?? faultAtEnd(lastTwo, known), head: previous.hash };
  }

  /**
   * The line that a new one follows. A process that was killed between the log and the head leaves the head one line
   * behind, and a power cut perhaps half a line, which nobody was told is there: that is put right here. What cannot come
   * from there is left for `verify` to tell.
   */
  #last(): Head {
    const known = this.#head();
    const { lines: ends, isCut } = lastLines(this.#path(LOG), 1);
    // As nearly always: without a look at the lines before.
    if (known !== null && !isCut && ends[0] !== undefined && hashOf(ends[0]) === known.hash) return known;
    const lines = linesOf(this.#mended(known));
    const head = known ?? lastOf(lines);
    const next = lines[head.number];
    const isOneBehind = head.number === lines.length - 1 && next !== undefined;
    const entry = isOneBehind ? entryOf(next) : null;
    const follows = entry !== null && faultOf(entry, head.number + 1, head.hash) === null;
    return follows ? lastOf(lines) : head;
  }

  /** All of it, in whole lines. */
  #mended(known: Head | null): string {
    const text = this.#text();
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (text === whole) return text;
    const isTold = lastOf(linesOf(whole)).hash !== (known ?? NO_LINES).hash;
    if (isTold || entryOf(text.slice(whole.length)) !== null) {
      this.#append('');
      return text;
    }
    truncateSync(this.#path(LOG), Buffer.byteLength(whole));
    return whole;
  }

  #head(): Head | null {
    try {
      const head = JSON.parse(readPrivateFile(this.#path(HEAD)) ?? 'null') as Partial<Head> | null;
      return typeof head?.number === 'number' && typeof head.hash === 'string'
        ? { number: head.number, hash: head.hash }
        : null;
    } catch {
      // Cut off while it was written: the log's last line says the same.
      return null;
    }
  }

  #append(line: string): void {
    const file = openSync(this.#path(LOG), 'a', MODE);
    try {
      appendFileSync(file, `${line}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  #text(): string {
    return readPrivateFile(this.#path(LOG)) ?? '';
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** The server and the command line write to one log. */
  #alone(work: () => void, lockTries = LOCK_TRIES): void {
    const path = this.#path(LOCK);
    try {
      for (let attempt = 1; !tookLock(path); attempt += 1) {
        if (attempt > lockTries) throw new Error(`${path} is held by another process`);
        if (isStale(path)) rmSync(path, { force: true });
        else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_PAUSE_MS);
      }
      try {
        this.#takeOverAlone();
        work();
      } finally {
        rmSync(path, { force: true });
      }
    } catch (cause) {
      throw new TokenWatchError(
        'storage_failed',
        `The audit log in ${this.#folder} cannot be written (${(cause as Error).message}).`,
        { cause },
      );
    }
  }
}

/** A line as earlier versions wrote it; what is no line of theirs is kept as it is. */
function earlierOf(line: string): { readonly at: string; readonly change: Change } {
  const { at, who, action, subject, before = null, after = null } = objectOf(line) ?? { action: line };
  const change = {
    who: String(who ?? 'unknown'),
    role: 'admin',
    action: [action, subject].filter((part) => part !== undefined).join(' '),
    before,
    after,
    from: EARLIER,
  };
  return { at: typeof at === 'string' ? at : new Date(0).toISOString(), change };
}

/** Null for half a line, of a process that was killed, and for whatever else is no object. */
function objectOf(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' ? (value as Readonly<Record<string, unknown>> | null) : null;
  } catch {
    return null;
  }
}

function faultOf(entry: AuditEntry, number: number, previous: string): string | null {
  if (entry.previous !== previous) return 'it does not follow the line before it: one of them was changed';
  return entry.number === number
    ? null
    : `it is numbered ${entry.number}: a line is missing, or one too many`;
}

/** `lastTwo`: of the lines, each of which follows the one before it. `head`: how far the log goes, as it is told. */
function faultAtEnd(lastTwo: readonly Head[], head: Head | null): AuditVerdict['fault'] {
  const count = lastTwo.at(-1)?.number ?? 0;
  if (head === null)
    return count === 0
      ? null
      : { line: count, what: `the file ${HEAD}, which says how far it goes, is missing or damaged` };
  if (head.number > count)
    return {
      line: count,
      what: `${counted(head.number - count, 'line behind it was', 'lines behind it were')} cut off`,
    };
  // One line more than the head knows was written when the process was killed.
  const near = lastTwo.find(({ number }) => number === head.number);
  if (near?.hash === head.hash) return null;
  return {
    line: near === undefined ? count : head.number,
    what: `it is not the line that ${HEAD} names as the last`,
  };
}

function lastOf(lines: readonly string[]): Head {
  const last = lines.at(-1);
  return last === undefined ? NO_LINES : { number: lines.length, hash: hashOf(last) };
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function entryOf(line: string): AuditEntry | null {
  try {
    const entry = JSON.parse(line) as AuditEntry | null;
    return typeof entry?.number === 'number' && typeof entry.previous === 'string' ? entry : null;
  } catch {
    return null;
  }
}

function hashOf(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}

function tookLock(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', MODE));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isStale(path: string): boolean {
  const found = statSync(path, NONE);
  return found !== undefined && Date.now() - found.mtimeMs > LOCK_STALE_MS;
}
